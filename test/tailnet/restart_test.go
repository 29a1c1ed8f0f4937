package tailnet_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestRefreshTokensRotateOverKill9(t *testing.T) {
	p := publicParty(t)
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

// publicParty is an application without a secret, whose refresh tokens rotate, that alice opens.
func publicParty(t *testing.T) *party {
	t.Helper()
	public, err := product.AddClient("public", []string{redirectURI}, "-public")
	if err != nil {
		t.Fatal(err)
	}
	return partyOfClient(public, network.Alice)
}

// A client with a secret keeps its refresh token.
func TestARefreshTokenWithASecretStaysOverKill9(t *testing.T) {
	p := partyOf(network.Alice)
	first := p.signIn(t)
	for range 2 {
		restart(t)
		if next := must(t, p.refresh(t, first.Refresh)); next.Refresh != first.Refresh {
			t.Error("the refresh token changed")
		}
	}
}

// Clients retry when an answer is lost, so the same successor is returned again for a while.
func TestARetriedRefreshIsAnsweredAgainAfterKill9(t *testing.T) {
	p := publicParty(t)
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

// Every refresh token that reached its client before a power loss works afterwards.
func TestKill9AmongExchangesLosesNothingAnswered(t *testing.T) {
	const (
		workers   = 8
		enough    = 20 // answers of each worker before the power goes
		maxLogins = 18 // of one worker: tsidp keeps twenty log-ins of a person at a client
	)
	var wait sync.WaitGroup
	parties := make([]*party, workers)
	answered := make([][]string, workers) // the tokens that must work
	var counts [workers]atomic.Int32
	stop := make(chan struct{})
	for i := range workers {
		own, err := product.AddClient("worker", []string{redirectURI}, "-public")
		if err != nil {
			t.Fatal(err)
		}
		p := partyOfClient(own, network.Alice)
		p.browser.Timeout, p.back.Timeout = 5*time.Second, 5*time.Second
		parties[i] = p
		logins := maxLogins
		if i%2 == 1 {
			logins = 1 // and then refreshes alone
		}
		wait.Go(func() { answered[i] = p.work(stop, logins, &counts[i]) })
	}
	within(t, 30*time.Second, "every worker has enough answers", func() bool {
		least := counts[0].Load()
		for i := range counts {
			least = min(least, counts[i].Load())
		}
		return least >= enough
	})
	product.Kill() // in the middle of them all
	close(stop)
	wait.Wait()
	if err := product.Start(); err != nil {
		t.Fatal(err)
	}
	for i, tokens := range answered {
		if len(tokens) == 0 {
			t.Errorf("worker %d had no answer: nothing was going on", i)
		}
		for n, token := range tokens {
			if got := parties[i].refresh(t, token); got.Error != "" {
				t.Fatalf("worker %d, token %d of %d was lost: %s %s", i, n, len(tokens), got.Error, got.Description)
			}
		}
	}
}

// work logs in so many times and then refreshes the newest token until the server goes. It returns the refresh tokens
// that it was given and has not had exchanged, and counts its answers.
func (p *party) work(stop chan struct{}, logins int, answers *atomic.Int32) []string {
	var tokens []string
	for {
		select {
		case <-stop:
			return tokens
		default:
		}
		if len(tokens) < logins {
			if token := p.tryLogin(); token != "" {
				tokens = append(tokens, token)
				answers.Add(1)
			}
		} else if token := p.tryRefresh(tokens[len(tokens)-1]); token != "" {
			tokens[len(tokens)-1] = token
			answers.Add(1)
		}
	}
}

// tryLogin returns the refresh token, or nothing if the server was killed in between.
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
	return p.tryToken(url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {location.Query().Get("code")},
		"redirect_uri":  {redirectURI},
		"code_verifier": {p.verify},
	})
}

func (p *party) tryRefresh(token string) string {
	return p.tryToken(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (p *party) tryToken(form url.Values) string {
	form.Set("client_id", p.client.ID)
	form.Set("client_secret", p.client.Secret)
	request, err := http.NewRequest("POST", p.issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return ""
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := try(p.back, request)
	if err != nil || got.status != http.StatusOK {
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

// When tailscaled is back everything works again, without a restart of tsidp.
func TestTailscaledsDeathIsSurvived(t *testing.T) {
	partyOf(network.Alice).signIn(t)
	network.Idp.Kill()
	if !*device {
		nobodyIsKnown(t)
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

// nobodyIsKnown asks on the identity provider's machine itself: alice's way leads through the dead tailscaled.
func nobodyIsKnown(t *testing.T) {
	t.Helper()
	if !*device {
		portsBelieveNobody(t, partyOf(network.Alice), product)
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
