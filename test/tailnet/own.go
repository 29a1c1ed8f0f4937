package tailnet

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tailscale.com/client/local"
	"tailscale.com/tailcfg"
)

// NewOwnProduct prepares tsidp with a node of its own, with this name: the only tailscaled is the one that it starts.
func NewOwnProduct(t *Tailnet, launcher, name string, port int, environment []string, more ...string) *Product {
	p := newProduct(t, launcher)
	p.Dir = filepath.Join(t.Dir, name)
	p.Port = port
	p.Issuer = fmt.Sprintf("https://%s.%s:%d", name, Domain, port)
	p.arguments = append([]string{
		"-dir", p.Dir, "-hostname", name, "-port", strconv.Itoa(port), "-log", "debug", "-debug-tsnet",
		"-tailscaled", t.tailscaled,
	}, more...)
	// tailscaled gets what tsidp gets.
	p.environment = append([]string{"TS_CONTROL_URL=" + t.control.url()}, t.Alice.environment[len(os.Environ()):]...)
	p.environment = append(p.environment, environment...)
	return p
}

// NewContainedProduct prepares tsidp as its container runs it, entered by a command and given nothing but the variables
// of Tailscale's compose file, besides those that this tailnet needs.
func NewContainedProduct(t *Tailnet, launcher, enter, root, name string, port int, key string) (*Product, error) {
	p := NewOwnProduct(t, launcher, name, port, []string{
		"CONTAINER_ROOT=" + root, "TAILSCALE_USE_WIP_CODE=1", "TS_STATE_DIR=/data", "TS_HOSTNAME=" + name,
		"TSIDP_ENABLE_STS=1", "TS_ADVERTISE_TAGS=" + ServerTag, "TS_AUTHKEY=" + key,
		"TSIDP_PORT=" + strconv.Itoa(port), "SSL_CERT_FILE=/data/acme.pem",
	})
	p.environment = append(p.environment, "CONTAINER_DATA="+p.Dir)
	p.starter, p.arguments, p.inside = enter, nil, "/data"
	if err := os.Mkdir(p.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(p.Dir, "acme.pem"), t.authority.trust, 0o644); err != nil {
		return nil, err
	}
	return p, os.Chown(p.Dir, 1001, 1001)
}

// HealthInside runs the container's own health check.
func (p *Product) HealthInside() (string, error) {
	command := exec.Command(p.starter, "health")
	command.Env = append(os.Environ(), p.environment...)
	return outputWithin(20*time.Second, command)
}

// NewFunnelProduct prepares tsidp beside the identity provider's tailscaled, which serves it at a port over Funnel.
func NewFunnelProduct(t *Tailnet, launcher string, port int) *Product {
	p := newProduct(t, launcher)
	p.Dir = filepath.Join(t.Dir, "funnel")
	p.Port = port
	p.Issuer += ":" + strconv.Itoa(port)
	p.arguments = []string{
		"-use-local-tailscaled", "-dir", p.Dir, "-socket", t.Idp.Socket, "-log", "debug", "-port", strconv.Itoa(port),
		"-funnel",
	}
	return p
}

// OwnLocal talks to the LocalAPI of tsidp's own node.
func (p *Product) OwnLocal() *local.Client {
	return &local.Client{Socket: filepath.Join(p.Dir, "tsidp.node", "socket"), UseSocketOnly: true}
}

// KillAlone is kill -9 for tsidp, but not for its children.
func (p *Product) KillAlone() {
	syscall.Kill(p.process.command.Process.Pid, syscall.SIGKILL)
	<-p.process.ended
}

// Tailscaleds are the process numbers of the tailscaleds whose state is tsidp's.
func (p *Product) Tailscaleds() []int {
	var found []int
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		content, err := os.ReadFile(path)
		words := bytes.Split(content, []byte{0})
		if err != nil || !strings.HasSuffix(string(words[0]), "tailscaled") || !bytes.Contains(content, []byte("--statedir="+cmp.Or(p.inside, p.Dir)+"\x00")) {
			continue
		}
		number, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		found = append(found, number)
	}
	return found
}

// Listening are the TCP ports of this machine on which tsidp itself listens.
func (p *Product) Listening() []int {
	pid := strconv.Itoa(p.process.command.Process.Pid)
	mine := map[string]bool{}
	links, _ := filepath.Glob("/proc/" + pid + "/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil {
			mine[target] = true
		}
	}
	var ports []int
	for _, table := range []string{"tcp", "tcp6"} {
		content, _ := os.ReadFile("/proc/" + pid + "/net/" + table)
		for _, line := range strings.Split(string(content), "\n")[1:] {
			fields := strings.Fields(line)
			if len(fields) > 9 && fields[3] == "0A" && mine["socket:["+fields[9]+"]"] {
				port, _ := strconv.ParseUint(fields[1][strings.LastIndex(fields[1], ":")+1:], 16, 16)
				ports = append(ports, int(port))
			}
		}
	}
	return ports
}

// Log is everything that tsidp has printed.
func (p *Product) Log() string {
	content, _ := os.ReadFile(p.LogPath())
	return string(content)
}

// RequireKey makes the control server accept new nodes only with this key; any node, if it is empty.
func (t *Tailnet) RequireKey(key string) { t.control.server.RequireAuthKey = key }

// RequirePerson makes the control server ask a person about each new node, or not.
func (t *Tailnet) RequirePerson(required bool) { t.control.server.RequireAuth = required }

// Approve is the person's approval, at the URL that the node shows.
func (t *Tailnet) Approve(url string) bool { return t.control.server.CompleteAuth(url) }

// ControlURL is the control server's.
func (t *Tailnet) ControlURL() string { return t.control.url() }

// AllowFunnel gives the nodes with a name what Tailscale's policy gives to nodes that may use Funnel.
func (t *Tailnet) AllowFunnel(name string) error {
	return eventually(upLimit, name+" has joined", func() error {
		for _, known := range t.control.server.AllNodes() {
			if known.Hostinfo.Hostname() == name {
				t.control.server.SetNodeCapMap(known.Key, tailcfg.NodeCapMap{
					tailcfg.CapabilityHTTPS: nil, tailcfg.NodeAttrFunnel: nil,
					"https://tailscale.com/cap/funnel-ports?ports=443,8443,10000": nil,
				})
				t.control.wake()
				return nil
			}
		}
		return fmt.Errorf("it has not")
	})
}

// Within tries until there is no error or the time is over.
func Within(limit time.Duration, what string, try func() error) error {
	return eventually(limit, what, try)
}

// Health runs the command that health checks run.
func (p *Product) Health() (string, error) {
	return outputWithin(20*time.Second, exec.Command(p.Launcher, "health", "-dir", p.Dir))
}
