package main

import (
	"bufio"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// The number of signatures per measurement, about two seconds on one core; Java warms up with as many.
const signatures = 3000

// raw is what one signature costs with nothing around it.
type raw struct {
	perSecond float64
	cpu       time.Duration // of the whole process
}

func readKey(path string) (*rsa.PrivateKey, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct{ Key string }
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	block, _ := pem.Decode([]byte(file.Key))
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", path)
	}
	return x509.ParsePKCS1PrivateKey(block.Bytes)
}

func goSignatures(key *rsa.PrivateKey) (raw, error) {
	text := make([]byte, 700)
	begin, cpu := time.Now(), ownCPU()
	for range signatures {
		digest := sha256.Sum256(text)
		if _, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:]); err != nil {
			return raw{}, err
		}
	}
	return raw{signatures / time.Since(begin).Seconds(), (ownCPU() - cpu) / signatures}, nil
}

func ownCPU() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// javaSigner runs Signatures.java in the image's own runtime.
type javaSigner struct {
	process *process
	in      *os.File
	out     *bufio.Reader
}

func startJavaSigner(image, classes string, options []string, key *rsa.PrivateKey) (*javaSigner, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	command := exec.Command(filepath.Join(image, "bin", "java"), append(options, "-cp", classes, "Signatures")...)
	command.Stderr = os.Stderr
	reader, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command.Stdin, command.Stdout = reader, writer
	child, err := start(command)
	reader.Close()
	writer.Close()
	if err != nil {
		return nil, err
	}
	signer := &javaSigner{child, in, bufio.NewReader(out)}
	fmt.Fprintln(in, base64.StdEncoding.EncodeToString(der))
	_, err = signer.measure()
	return signer, err
}

func (j *javaSigner) measure() (raw, error) {
	begin := time.Now()
	before, err := j.process.cpu()
	fmt.Fprintln(j.in, signatures)
	if _, failure := j.out.ReadString('\n'); failure != nil {
		return raw{}, fmt.Errorf("Signatures.java: %w", failure)
	}
	after, failure := j.process.cpu()
	return raw{signatures / time.Since(begin).Seconds(), (after - before) / signatures}, errors.Join(err, failure)
}
