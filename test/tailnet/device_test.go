package tailnet_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"tsidp.test/tailnet"
)

// The way most operators run it: tailscaled has a network device, and tsidp listens on the machine's Tailscale
// addresses, so that the peer's own address is at the other end of the connection.
func TestOnARealNetworkDevice(t *testing.T) {
	network, err := tailnet.StartWithDevice(filepath.Join(*directory, "device"), *tailscaled)
	if err != nil {
		t.Fatal(err)
	}
	defer network.Stop()
	product := tailnet.NewProductOnDevice(network, *launcher)
	if err := product.Start(); err != nil {
		t.Fatal(err)
	}
	defer product.Kill()
	client, err := product.AddClient("device", []string{redirectURI})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("AliceSignsIn", func(t *testing.T) {
		signsIn(t, partyAt(network, product, client, network.Alice), network.Alice, tailnet.Alice)
	})
	t.Run("BobSignsIn", func(t *testing.T) {
		signsIn(t, partyAt(network, product, client, network.Bob), network.Bob, tailnet.Bob)
	})
	t.Run("ATaggedServerIsRefused", func(t *testing.T) {
		got := partyAt(network, product, client, network.Server).authorize(t, nil)
		got.mustHaveNoCode(t)
		if got.status != http.StatusForbidden {
			t.Errorf("status %d", got.status)
		}
	})
	t.Run("Kill9", func(t *testing.T) {
		p := partyAt(network, product, client, network.Alice)
		token := p.signIn(t).Refresh
		product.Kill()
		if err := product.Start(); err != nil {
			t.Fatal(err)
		}
		must(t, p.refresh(t, token))
	})
}
