package tailnet_test

import (
	"crypto/tls"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMetadata(t *testing.T) {
	p := partyOf(network.Alice)
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		var metadata map[string]any
		get(t, p.back, p.issuer+path).into(t, &metadata)
		for name, want := range map[string]any{
			"issuer":                 p.issuer,
			"authorization_endpoint": p.issuer + "/authorize",
			"token_endpoint":         p.issuer + "/token",
			"userinfo_endpoint":      p.issuer + "/userinfo",
			"introspection_endpoint": p.issuer + "/introspect",
		} {
			if path != "/.well-known/openid-configuration" && name == "userinfo_endpoint" {
				continue // OpenID's, not OAuth's
			}
			if metadata[name] != want {
				t.Errorf("%s: %s is %v", path, name, metadata[name])
			}
		}
		mustServe(t, p, metadata)
	}
}

// mustServe fails when the metadata name an endpoint that isn't there.
func mustServe(t *testing.T, p *party, metadata map[string]any) {
	t.Helper()
	for name, value := range metadata {
		address, isText := value.(string)
		if !isText || !(strings.HasSuffix(name, "_endpoint") || name == "jwks_uri") {
			continue
		}
		if got := get(t, p.back, address); got.status == http.StatusNotFound {
			t.Errorf("%s: %s isn't served", name, address)
		}
	}
}

func TestKeysArePublicOnly(t *testing.T) {
	p := partyOf(network.Alice)
	var keys struct{ Keys []map[string]any }
	get(t, p.back, p.issuer+"/.well-known/jwks.json").into(t, &keys)
	if len(keys.Keys) == 0 {
		t.Fatal("no keys")
	}
	for _, key := range keys.Keys {
		if key["kty"] != "RSA" || key["use"] != "sig" || key["kid"] == "" {
			t.Errorf("key %v", key)
		}
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			if key[private] != nil {
				t.Errorf("%s is published", private)
			}
		}
	}
}

func TestCertificateIsTheAuthoritys(t *testing.T) {
	p := partyOf(network.Alice)
	request, err := http.NewRequest("GET", p.issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := p.browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	leaf := response.TLS.PeerCertificates[0]
	if !slices.Equal(leaf.DNSNames, []string{network.IdpName()}) {
		t.Errorf("it names %v", leaf.DNSNames)
	}
	if !strings.Contains(leaf.Issuer.CommonName, "Pebble") {
		t.Errorf("it is issued by %s", leaf.Issuer)
	}
	if left := time.Until(leaf.NotAfter); left < 24*time.Hour {
		t.Errorf("it is valid for %s", left)
	}
	if response.TLS.Version != tls.VersionTLS13 {
		t.Errorf("TLS version %#x", response.TLS.Version)
	}
}

func get(t *testing.T, client *http.Client, address string) *answer {
	t.Helper()
	request, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, client, request)
}
