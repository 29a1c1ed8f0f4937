package tailnet_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tsidp.test/tailnet"
)

// What the policy grants to alice is only for her: tailscaled says who is asking.
func TestWhatAliceMayBobMayNot(t *testing.T) {
	grant(t, network.Alice.Name, `{"allow_admin_ui": true, "allow_dcr": true}`,
		`{"users": ["`+tailnet.Alice.Login+`"], "resources": ["backend"]}`)
	alice, bob, server := partyOf(network.Alice), partyOf(network.Bob), partyOf(network.Alice).back
	within(t, 10*time.Second, "alice has her grant", func() bool { return page(t, alice.browser).status == http.StatusOK })

	if got := page(t, bob.browser); got.status != http.StatusForbidden || !strings.Contains(got.body, "allow_admin_ui") {
		t.Errorf("bob's page: %d %s", got.status, got.body)
	}
	if got := page(t, server); got.status != http.StatusForbidden {
		t.Errorf("the tagged server's page: %d", got.status)
	}

	form := url.Values{"name": {"Made by alice"}, "redirect_uri": {redirectURI}}.Encode()
	for _, other := range []*http.Client{bob.browser, server} {
		if got := send(t, other, "/clients/new", "application/x-www-form-urlencoded", form); got.status != http.StatusForbidden {
			t.Errorf("somebody else made a client: %d %s", got.status, got.body)
		}
	}
	var made tailnet.Client
	send(t, alice.browser, "/clients/new", "application/x-www-form-urlencoded", form).into(t, &made)
	alices, bobs := partyOfClient(made, network.Alice), partyOfClient(made, network.Bob)
	if got := alices.exchange(t, alices.signIn(t).Access, "backend"); got.Access == "" {
		t.Errorf("alice's token is not exchanged: %s %s", got.Error, got.Description)
	}
	if got := alices.exchange(t, alices.signIn(t).Access, "elsewhere"); got.Error != "invalid_target" {
		t.Errorf("alice's token for elsewhere: %v", got.Error)
	}
	if got := bobs.exchange(t, bobs.signIn(t).Access, "backend"); got.Error != "invalid_target" {
		t.Errorf("bob's token: %v", got.Error)
	}

	// The grant is gone at the next request.
	network.Grant(network.Alice.Name)
	within(t, 10*time.Second, "alice has no grant", func() bool { return page(t, alice.browser).status == http.StatusForbidden })
}

// A self-registered client asks each person, and an administrator's client does not.
func TestARegisteredClientAsksFirst(t *testing.T) {
	grant(t, network.Alice.Name, `{"allow_dcr": true}`)
	metadata := `{"client_name": "Registered", "redirect_uris": ["` + redirectURI + `"]}`
	alice, bob := partyOf(network.Alice), partyOf(network.Bob)
	var got *answer
	within(t, 10*time.Second, "alice may register", func() bool {
		got = send(t, alice.browser, "/register", "application/json", metadata)
		return got.status == http.StatusCreated
	})
	var registered tailnet.Client
	got.into(t, &registered)
	for _, other := range []*http.Client{bob.browser, alice.back} {
		if got := send(t, other, "/register", "application/json", metadata); got.status != http.StatusForbidden {
			t.Errorf("somebody else registered a client: %d %s", got.status, got.body)
		}
	}

	bobs := partyOfClient(registered, network.Bob)
	asked := bobs.authorize(t, nil)
	asked.mustHaveNoCode(t)
	if asked.status != http.StatusOK || !strings.Contains(asked.body, "app.example.com") {
		t.Fatalf("bob is not asked: %d %s", asked.status, asked.body)
	}
	action := html.UnescapeString(regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(asked.body)[1])
	token := regexp.MustCompile(`name="form_token" value="([^"]*)"`).FindStringSubmatch(asked.body)[1]
	allowed := send(t, bobs.browser, action, "application/x-www-form-urlencoded",
		url.Values{"form_token": {token}, "decision": {"allow"}}.Encode())
	if allowed.status != http.StatusFound {
		t.Fatalf("bob could not allow it: %d %s", allowed.status, allowed.body)
	}
	if got := bobs.signIn(t); claimOf(t, got.ID, "sub") != subjectOf(tailnet.Bob) {
		t.Errorf("bob became %s", claimOf(t, got.ID, "sub"))
	}
	partyOfClient(registered, network.Alice).authorize(t, nil).mustHaveNoCode(t)
}

func (p *party) exchange(t *testing.T, subject, audience string) tokens {
	t.Helper()
	return p.token(t, url.Values{
		"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token":      {subject},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
		"audience":           {audience},
	})
}

func page(t *testing.T, browser *http.Client) *answer {
	t.Helper()
	request, err := http.NewRequest("GET", product.Issuer+"/", nil)
	no(t, err)
	request.Header.Set("Accept", "text/html")
	return do(t, browser, request)
}

func send(t *testing.T, browser *http.Client, path, mediaType, body string) *answer {
	t.Helper()
	request, err := http.NewRequest("POST", product.Issuer+path, strings.NewReader(body))
	no(t, err)
	request.Header.Set("Content-Type", mediaType)
	return do(t, browser, request)
}
