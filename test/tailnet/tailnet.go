package tailnet

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"tailscale.com/types/logger"
)

const (
	// Domain is what MagicDNS names of the tailnet end with.
	Domain = "tail-scale.ts.net"
	// ServerTag is the tag of the device that does not belong to a person.
	ServerTag = "tag:server"

	idpHost = "idp"
)

// Tailnet is a running tailnet.
type Tailnet struct {
	Dir    string
	Idp    *Node // beside whose tailscaled tsidp runs
	Alice  *Node
	Bob    *Node
	Server *Node // has a tag, so it does not belong to a person

	tailscaled string
	log        *os.File
	relay      *relay
	control    *control
	authority  *authority
	space      *namespace // of Idp, when it has one
}

// Start makes a tailnet of tailscaled processes, with state and logs in dir.
func Start(dir, tailscaled string) (*Tailnet, error) {
	t, err := start(dir, tailscaled, "127.0.0.1")
	if err != nil {
		return nil, err
	}
	if t.Idp, err = t.userspaceNode(idpHost, operator); err == nil {
		err = t.startAll()
	}
	if err != nil {
		t.Stop()
		return nil, err
	}
	return t, nil
}

// start makes everything but the identity provider's node, with the servers on one address of this machine.
func start(dir, tailscaled, address string) (t *Tailnet, err error) {
	t = &Tailnet{Dir: dir, tailscaled: tailscaled}
	defer func() {
		if err != nil {
			t.Stop()
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if t.log, err = os.Create(filepath.Join(dir, "servers.log")); err != nil {
		return nil, err
	}
	logf := logger.Logf(func(format string, values ...any) { fmt.Fprintf(t.log, format+"\n", values...) })
	if t.relay, err = startRelay(address, logf); err != nil {
		return nil, err
	}
	if t.authority, err = startAuthority(address, logf); err != nil {
		return nil, err
	}
	if t.control, err = startControl(address, t.relay.derpMap(), logf); err != nil {
		return nil, err
	}
	if err = os.WriteFile(t.acmeTrust(), t.authority.trust, 0o600); err != nil {
		return nil, err
	}
	if err = os.WriteFile(t.TrustPath(), t.authority.root, 0o600); err != nil {
		return nil, err
	}
	if t.Alice, err = t.userspaceNode("alice-laptop", Alice); err != nil {
		return nil, err
	}
	if t.Bob, err = t.userspaceNode("bob-phone", Bob); err != nil {
		return nil, err
	}
	if t.Server, err = t.userspaceNode("server", operator); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Tailnet) userspaceNode(name string, account Account) (*Node, error) {
	node, err := newNode(t, name)
	if err != nil {
		return nil, err
	}
	t.control.setAccount(name, account)
	return node, node.useUserspace()
}

// startAll starts all nodes at once.
func (t *Tailnet) startAll() error {
	nodes := map[*Node][]string{t.Idp: nil, t.Alice: nil, t.Bob: nil, t.Server: {ServerTag}}
	var wait sync.WaitGroup
	failures := make(chan error, len(nodes))
	for node, tags := range nodes {
		wait.Go(func() {
			if err := node.Start(); err != nil {
				failures <- err
				return
			}
			failures <- node.up(t.control.url(), tags...)
		})
	}
	wait.Wait()
	close(failures)
	var all []error
	for failure := range failures {
		all = append(all, failure)
	}
	return errors.Join(all...)
}

// Grant sets the capability rules of a device, or of everybody ("*"), immediately.
func (t *Tailnet) Grant(host string, rules ...string) {
	var messages []json.RawMessage
	for _, rule := range rules {
		messages = append(messages, json.RawMessage(rule))
	}
	t.control.setGrants(host, messages)
}

// Remove takes a device off the tailnet, as an administrator does, or lets it return.
func (t *Tailnet) Remove(host string, isGone bool) { t.control.mark(t.control.gone, host, isGone) }

// Expire lets the node key of a device expire, or renews it.
func (t *Tailnet) Expire(host string, isExpired bool) {
	t.control.mark(t.control.expired, host, isExpired)
}

// IdpName is the identity provider's name in DNS.
func (t *Tailnet) IdpName() string { return idpHost + "." + Domain }

// TrustPath is a PEM file: the root of the certificates that nodes get.
func (t *Tailnet) TrustPath() string { return filepath.Join(t.Dir, "root.pem") }

// Trust is what TrustPath holds.
func (t *Tailnet) Trust() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(t.authority.root)
	return pool
}

// AddressOf is a node's Tailscale IPv4 address.
func (t *Tailnet) AddressOf(node *Node) (netip.Addr, error) {
	for _, known := range t.control.server.AllNodes() {
		if known.Hostinfo.Hostname() == node.Name {
			return known.Addresses[0].Addr(), nil
		}
	}
	return netip.Addr{}, fmt.Errorf("%s has not joined", node.Name)
}

// Stop ends everything that was started.
func (t *Tailnet) Stop() {
	for _, node := range []*Node{t.Alice, t.Bob, t.Server, t.Idp} {
		if node != nil {
			node.Kill()
		}
	}
	if t.control != nil {
		t.control.stop()
	}
	if t.authority != nil {
		t.authority.stop()
	}
	if t.relay != nil {
		t.relay.stop()
	}
	if t.space != nil {
		t.space.remove()
	}
	if t.log != nil {
		t.log.Close()
	}
}

func (t *Tailnet) acmeTrust() string { return filepath.Join(t.Dir, "acme.pem") }
