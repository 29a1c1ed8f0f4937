package tailnet_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"tsidp.test/tailnet"
)

// party is an application and the browser of a person who uses it. The browser is on the person's device; the
// application is on the tagged server, as most applications are.
type party struct {
	issuer  string
	client  tailnet.Client
	browser *http.Client
	back    *http.Client
	nonce   string
	state   string
	verify  string // PKCE's code_verifier
}

// tokens is a token endpoint's answer, refusals included.
type tokens struct {
	Access      string `json:"access_token"`
	Type        string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	ID          string `json:"id_token"`
	Refresh     string `json:"refresh_token"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func partyOf(browser *tailnet.Node) *party { return partyOfClient(client, browser) }

func partyOfClient(c tailnet.Client, browser *tailnet.Node) *party {
	return partyAt(network, product, c, browser)
}

func partyAt(t *tailnet.Tailnet, p *tailnet.Product, c tailnet.Client, browser *tailnet.Node) *party {
	return &party{
		issuer:  p.Issuer,
		client:  c,
		browser: browser.Client(t.Trust()),
		back:    t.Server.Client(t.Trust()),
		nonce:   oauth2.GenerateVerifier(),
		state:   oauth2.GenerateVerifier(),
		verify:  oauth2.GenerateVerifier(),
	}
}

func (p *party) authorizeURL() string {
	return p.issuer + "/authorize?" + url.Values{
		"response_type":         {"code"},
		"client_id":             {p.client.ID},
		"redirect_uri":          {redirectURI},
		"scope":                 {"openid email profile"},
		"state":                 {p.state},
		"nonce":                 {p.nonce},
		"code_challenge":        {oauth2.S256ChallengeFromVerifier(p.verify)},
		"code_challenge_method": {"S256"},
	}.Encode()
}

// authorize sends the browser to /authorize, with more headers.
func (p *party) authorize(t *testing.T, headers http.Header) *answer {
	t.Helper()
	request, err := http.NewRequest("GET", p.authorizeURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	for name, values := range headers {
		request.Header[name] = values
	}
	return do(t, p.browser, request)
}

// code signs the person in, up to the code in the redirect.
func (p *party) code(t *testing.T) string {
	t.Helper()
	return p.codeIn(t, p.authorize(t, nil))
}

func (p *party) codeIn(t *testing.T, got *answer) string {
	t.Helper()
	if got.status != http.StatusFound && got.status != http.StatusSeeOther {
		t.Fatalf("authorize: %d %s", got.status, got.body)
	}
	location, err := url.Parse(got.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	query := location.Query()
	if !strings.HasPrefix(location.String(), redirectURI+"?") {
		t.Fatalf("redirected to %s", location)
	}
	if query.Get("state") != p.state {
		t.Fatalf("state %q came back as %q", p.state, query.Get("state"))
	}
	if query.Get("iss") != p.issuer {
		t.Fatalf("iss is %q", query.Get("iss"))
	}
	if query.Get("code") == "" {
		t.Fatalf("no code in %s", location)
	}
	return query.Get("code")
}

// signIn is the complete sign-in.
func (p *party) signIn(t *testing.T) tokens {
	t.Helper()
	return must(t, p.redeem(t, p.code(t)))
}

func (p *party) redeem(t *testing.T, code string) tokens {
	t.Helper()
	return p.token(t, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {redirectURI},
		"code_verifier": {p.verify},
	})
}

func (p *party) refresh(t *testing.T, token string) tokens {
	t.Helper()
	return p.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (p *party) token(t *testing.T, form url.Values) tokens {
	t.Helper()
	var result tokens
	p.post(t, "/token", form).into(t, &result)
	return result
}

// introspect asks what a token is.
func (p *party) introspect(t *testing.T, token string) map[string]any {
	t.Helper()
	var result map[string]any
	p.post(t, "/introspect", url.Values{"token": {token}}).into(t, &result)
	return result
}

func (p *party) userInfo(t *testing.T, access string) *answer {
	t.Helper()
	request, err := http.NewRequest("GET", p.issuer+"/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+access)
	return do(t, p.back, request)
}

func (p *party) post(t *testing.T, path string, form url.Values) *answer {
	t.Helper()
	request, err := http.NewRequest("POST", p.issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.SetBasicAuth(p.client.ID, p.client.Secret)
	return do(t, p.back, request)
}

// answer is a whole HTTP response.
type answer struct {
	status int
	header http.Header
	body   string
}

func do(t *testing.T, client *http.Client, request *http.Request) *answer {
	t.Helper()
	got, err := try(client, request)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	return got
}

func try(client *http.Client, request *http.Request) (*answer, error) {
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return &answer{response.StatusCode, response.Header, string(body)}, err
}

func (a *answer) into(t *testing.T, value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), value); err != nil {
		t.Fatalf("answer %d %q: %v", a.status, a.body, err)
	}
}

// mustHaveNoCode fails when the answer contains a code, in any form.
func (a *answer) mustHaveNoCode(t *testing.T) {
	t.Helper()
	if strings.Contains(a.header.Get("Location"), "code=") || strings.Contains(a.body, "code=") {
		t.Errorf("a code was given: %d %s %s", a.status, a.header.Get("Location"), a.body)
	}
}

// must fails when there are no tokens.
func must(t *testing.T, got tokens) tokens {
	t.Helper()
	if got.Error != "" || got.Access == "" || got.Refresh == "" || got.ID == "" {
		t.Fatalf("token endpoint: %q %q", got.Error, got.Description)
	}
	return got
}
