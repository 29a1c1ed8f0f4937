package main

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const emptyPort = 8444

// startEmpty measures how long a server takes that does nothing: an HttpsServer with an AOT cache of its own, in the
// image's runtime. It is the floor of ours.
func (m *measurement) startEmpty() (time.Duration, error) {
	key, err := x509.MarshalPKCS8PrivateKey(m.api.key)
	if err != nil {
		return 0, err
	}
	directory := filepath.Join(m.work, "state", "empty")
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return 0, err
	}
	pair := filepath.Join(directory, "pair")
	text := base64.StdEncoding.EncodeToString(key) + "\n" + base64.StdEncoding.EncodeToString(m.api.certificate.Raw)
	if err := os.WriteFile(pair, []byte(text), 0o600); err != nil {
		return 0, err
	}
	cache := filepath.Join(directory, "empty.aot")
	command := func(option string) func() *exec.Cmd {
		return func() *exec.Cmd {
			return exec.Command(filepath.Join(m.image, "bin", "java"), append(append([]string{option}, m.options...),
				"-cp", filepath.Join(m.work, "empty.jar"), "Empty", fmt.Sprint(emptyPort), pair)...)
		}
	}
	empty := &server{name: "empty", directory: directory, command: command("-XX:AOTCacheOutput=" + cache),
		address: fmt.Sprintf("127.0.0.1:%d", emptyPort), host: hostName, trust: m.api.certificate}
	if _, err := empty.start(); err != nil {
		return 0, err
	}
	// It writes the cache when it ends.
	empty.process.command.Process.Signal(syscall.SIGTERM)
	empty.process.command.Wait()
	empty.process = nil
	empty.command = command("-XX:AOTCache=" + cache)
	return m.medianStart(empty)
}
