package tailnet

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/logger"
)

// Capability is the app capability whose rules tsidp reads.
const Capability tailcfg.PeerCapability = "tailscale.com/cap/tsidp"

// keepAlive is well under the two minutes after which tailscaled gives up on a silent control server.
const keepAlive = 30 * time.Second

// Account is a person who signs in to the tailnet.
type Account struct {
	ID      tailcfg.UserID
	Login   string
	Display string
	Picture string
	Groups  []string // that the control server tells other nodes
}

// The IDs have as many digits as real ones: this exposes a reader that keeps numbers as doubles or ints.
var (
	Alice = Account{4503599627370497, "alice@example.com", "Alice Example", "https://example.com/alice.png", nil}
	Bob   = Account{4503599627370498, "bob@example.com", "Bob Example", "https://example.com/bob.png",
		[]string{"group:eng", "ops@example.com"}}
	operator = Account{4503599627370499, "operator@example.com", "Operator", "", nil}
	// Tailscale shows every tagged device as belonging to this account.
	taggedDevices = Account{4503599627370500, "tagged-devices", "Tagged Devices", "", nil}
)

// control is the tailnet's control server. Accounts, and grants that differ between people, are not in testcontrol:
// it gives each device a user of its own. So this type serves the streams of network maps itself, each made by
// testcontrol and then given the names and grants of our people.
type control struct {
	server *testcontrol.Server
	http   *httptest.Server

	mu       sync.Mutex
	accounts map[string]Account           // by host name
	grants   map[string][]json.RawMessage // capability rules by host name, "*" for everybody
	gone     map[string]bool              // host names that were removed from the tailnet
	expired  map[string]bool              // host names whose node key has expired
	watchers map[chan struct{}]bool       // one for each open stream; a token in it asks for a new map
}

func startControl(address string, derp *tailcfg.DERPMap, logf logger.Logf) (*control, error) {
	c := &control{
		accounts: map[string]Account{},
		grants:   map[string][]json.RawMessage{},
		gone:     map[string]bool{},
		expired:  map[string]bool{},
		watchers: map[chan struct{}]bool{},
	}
	c.server = &testcontrol.Server{
		Logf:           logf,
		DERPMap:        derp,
		MagicDNSDomain: Domain,
		DNSConfig:      &tailcfg.DNSConfig{Proxied: true, Domains: []string{Domain}},
		TagOwners:      map[string][]string{ServerTag: {ServerTag}}, // without it requested tags are ignored
		AllOnline:      true,
		AltMapStream:   c.serveMaps,
	}
	var err error
	if c.http, err = unstarted(c.server, address); err != nil {
		return nil, err
	}
	c.server.HTTPTestServer = c.http
	c.http.Start()
	return c, nil
}

func (c *control) url() string { return c.http.URL }

func (c *control) stop() {
	c.http.CloseClientConnections()
	c.http.Close()
}

func (c *control) setAccount(host string, account Account) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accounts[host] = account
}

func (c *control) setGrants(host string, rules []json.RawMessage) {
	c.mu.Lock()
	c.grants[host] = rules
	c.mu.Unlock()
	c.wake()
}

func (c *control) mark(marks map[string]bool, host string, isSo bool) {
	c.mu.Lock()
	marks[host] = isSo
	c.mu.Unlock()
	c.wake()
}

func (c *control) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for watcher := range c.watchers {
		select {
		case watcher <- struct{}{}:
		default: // a new map is asked for already
		}
	}
}

func (c *control) serveMaps(ctx context.Context, w testcontrol.MapStreamWriter, request *tailcfg.MapRequest) {
	if !request.Stream {
		if !request.ReadOnly {
			c.update(request)
		}
		w.SendMapMessage(&tailcfg.MapResponse{})
		return
	}
	watcher := make(chan struct{}, 1)
	c.mu.Lock()
	c.watchers[watcher] = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, watcher)
	}()
	c.wake() // a node that joins is news to the others
	for {
		response, err := c.server.MapResponse(request)
		if err != nil || response == nil {
			return
		}
		c.personalise(response)
		if err := w.SendMapMessage(response); err != nil {
			return
		}
		if !c.await(ctx, w, watcher) {
			return
		}
	}
}

// await returns true when a new map is wanted, false when the stream is over.
func (c *control) await(ctx context.Context, w testcontrol.MapStreamWriter, watcher chan struct{}) bool {
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-watcher:
			return true
		case <-ticker.C:
			if err := w.SendMapMessage(&tailcfg.MapResponse{KeepAlive: true}); err != nil {
				return false
			}
		}
	}
}

// update accepts what a node reports about itself: how to reach it.
func (c *control) update(request *tailcfg.MapRequest) {
	node := c.server.Node(request.NodeKey)
	if node == nil {
		return
	}
	node.Endpoints = request.Endpoints
	node.DiscoKey = request.DiscoKey
	node.Cap = request.Version
	if request.Hostinfo != nil {
		node.Hostinfo = request.Hostinfo.View()
		if info := node.Hostinfo.NetInfo(); info.Valid() && info.PreferredDERP() != 0 {
			node.HomeDERP = info.PreferredDERP()
		}
	}
	c.server.UpdateNode(node)
	c.wake()
}

// personalise gives each node of a map its account, and the receiving node the grants of each of its peers.
func (c *control) personalise(response *tailcfg.MapResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	response.Peers = slices.DeleteFunc(response.Peers, func(node *tailcfg.Node) bool {
		return c.gone[node.Hostinfo.Hostname()]
	})
	profiles := map[tailcfg.UserID]Account{}
	for _, node := range append([]*tailcfg.Node{response.Node}, response.Peers...) {
		account, known := c.accounts[node.Hostinfo.Hostname()]
		if len(node.Tags) > 0 {
			account, known = taggedDevices, true
		}
		if !known {
			account = operator
		}
		node.User = account.ID
		node.KeyExpiry = time.Time{}
		if c.expired[node.Hostinfo.Hostname()] {
			node.KeyExpiry = time.Now().Add(-time.Minute)
		}
		profiles[account.ID] = account
		c.grant(response, c.grants[node.Hostinfo.Hostname()], addresses(node))
	}
	c.grant(response, c.grants["*"], []string{"*"})
	now := time.Now()
	response.ControlTime = &now // testcontrol's clock is in the year 2020, about which tailscaled complains
	response.UserProfiles = nil
	for _, account := range profiles {
		response.UserProfiles = append(response.UserProfiles, tailcfg.UserProfile{
			ID: account.ID, LoginName: account.Login, DisplayName: account.Display, ProfilePicURL: account.Picture,
			Groups: account.Groups,
		})
	}
}

func (c *control) grant(response *tailcfg.MapResponse, rules []json.RawMessage, from []string) {
	if len(rules) == 0 {
		return
	}
	var values []tailcfg.RawMessage
	for _, rule := range rules {
		values = append(values, tailcfg.RawMessage(rule))
	}
	everywhere := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	response.PacketFilter = append(response.PacketFilter, tailcfg.FilterRule{
		SrcIPs:   from,
		CapGrant: []tailcfg.CapGrant{{Dsts: everywhere, CapMap: tailcfg.PeerCapMap{Capability: values}}},
	})
}

func addresses(node *tailcfg.Node) []string {
	var result []string
	for _, prefix := range node.Addresses {
		result = append(result, prefix.Addr().String())
	}
	return result
}
