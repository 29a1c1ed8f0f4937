package tailnet_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"tsidp.test/tailnet"
)

// A change of the policy takes effect at the next sign-in, without a restart.
func TestGrantedClaimsAppearAtTheNextLogin(t *testing.T) {
	p := partyOf(network.Alice)
	ctx := oidc.ClientContext(context.Background(), p.back)
	if groups := verified(t, ctx, p, p.signIn(t).ID)["groups"]; groups != nil {
		t.Errorf("groups %v before anything was granted", groups)
	}
	grant(t, "*",
		`{"extraClaims": {"groups": ["staff"], "floor": 3, "remote": true}}`,
		`{"extraClaims": {"groups": ["staff", "ops"]}, "includeInUserInfo": true}`)
	var claims map[string]any
	within(t, 10*time.Second, "the grant is in the ID token", func() bool {
		claims = verified(t, ctx, p, p.signIn(t).ID)
		return claims["groups"] != nil
	})
	if groups, _ := claims["groups"].([]any); !sameSet(groups, "staff", "ops") {
		t.Errorf("groups are %v", claims["groups"])
	}
	if claims["remote"] != true {
		t.Errorf("remote is %#v", claims["remote"])
	}
	var info map[string]any
	p.userInfo(t, p.signIn(t).Access).into(t, &info)
	if groups, _ := info["groups"].([]any); !sameSet(groups, "staff", "ops") {
		t.Errorf("userinfo: groups are %v", info["groups"])
	}
	if info["remote"] != nil {
		t.Errorf("userinfo tells what only the ID token may: %v", info)
	}
}

func TestAGrantToAliceIsNotBobs(t *testing.T) {
	grant(t, network.Alice.Name, `{"extraClaims": {"groups": ["alices"]}}`)
	alice, bob := partyOf(network.Alice), partyOf(network.Bob)
	ctx := oidc.ClientContext(context.Background(), alice.back)
	within(t, 10*time.Second, "alice has her grant", func() bool {
		return verified(t, ctx, alice, alice.signIn(t).ID)["groups"] != nil
	})
	if groups := verified(t, ctx, bob, bob.signIn(t).ID)["groups"]; groups != nil {
		t.Errorf("bob's groups are %v", groups)
	}
}

// A grant can add claims about a person, but never change their identity.
func TestAGrantCannotReplaceWhoSomebodyIs(t *testing.T) {
	p := partyOf(network.Alice)
	grant(t, "*", `{"extraClaims": {"sub": "userid:1", "marker": "seen"}}`)
	within(t, 10*time.Second, "the grant is known", func() bool {
		got := must(t, p.redeem(t, p.code(t)))
		if claimOf(t, got.ID, "sub") != subjectOf(tailnet.Alice) {
			t.Fatalf("alice became %s", claimOf(t, got.ID, "sub"))
		}
		return claimOf(t, got.ID, "marker") == "seen"
	})
}

// grant sets rules for the duration of one test.
func grant(t *testing.T, host string, rules ...string) {
	t.Helper()
	network.Grant(host, rules...)
	t.Cleanup(func() { network.Grant(host) })
}

func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s", limit, what)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func sameSet(got []any, want ...string) bool {
	set := map[any]bool{}
	for _, value := range got {
		set[value] = true
	}
	wanted := map[any]bool{}
	for _, value := range want {
		wanted[value] = true
	}
	return len(got) == len(want) && reflect.DeepEqual(set, wanted)
}
