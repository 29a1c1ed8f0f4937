package tailnet_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRefreshTokensRotateOverKill9(t *testing.T) {
	p := partyOf(network.Alice)
	current := p.signIn(t)
	for range 3 {
		restart(t)
		next := must(t, p.refresh(t, current.Refresh))
		if next.Refresh == current.Refresh {
			t.Error("the refresh token stayed the same")
		}
		if subject := claimOf(t, next.ID, "sub"); subject != claimOf(t, current.ID, "sub") {
			t.Errorf("alice became %s", subject)
		}
		current = next
	}
}

// Clients retry when an answer is lost, so the same successor is given again for a while.
func TestARetriedRefreshIsAnsweredAgainAfterKill9(t *testing.T) {
	p := partyOf(network.Alice)
	first := p.signIn(t)
	second := must(t, p.refresh(t, first.Refresh))
	restart(t)
	again := must(t, p.refresh(t, first.Refresh))
	if again.Refresh != second.Refresh {
		t.Error("another successor was given")
	}
	must(t, p.refresh(t, second.Refresh))
}

func TestAccessTokensSurviveKill9(t *testing.T) {
	p := partyOf(network.Alice)
	access := p.signIn(t).Access
	restart(t)
	if got := p.userInfo(t, access); got.status != http.StatusOK {
		t.Errorf("userinfo: %d %s", got.status, got.body)
	}
	if got := p.introspect(t, access); got["active"] != true {
		t.Errorf("introspection: %v", got)
	}
}

// Whatever refresh token reached its client before the power went works when it is back.
func TestKill9AmongExchangesLosesNothingAnswered(t *testing.T) {
	const clients, during = 12, 1500 * time.Millisecond
	var (
		wait     sync.WaitGroup
		mu       sync.Mutex
		answered []string
		stop     = make(chan struct{})
	)
	for range clients {
		p := partyOf(network.Alice)
		p.browser.Timeout, p.back.Timeout = 5*time.Second, 5*time.Second
		wait.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if token := p.tryLogin(); token != "" {
					mu.Lock()
					answered = append(answered, token)
					mu.Unlock()
				}
			}
		})
	}
	time.Sleep(during)
	product.Kill() // in the middle of them all
	close(stop)
	wait.Wait()
	if err := product.Start(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d tokens were answered before the kill", len(answered))
	if len(answered) < clients {
		t.Errorf("only %d tokens: nothing was going on", len(answered))
	}
	p := partyOf(network.Alice)
	for _, token := range answered {
		if got := p.refresh(t, token); got.Error != "" {
			t.Fatalf("a refresh token was lost: %s %s", got.Error, got.Description)
		}
	}
}

// tryLogin returns the refresh token, or nothing where the server went away in between.
func (p *party) tryLogin() string {
	request, err := http.NewRequest("GET", p.authorizeURL(), nil)
	if err != nil {
		return ""
	}
	got, err := try(p.browser, request)
	if err != nil {
		return ""
	}
	location, err := url.Parse(got.header.Get("Location"))
	if err != nil {
		return ""
	}
	form := url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {location.Query().Get("code")},
		"redirect_uri":  {redirectURI},
		"code_verifier": {p.verify},
		"client_id":     {p.client.ID},
		"client_secret": {p.client.Secret},
	}
	request, err = http.NewRequest("POST", p.issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return ""
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got, err = try(p.back, request); err != nil || got.status != http.StatusOK {
		return ""
	}
	var answer tokens
	if json.Unmarshal([]byte(got.body), &answer) != nil {
		return ""
	}
	return answer.Refresh
}

func TestSIGTERMEndsItInTime(t *testing.T) {
	began := time.Now()
	orderly := product.Stop()
	took := time.Since(began)
	if err := product.Start(); err != nil {
		t.Fatal(err)
	}
	if !orderly || took > 6*time.Second {
		t.Errorf("orderly: %v, after %s", orderly, took)
	}
}

// Without tailscaled nobody can be known. When it is back all goes on, without a restart of tsidp.
func TestTailscaledsDeathIsSurvived(t *testing.T) {
	p := partyOf(network.Alice)
	p.signIn(t)
	network.Idp.Kill()
	// alice's way leads through the dead tailscaled, so ask on the machine itself.
	asked := *p
	asked.browser = direct()
	got := asked.authorize(t, nil)
	got.mustHaveNoCode(t)
	if got.status != http.StatusServiceUnavailable && got.status != http.StatusForbidden {
		t.Errorf("status %d while tailscaled is dead", got.status)
	}
	if err := network.Idp.Start(); err != nil {
		t.Fatal(err)
	}
	if err := network.Idp.AwaitRunning(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		fresh := partyOf(network.Alice)
		fresh.browser.Timeout, fresh.back.Timeout = 5*time.Second, 5*time.Second
		if fresh.tryLogin() != "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("alice can't sign in though tailscaled is back")
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// restart is kill -9 and a new start.
func restart(t *testing.T) {
	t.Helper()
	product.Kill()
	if err := product.Start(); err != nil {
		t.Fatal(err)
	}
}
