package tailnet_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
)

// verified checks an ID token against the published keys and returns its claims.
func verified(t *testing.T, ctx context.Context, p *party, raw string) map[string]any {
	t.Helper()
	provider, err := oidc.NewProvider(ctx, p.issuer)
	if err != nil {
		t.Fatal(err)
	}
	token, err := provider.Verifier(&oidc.Config{ClientID: p.client.ID}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	return claimsOf(t, token)
}

// claimsOf keeps numbers as they are written: a user's number may exceed the precision of a double.
func claimsOf(t *testing.T, token *oidc.IDToken) map[string]any {
	t.Helper()
	var raw json.RawMessage
	if err := token.Claims(&raw); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	var claims map[string]any
	if err := decoder.Decode(&claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func itoa(number int64) string { return strconv.FormatInt(number, 10) }

// withQuery is the URL with one parameter set.
func withQuery(t *testing.T, raw, name, value string) string {
	t.Helper()
	parsed, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	query := parsed.Query()
	query.Set(name, value)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// claimOf reads one text claim of a JWT without checking its signature.
func claimOf(t *testing.T, token, name string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	text, _ := claims[name].(string)
	return text
}
