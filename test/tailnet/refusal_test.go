package tailnet_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"

	"tsidp.test/tailnet"
)

func TestATaggedServerIsToldWhy(t *testing.T) {
	got := partyOf(network.Server).authorize(t, nil)
	got.mustHaveNoCode(t)
	if got.status != http.StatusForbidden {
		t.Errorf("status %d", got.status)
	}
	if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		t.Errorf("content type %q", kind)
	}
	if page := strings.ToLower(got.body); !strings.Contains(page, "tagged") {
		t.Errorf("the page doesn't say that the device is tagged: %s", got.body)
	}
	if got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("/authorize has a CORS header")
	}
}

// Everything that a proxy could say about the caller, said by the caller.
func TestForgedHeadersChangeNothing(t *testing.T) {
	bob, err := network.AddressOf(network.Bob)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"X-Forwarded-For":            bob.String() + ":12345",
		"X-Real-Ip":                  bob.String(),
		"Forwarded":                  "for=" + bob.String(),
		"Tailscale-User-Login":       tailnet.Bob.Login,
		"Tailscale-User-Name":        tailnet.Bob.Display,
		"Tailscale-Headers-Info":     "https://tailscale.com/s/serve-headers",
		"X-Forwarded-Host":           "evil.example.com",
		"X-Forwarded-Proto":          "http",
		"Tailscale-User-Profile-Pic": tailnet.Bob.Picture,
	} {
		t.Run(name, func(t *testing.T) {
			p := partyOf(network.Alice)
			got := must(t, p.redeem(t, p.codeIn(t, p.authorize(t, http.Header{name: {value}}))))
			if subject := claimOf(t, got.ID, "sub"); subject != subjectOf(tailnet.Alice) {
				t.Errorf("alice became %s", subject)
			}
		})
	}
}

// The header says that a request came over Funnel, from the Internet, where nobody can be identified. If alice sends
// it herself, it may cost her the sign-in, but can't give her another identity.
func TestAForgedFunnelHeaderGivesNothing(t *testing.T) {
	p := partyOf(network.Alice)
	got := p.authorize(t, http.Header{"Tailscale-Funnel-Request": {"?1"}})
	if got.status >= 400 {
		got.mustHaveNoCode(t)
		return
	}
	if subject := claimOf(t, must(t, p.redeem(t, p.codeIn(t, got))).ID, "sub"); subject != subjectOf(tailnet.Alice) {
		t.Errorf("alice became %s", subject)
	}
}

// A process on the identity provider's machine can reach the port that tailscaled's proxy uses, but can't sign in.
func TestALoopbackCallerIsNobody(t *testing.T) {
	p := partyOf(network.Alice)
	portsBelieveNobody(t, p, product)
	idp, err := network.AddressOf(network.Idp)
	no(t, err)
	aPeersPortIsNobodys(t, p, product, idp)
}

// Any process can use the machine's Tailscale addresses, and whois would name the machine's owner.
func TestTheMachinesOwnAddressIsNobodys(t *testing.T) {
	if !*device {
		t.Skip("without a network device it has none")
	}
	p := partyOf(network.Alice)
	p.browser = &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: network.Trust()},
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return network.DialOnIdp(product.Port)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if got := get(t, p.browser, p.issuer+"/.well-known/openid-configuration"); got.status != http.StatusOK {
		t.Errorf("discovery: %d", got.status)
	}
	for _, path := range []string{strings.TrimPrefix(p.authorizeURL(), p.issuer), "/", "/clients/", "/consent"} {
		got := get(t, p.browser, p.issuer+path)
		got.mustHaveNoCode(t)
		if got.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestAForeignHostIsMisdirected(t *testing.T) {
	p := partyOf(network.Alice)
	for _, host := range []string{"evil.example.com", "idp.evil.example.com", network.IdpName() + ".evil.example.com"} {
		request, err := http.NewRequest("GET", p.authorizeURL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		got := do(t, p.browser, request)
		got.mustHaveNoCode(t)
		if got.status != http.StatusMisdirectedRequest {
			t.Errorf("%s: status %d", host, got.status)
		}
	}
}

func TestAnUnknownRedirectIsAPage(t *testing.T) {
	p := partyOf(network.Alice)
	for _, uri := range []string{"https://evil.example.com/", redirectURI + "/..", redirectURI + "?x=1", ""} {
		got := get(t, p.browser, withQuery(t, p.authorizeURL(), "redirect_uri", uri))
		got.mustHaveNoCode(t)
		if got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
			t.Errorf("%q: %d %s", uri, got.status, got.header.Get("Location"))
		}
	}
}

func addressOf(t *testing.T, node *tailnet.Node) string {
	t.Helper()
	address, err := network.AddressOf(node)
	if err != nil {
		t.Fatal(err)
	}
	return address.String()
}

func subjectOf(account tailnet.Account) string { return "userid:" + itoa(int64(account.ID)) }
