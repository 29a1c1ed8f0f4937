package tailnet_test

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tsidp.test/tailnet"
)

func TestAliceSignsIn(t *testing.T) { signsIn(t, network.Alice, tailnet.Alice) }

func TestBobSignsIn(t *testing.T) { signsIn(t, network.Bob, tailnet.Bob) }

// signsIn compares every claim with what the person's account and device are.
func signsIn(t *testing.T, device *tailnet.Node, account tailnet.Account) {
	p := partyOf(device)
	ctx := oidc.ClientContext(context.Background(), p.back)
	provider, err := oidc.NewProvider(ctx, p.issuer)
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{
		ClientID: p.client.ID, ClientSecret: p.client.Secret, RedirectURL: redirectURI, Endpoint: provider.Endpoint(),
	}
	token, err := config.Exchange(ctx, p.code(t), oauth2.VerifierOption(p.verify))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: p.client.ID}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil && idToken.AccessTokenHash != "" {
		t.Error(err)
	}
	claims := claimsOf(t, idToken)
	for name, want := range expectedClaims(t, p, device, account) {
		if got := claims[name]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, not %#v", name, got, want)
		}
	}
	if claims["jti"] == nil {
		t.Error("no jti")
	}
	if life := idToken.Expiry.Sub(idToken.IssuedAt); life != 5*time.Minute {
		t.Errorf("the ID token lives %s", life)
	}
	if token.Type() != "Bearer" || token.RefreshToken == "" {
		t.Errorf("token type %q, refresh token %q", token.Type(), token.RefreshToken)
	}
}

// expectedClaims come from the account and from what the device's own tailscaled reports.
func expectedClaims(t *testing.T, p *party, device *tailnet.Node, account tailnet.Account) map[string]any {
	t.Helper()
	status, err := device.Local().Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	self, err := device.Local().WhoIs(context.Background(), status.TailscaleIPs[0].String())
	if err != nil {
		t.Fatal(err)
	}
	var addresses []any
	for _, address := range self.Node.Addresses {
		addresses = append(addresses, address.String())
	}
	return map[string]any{
		"iss":                p.issuer,
		"sub":                "userid:" + json.Number(itoa(int64(account.ID))).String(),
		"aud":                []any{p.client.ID}, // a list, as from the Go tsidp
		"nonce":              p.nonce,
		"key":                self.Node.Key.String(),
		"addresses":          addresses,
		"nid":                json.Number(itoa(int64(self.Node.ID))),
		"node":               device.Name + "." + tailnet.Domain + ".",
		"tailnet":            tailnet.Domain + ".",
		"uid":                json.Number(itoa(int64(account.ID))),
		"email":              account.Login,
		"preferred_username": account.Login[:len(account.Login)-len("@example.com")],
		"picture":            account.Picture,
	}
}

func TestScopesDecideWhatIsTold(t *testing.T) {
	p := partyOf(network.Alice)
	ctx := oidc.ClientContext(context.Background(), p.back)
	request, err := http.NewRequest("GET", withQuery(t, p.authorizeURL(), "scope", "openid groups offline_access"), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := must(t, p.redeem(t, p.codeIn(t, do(t, p.browser, request))))
	claims := verified(t, ctx, p, got.ID)
	for _, name := range []string{"email", "preferred_username", "picture"} {
		if claims[name] != nil {
			t.Errorf("%s was told without being asked for", name)
		}
	}
}

func TestUserInfo(t *testing.T) {
	p := partyOf(network.Alice)
	answer := p.userInfo(t, p.signIn(t).Access)
	var got map[string]any
	answer.into(t, &got)
	want := map[string]any{
		"sub":                "userid:" + itoa(int64(tailnet.Alice.ID)),
		"name":               tailnet.Alice.Display,
		"email":              tailnet.Alice.Login,
		"picture":            tailnet.Alice.Picture,
		"username":           "alice",
		"preferred_username": "alice",
		"given_name":         "Alice",
		"family_name":        "Example",
	}
	if answer.status != http.StatusOK || !reflect.DeepEqual(got, want) {
		t.Errorf("userinfo: %d %v, not %v", answer.status, got, want)
	}
	if refused := p.userInfo(t, "0123456789abcdef"); refused.status != http.StatusUnauthorized ||
		refused.header.Get("WWW-Authenticate") == "" {
		t.Errorf("a made-up token: %d %v", refused.status, refused.header)
	}
}

func TestIntrospection(t *testing.T) {
	p := partyOf(network.Alice)
	got := p.introspect(t, p.signIn(t).Access)
	for name, want := range map[string]any{
		"active": true, "client_id": p.client.ID, "iss": p.issuer, "sub": "userid:" + itoa(int64(tailnet.Alice.ID)),
		"email": tailnet.Alice.Login, "token_type": "Bearer",
	} {
		if got[name] != want {
			t.Errorf("%s is %v, not %v", name, got[name], want)
		}
	}
	if got := p.introspect(t, "0123456789abcdef"); !reflect.DeepEqual(got, map[string]any{"active": false}) {
		t.Errorf("a made-up token: %v", got)
	}
}
