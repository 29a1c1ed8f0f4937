package tailnet

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tailscale.com/client/local"
	"tailscale.com/ipn"
)

// upLimit bounds how long a node may take from exec to being a member of the tailnet.
const upLimit = 40 * time.Second

// Node is a member of the tailnet: a tailscaled process with its own state.
type Node struct {
	Name   string // host name
	Dir    string
	Socket string // LocalAPI
	Proxy  string // host:port of its proxy into the tailnet, SOCKS5 and HTTP; empty for a node with a tun device

	program     string // tailscaled
	environment []string
	within      []string // the command that runs another in the node's network namespace
	arguments   []string
	daemon      *process
}

func newNode(t *Tailnet, name string) (*Node, error) {
	dir := filepath.Join(t.Dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	node := &Node{
		Name:    name,
		Dir:     dir,
		Socket:  filepath.Join(dir, "s"), // short: a Unix socket's path has 108 bytes
		program: t.tailscaled,
		environment: append(os.Environ(),
			"TS_LOGS_DIR="+dir,
			"TS_NETCHECK_GENERATE_204_URL="+t.control.url()+"/generate_204",
			"TS_ASSUME_NETWORK_UP_FOR_TEST=1", // loopback alone doesn't look like a network
			"TS_PANIC_IF_HIT_MAIN_CONTROL=1",
			"TS_DISABLE_PORTMAPPER=1",
			"TS_DEBUG_ACME_DIRECTORY_URL="+t.authority.directory(),
			"SSL_CERT_FILE="+t.acmeTrust(),
		),
	}
	node.arguments = []string{"--statedir=" + dir, "--socket=" + node.Socket, "--port=0", "--no-logs-no-support"}
	return node, nil
}

// useUserspace gives the node no network device: only its proxy leads into the tailnet, and connections from there are
// forwarded to 127.0.0.1.
func (n *Node) useUserspace() error {
	port, err := FreePort()
	if err != nil {
		return err
	}
	n.Proxy = fmt.Sprintf("127.0.0.1:%d", port)
	n.arguments = append(n.arguments, "--tun=userspace-networking",
		"--socks5-server="+n.Proxy, "--outbound-http-proxy-listen="+n.Proxy) // one port may speak both
	return nil
}

// Start runs tailscaled and waits until it answers on its socket.
func (n *Node) Start() error {
	command := n.command(n.program, n.arguments...)
	var err error
	if n.daemon, err = startProcess(command, n.logPath()); err != nil {
		return err
	}
	return eventually(upLimit, n.Name+": tailscaled answers", func() error {
		if n.daemon.hasEnded() {
			return fmt.Errorf("tailscaled has ended; its log is %s", n.logPath())
		}
		_, err := n.Local().StatusWithoutPeers(context.Background())
		return err
	})
}

// up makes the node a member of the tailnet, as `tailscale up` does.
func (n *Node) up(controlURL string, tags ...string) error {
	prefs := ipn.NewPrefs()
	prefs.ControlURL = controlURL
	prefs.Hostname = n.Name
	prefs.AdvertiseTags = tags
	prefs.CorpDNS = false // or a tailscaled with a network device rewrites this machine's resolv.conf
	prefs.WantRunning = true
	ctx, cancel := context.WithTimeout(context.Background(), upLimit)
	defer cancel()
	if err := n.Local().Start(ctx, ipn.Options{UpdatePrefs: prefs}); err != nil {
		return fmt.Errorf("%s: start: %w", n.Name, err)
	}
	if err := n.Local().StartLoginInteractive(ctx); err != nil {
		return fmt.Errorf("%s: login: %w", n.Name, err)
	}
	return n.AwaitRunning()
}

// AwaitRunning waits until the node is a member of the tailnet, as after a restart.
func (n *Node) AwaitRunning() error {
	return eventually(upLimit, n.Name+": is up", func() error {
		status, err := n.Local().StatusWithoutPeers(context.Background())
		if err == nil && status.BackendState != "Running" {
			err = fmt.Errorf("state %s", status.BackendState)
		}
		return err
	})
}

// Kill ends tailscaled with kill -9. Start starts it again, with its previous state.
func (n *Node) Kill() {
	if n.daemon != nil {
		n.daemon.kill()
	}
}

// Local talks to the node's LocalAPI.
func (n *Node) Local() *local.Client {
	return &local.Client{Socket: n.Socket, UseSocketOnly: true}
}

// Command runs a program where the node's own programs run: in its network namespace if it has one.
func (n *Node) command(program string, arguments ...string) *exec.Cmd {
	words := append(append(append([]string{}, n.within...), program), arguments...)
	command := exec.Command(words[0], words[1:]...)
	command.Env = n.environment
	return command
}

// Client is an HTTP client on this device: names are looked up and connections made by its tailscaled. It shows
// redirects instead of following them. Each client has connections of its own.
func (n *Node) Client(trust *x509.CertPool) *http.Client {
	proxy := &url.URL{Scheme: "socks5", Host: n.Proxy}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyURL(proxy),
			TLSClientConfig:     &tls.Config{RootCAs: trust},
			MaxIdleConnsPerHost: 16,
		},
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (n *Node) logPath() string { return filepath.Join(n.Dir, "tailscaled.log") }

// eventually tries until there is no error or the time is over.
func eventually(limit time.Duration, what string, try func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after %s still not: %s: %w", limit, what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// lastLines is the end of a log, for messages.
func lastLines(path string, count int) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
