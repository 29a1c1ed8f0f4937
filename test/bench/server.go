package main

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	ourPort, ourTLSPort = 8443, 8441
	goPort, goTLSPort   = 8082, 8442
	startLimit          = 20 * time.Second
)

// server is one of the two, and how to sign in there.
type server struct {
	name      string
	directory string // of its state, and of its log
	command   func() *exec.Cmd
	process   *process

	address                string // where to connect to
	from                   string // the address to connect from, if that matters
	host                   string
	prefix                 string            // of every path
	isServed               bool              // address and prefix are what it tells tailscaled
	trust                  *x509.Certificate // for HTTPS
	headers                string            // of every request
	authorize              string            // path and query
	clientID, clientSecret string
}

func query(clientID string) string {
	return url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirectURI},
		"scope": {"openid email profile"}, "state": {"state"}, "nonce": {"nonce"}}.Encode()
}

// ours is the image as it runs by default: with a node of its own, whose serve proxy forwards requests. This program
// is that tailscaled, and the proxy.
func ours(image, directory string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s, err := newOurs(image, directory, "-tailscaled", self, "-port", fmt.Sprint(ourPort))
	if err != nil {
		return nil, err
	}
	s.isServed = true
	s.headers = fmt.Sprintf("X-Forwarded-For: %s\r\nX-Forwarded-Host: %s:%d\r\n", peerAddress, hostName, ourPort)
	return s, nil
}

// oursDirect is the image beside a tailscaled with a network device: peers connect to it, over TLS.
func oursDirect(image, directory string, trust *x509.Certificate) (*server, error) {
	s, err := newOurs(image, directory, "-use-local-tailscaled", "-port", fmt.Sprint(ourTLSPort))
	if err != nil {
		return nil, err
	}
	s.name = "ours, direct"
	s.address = fmt.Sprintf("%s:%d", tailnetAddress, ourTLSPort)
	s.from = peerAddress
	s.host = fmt.Sprintf("%s:%d", hostName, ourTLSPort)
	s.trust = trust
	return s, nil
}

// newOurs has a client with a secret.
func newOurs(image, directory string, arguments ...string) (*server, error) {
	launcher := filepath.Join(image, "bin", "tsidp")
	add := exec.Command(launcher, "client", "add", "-dir", directory, "-name", "bench", "-redirect-uri", redirectURI)
	add.Stderr = os.Stderr
	output, err := add.Output()
	if err != nil {
		return nil, fmt.Errorf("tsidp client add: %w", err)
	}
	var client struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal(output, &client); err != nil {
		return nil, fmt.Errorf("tsidp client add printed %q: %w", output, err)
	}
	return &server{
		name:      "ours",
		directory: directory,
		command: func() *exec.Cmd {
			return exec.Command(launcher, append([]string{"-dir", directory}, arguments...)...)
		},
		authorize:    "/authorize?" + query(client.ID),
		clientID:     client.ID,
		clientSecret: client.Secret,
	}, nil
}

// theirs is the Go tsidp as it runs by default beside a local tailscaled. It requires no client secret then, which is
// less work than ours has. Its key is always in the working directory.
func theirs(binary, directory string) *server {
	return &server{
		name:      "go",
		directory: directory,
		command: func() *exec.Cmd {
			command := exec.Command(binary, "-use-local-tailscaled", "-dir", ".",
				"-port", fmt.Sprint(goTLSPort), "-local-port", fmt.Sprint(goPort))
			command.Dir = directory
			command.Env = append(os.Environ(), "TAILSCALE_USE_WIP_CODE=1")
			return command
		},
		address:   fmt.Sprintf("127.0.0.1:%d", goPort),
		host:      fmt.Sprintf("localhost:%d", goPort),
		headers:   "X-Forwarded-For: " + peerAddress + ":40000\r\n",
		authorize: "/authorize/localhost?" + query("bench"),
	}
}

// start returns how long it took from exec to the first successful answer to a discovery request.
func (s *server) start() (time.Duration, error) {
	path := filepath.Join(s.directory, "log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	os.Remove(filepath.Join(s.directory, targetFile))
	command := s.command()
	command.Stdout, command.Stderr = log, log
	begin := time.Now()
	if s.process, err = start(command); err != nil {
		return 0, err
	}
	for time.Since(begin) < startLimit {
		if s.isServed {
			if s.address, s.prefix, err = s.target(); err != nil {
				time.Sleep(time.Millisecond)
				continue
			}
		}
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			time.Sleep(time.Millisecond)
			continue
		}
		c.Close()
		_, err = s.repeat(1, 1, startLimit, (*connection).discover)
		return time.Since(begin), err
	}
	s.stop()
	return 0, fmt.Errorf("%s does not answer within %v: see %s", s.name, startLimit, path)
}

func (s *server) stop() {
	if s.process != nil {
		s.process.kill()
		s.process = nil
	}
}
