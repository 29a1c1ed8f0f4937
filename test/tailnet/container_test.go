package tailnet_test

import (
	"flag"
	"strings"
	"testing"

	"tsidp.test/tailnet"
)

var (
	containerRoot  = flag.String("container", "", "root folder of tsidp's container")
	containerEnter = flag.String("enter", "", "command that runs what is in the container")
)

// Tailscale's compose file with only the image changed.
func TestInItsContainer(t *testing.T) {
	if *containerRoot == "" {
		t.Skip("no -container")
	}
	contained, err := tailnet.NewContainedProduct(network, *launcher, *containerEnter, *containerRoot, "contained", freePort(t), nodeKey)
	no(t, err)
	defer contained.Kill()
	network.RequireKey(nodeKey)
	err = contained.Start()
	network.RequireKey("")
	no(t, err)
	registered, err := contained.AddClient("contained", []string{redirectURI})
	no(t, err)
	alice := func() *party { return partyAt(network, contained, registered, network.Alice) }
	t.Run("AliceSignsIn", func(t *testing.T) { isAlice(t, alice()) })
	t.Run("TokenExchangeIsServed", func(t *testing.T) {
		if got := get(t, alice().browser, contained.Issuer+"/.well-known/openid-configuration"); !strings.Contains(got.body, "token-exchange") {
			t.Error(got.body)
		}
	})
	t.Run("TheNodeHasItsTag", func(t *testing.T) {
		if tags := self(t, contained).Tags; tags == nil || !strings.Contains(strings.Join(tags.AsSlice(), " "), tailnet.ServerTag) {
			t.Errorf("tags: %v", tags)
		}
	})
	t.Run("HealthIsWell", func(t *testing.T) {
		if output, err := contained.HealthInside(); err != nil || !strings.Contains(output, "well") {
			t.Errorf("%v %s", err, output)
		}
	})
	t.Run("ItEndsInOrderAndComesBack", func(t *testing.T) {
		if !contained.Stop() {
			t.Error("it did not end in time")
		}
		if output, err := contained.HealthInside(); err == nil {
			t.Errorf("well when it has ended: %s", output)
		}
		no(t, contained.Start())
		isAliceAgain(t, alice)
	})
	t.Run("ItEndsWithEverything", func(t *testing.T) {
		if running := contained.Tailscaleds(); len(running) != 1 {
			t.Errorf("tailscaleds before: %v", running)
		}
		contained.Kill()
		noTailscaled(t, contained)
	})
}
