package tailnet

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// The two ends of the cable between this machine and the namespace. They are private addresses (RFC 1918), because
// only with a control server at such an address does tailscaled accept plain HTTP.
const (
	cableHere  = "172.31.77.1"
	cableThere = "172.31.77.2"
	cableMask  = "/30"
)

// namespace is a network namespace of the kernel: a host of its own, whose only cable leads to this one.
type namespace struct {
	name string
	here string // this end's interface; removing it removes the other end too
}

func makeNamespace() (*namespace, error) {
	n := &namespace{name: fmt.Sprintf("tsidp-%d", os.Getpid()), here: fmt.Sprintf("ts%d", os.Getpid())}
	if err := ip("netns", "add", n.name); err != nil {
		return nil, err
	}
	for _, step := range [][]string{
		{"link", "add", n.here, "type", "veth", "peer", "name", "eth0", "netns", n.name},
		{"address", "add", cableHere + cableMask, "dev", n.here},
		{"link", "set", n.here, "up"},
		{"-n", n.name, "address", "add", cableThere + cableMask, "dev", "eth0"},
		{"-n", n.name, "link", "set", "lo", "up"},
		{"-n", n.name, "link", "set", "eth0", "up"},
		// tailscaled looks for the interface of the default route.
		{"-n", n.name, "route", "add", "default", "via", cableHere},
	} {
		if err := ip(step...); err != nil {
			n.remove()
			return nil, err
		}
	}
	return n, nil
}

// enter is the command that runs another in the namespace.
func (n *namespace) enter() []string { return []string{"ip", "netns", "exec", n.name} }

func (n *namespace) remove() {
	ip("link", "delete", n.here)
	ip("netns", "delete", n.name)
}

func ip(arguments ...string) error {
	output, err := exec.Command("ip", arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(arguments, " "), err, output)
	}
	return nil
}
