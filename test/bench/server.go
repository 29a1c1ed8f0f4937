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
	ourPort, ourTLSPort = 8081, 8441
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
	host                   string
	trust                  *x509.Certificate // for HTTPS
	headers                string            // of every request
	authorize              string            // path and query
	clientID, clientSecret string
}

func query(clientID string) string {
	return url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirectURI},
		"scope": {"openid email profile"}, "state": {"state"}, "nonce": {"nonce"}}.Encode()
}

// ours is the image, with a client that has a secret.
func ours(image, directory string) (*server, error) {
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
			return exec.Command(launcher, "-use-local-tailscaled", "-dir", directory,
				"-port", fmt.Sprint(ourTLSPort), "-listen", fmt.Sprintf("127.0.0.1:%d", ourTLSPort),
				"-local-port", fmt.Sprint(ourPort))
		},
		address:      fmt.Sprintf("127.0.0.1:%d", ourPort),
		host:         fmt.Sprintf("localhost:%d", ourPort),
		authorize:    "/authorize?" + query(client.ID),
		clientID:     client.ID,
		clientSecret: client.Secret,
	}, nil
}

// theirs is the Go tsidp as it runs by default beside a local tailscaled. It asks for no client secret then, which is
// less work than ours has. It has no way to say where its key is: that is the working directory.
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

// overTLS is the same server at its other port.
func (s *server) overTLS(address string, port int, trust *x509.Certificate) *server {
	other := *s
	other.address = fmt.Sprintf("%s:%d", address, port)
	other.host = fmt.Sprintf("%s:%d", hostName, port)
	other.trust = trust
	return &other
}

// start returns how long it took from exec to the first good answer to a discovery request.
func (s *server) start() (time.Duration, error) {
	path := filepath.Join(s.directory, "log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	command := s.command()
	command.Stdout, command.Stderr = log, log
	begin := time.Now()
	if s.process, err = start(command); err != nil {
		return 0, err
	}
	for time.Since(begin) < startLimit {
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
