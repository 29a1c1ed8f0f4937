package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// targetFile is in the state directory of a node of its own: where tailscaled's serve proxy would send requests.
const targetFile = "bench-target"

// isTailscaled tells whether this program was started by ours, as the tailscaled of a node of its own.
func isTailscaled(arguments []string) bool { return argument(arguments, "--socket=") != "" }

// beTailscaled answers LocalAPI, and records where requests are to be served.
func beTailscaled(arguments []string) error {
	directory := argument(arguments, "--statedir=")
	_, err := serveLocalAPI(argument(arguments, "--socket="), func(target string) error {
		path := filepath.Join(directory, targetFile)
		if err := os.WriteFile(path+".new", []byte(target), 0o600); err != nil {
			return err
		}
		return os.Rename(path+".new", path)
	})
	if err != nil {
		return err
	}
	select {}
}

func argument(arguments []string, prefix string) string {
	for _, argument := range arguments {
		if value, found := strings.CutPrefix(argument, prefix); found {
			return value
		}
	}
	return ""
}

// target is the proxy's: an address, and the secret path that it puts before each.
func (s *server) target() (address, prefix string, err error) {
	content, err := os.ReadFile(filepath.Join(s.directory, targetFile))
	if err != nil {
		return "", "", err
	}
	address, prefix, found := strings.Cut(strings.TrimPrefix(string(content), "http://"), "/")
	if !found {
		return "", "", fmt.Errorf("a target like %q", content)
	}
	return address, "/" + prefix, nil
}
