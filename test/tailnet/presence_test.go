package tailnet_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// isEnded waits until the application is told at a refresh that the sign-in has ended.
func (p *party) isEnded(t *testing.T, refresh string) {
	t.Helper()
	within(t, 20*time.Second, "the refresh is refused", func() bool {
		return p.refresh(t, refresh).Error == "invalid_grant"
	})
}

func logged(t *testing.T, words string) bool {
	t.Helper()
	log, err := os.ReadFile(product.LogPath())
	no(t, err)
	return strings.Contains(string(log), words)
}

// An administrator removes alice's laptop: a refresh is refused at once.
func TestADeviceThatIsRemovedIsSignedOut(t *testing.T) {
	p := partyOf(network.Alice)
	signedIn := p.signIn(t)
	if next := must(t, p.refresh(t, signedIn.Refresh)); next.ID == "" {
		t.Fatal("no refresh while it is there")
	}
	network.Remove(network.Alice.Name, true)
	defer func() {
		network.Remove(network.Alice.Name, false)
		isReached(t, product.Issuer, network.Alice)
	}()
	p.isEnded(t, signedIn.Refresh)
	if !logged(t, "the device left the tailnet") {
		t.Error("the log does not say why")
	}
}

// Nobody uses a token: within a minute the sign-in has ended all the same, and stays so when the device returns.
func TestADeviceThatIsRemovedIsSignedOutWithinAMinute(t *testing.T) {
	p := partyOf(network.Bob)
	signedIn := p.signIn(t)
	network.Remove(network.Bob.Name, true)
	within(t, 75*time.Second, "the sign-in has ended", func() bool {
		return logged(t, `msg="sign-in ended" user=bob@example.com`)
	})
	network.Remove(network.Bob.Name, false)
	isReached(t, product.Issuer, network.Bob)
	if got := p.refresh(t, signedIn.Refresh); got.Error != "invalid_grant" {
		t.Errorf("a sign-in is back: %q", got.Error)
	}
}

func TestADeviceWhoseKeyExpiredIsSignedOut(t *testing.T) {
	p := partyOf(network.Alice)
	signedIn := p.signIn(t)
	network.Expire(network.Alice.Name, true)
	defer func() {
		network.Expire(network.Alice.Name, false)
		isReached(t, product.Issuer, network.Alice)
	}()
	p.isEnded(t, signedIn.Refresh)
	if !logged(t, "the key of the device has expired") {
		t.Error("the log does not say why")
	}
}
