package tailnet_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tsidp.test/tailnet"
)

// recording is a row whose answer by the newest Go tsidp was written down: its module is not on Go's proxy, and the one
// that is has no such endpoint, or another answer. From the build of December 2025 (28327c0), and its source until main.
type recording struct {
	name     string
	ask      ask
	recorded fields
	differs  []difference
}

const (
	exchangeType = "urn:ietf:params:oauth:grant-type:token-exchange"
	accessType   = "urn:ietf:params:oauth:token-type:access_token"
	api          = "https://api.example.com"

	newestRules = `{"users": ["*"], "resources": ["https://mcp.example.com", "` + api + `"], "extraClaims": {"level": "1"}}`
)

// recorded are the lines of an answer.
func recorded(lines ...string) fields {
	all := fields{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		all[name] = value
	}
	return all
}

func (all fields) with(lines ...string) fields {
	more := maps.Clone(all)
	maps.Copy(more, recorded(lines...))
	return more
}

var (
	theirTokens = recorded("status: 200", "media type: application/json", "Access-Control-Allow-Origin: *",
		"access_token: random", "expires_in: 5 minutes", "token_type: Bearer")
	theirError = recorded("media type: text/plain", "Access-Control-Allow-Origin: *", "body: a text")

	// ourError is what is different in each error of /token.
	ourError = because("as plain text", "media type: text/plain → application/json", "body: a text → -",
		"error_description: - → a text")

	// theirIntrospection is of alice's token with scope openid.
	theirIntrospection = recorded("status: 200", "media type: application/json", "active: true", "client_id: {client}",
		"aud: [{client}]", "exp: +300 s", "iat: now", "nbf: -300 s", "iss: {issuer}", "jti: random", "scope: openid",
		"sub: 4503599627370497", "token_type: Bearer", "username: alice@example.com")
	ourIntrospection = []difference{because("only the number", "sub: 4503599627370497 → userid:4503599627370497"),
		because("UserInfo returns all claims", "username: alice@example.com → -"),
		because("an introspection has no `extraClaims`", "level: - → 1")}
	inactive = recorded("status: 200", "media type: application/json", "active: false")

	theirExchange = theirTokens.with("issued_token_type: " + accessType)
)

func failed(status string) fields { return theirError.with("status: " + status) }

func code(wireName string, more ...difference) []difference {
	return append([]difference{ourError, because("as plain text", "error: - → "+wireName)}, more...)
}

var newest = slices.Concat(newestOthers, newestRedirectURIs())

// newestRedirectURIs are those that the newest takes all.
func newestRedirectURIs() (rows []recording) {
	one := func(uri string, differs []difference) {
		rows = append(rows, recording{"registration: " + uri, register(`{"client_name": "x", "redirect_uris": ["` + uri + `"]}`),
			theirRegistration(uri, "client_name: x"), differs})
	}
	for _, uri := range []string{"https://app.example.com:8443/a?b=c", "http://localhost/callback", "http://127.0.0.1:8080",
		"http://[::1]:8080/callback", "vscode://vscode.github-authentication/did-authenticate", "myapp://callback",
		"windsurf://codeium.windsurf/oauth/callback", "warp://mcp/oauth2callback", "com.example.app:/callback",
		"http://server.tail-scale.ts.net/callback", "http://SERVER.tail-scale.ts.net:8080/callback",
		"http://100.64.0.9:8080/callback", "http://[fd7a:115c:a1e0::9]/callback"} {
		one(uri, ourRegistration())
	}
	for _, uri := range []string{"data:text/html,x", "file:///etc/passwd", "blob:https://app.example.com/x", "about:blank",
		"view-source:https://app.example.com/", "ftp://app.example.com/", "ws://app.example.com/", "mailto:x@example.com",
		"tel:1", "ms-settings:privacy", "intent://x#Intent;end", "vbscript:x", "http://app.example.com/callback",
		"http://192.168.1.1/callback", "http://tail-scale.ts.net.example.com/callback", "https://app.example.com/#a",
		"https://alice@app.example.com/", "/callback", "https://*.example.com/callback"} {
		one(uri, []difference{instead("any redirect URI can be registered", "status: 400", "media type: application/json",
			"error: invalid_redirect_uri", "error_description: a text")})
	}
	return rows
}

var newestOthers = []recording{
	{"an unknown scope", authorize("scope=openid offline_access"), recorded("status: 302", "Location: "+redirectURI,
		"Location state: a state", "Location error: invalid_scope", "Location error_description: a text"),
		[]difference{instead("refuses a scope", "status: 302", "Location: "+redirectURI, "Location state: a state",
			"Location code: random", "Location iss: {issuer}")}},
	{"code_challenge of an unknown method", authorize(challenge[0], "code_challenge_method=S512"),
		recorded("status: 302", "Location: "+redirectURI, "Location state: a state", "Location error: invalid_request",
			"Location error_description: a text"), []difference{iss}},
	{"a tagged device's program", func(t *testing.T, s *side) *answer {
		return sent(t, s, server, "GET", "/authorize?"+usualAuthorization.encoded(s, nil), "")
	}, recorded("status: 302", "Location: "+redirectURI, "Location state: a state", "Location error: access_denied",
		"Location error_description: a text"), []difference{iss}},

	{"a tagged device's browser", authorizeFrom(server), recorded("status: 302", "Location: "+redirectURI,
		"Location state: a state", "Location error: access_denied", "Location error_description: a text"), []difference{
		instead("a tagged device's browser", "status: 403", "media type: text/html", "body: a page")}},

	{"token: no code_verifier", signIn(alice, challenge, nil), failed("400"), code("invalid_request")},
	{"token: a wrong code_verifier", signIn(alice, challenge, []string{verifier + "x"}), failed("400"), code("invalid_grant")},
	{"token: another redirect_uri", redeem("redirect_uri=https://evil.example.com/"), failed("400"),
		[]difference{ourError, because("a wrong `redirect_uri` at `/token`", "error: - → invalid_grant")}},
	{"token: an unknown client, a known code", redeem("client_id=" + nobody), failed("400"), code("invalid_client",
		challenged, because("an unknown client", "status: 400 → 401"))},
	{"token: a wrong secret", redeem("client_secret=x"), failed("401"), code("invalid_client", challenged)},
	{"token: a resource that is not granted", signIn(alice, nil, []string{otherTarget}), failed("400"),
		[]difference{ourError, because("a refused audience", "error: - → invalid_target")}},
	{"token: a used refresh token of a client with a secret", func(t *testing.T, s *side) *answer {
		first := refresh()(t, s)
		var got tokens
		first.into(t, &got)
		s.form(t, server, "/token", theRefresh(got.Refresh), nil)
		return s.form(t, server, "/token", theRefresh(got.Refresh), nil)
	}, failed("400"), []difference{instead("every refresh token works once",
		append(alicesTokens, "id_token level: 1")...)}},

	{"token: a refresh token after a wrong secret", func(t *testing.T, s *side) *answer {
		var got tokens
		signIn(alice, []string{"scope=openid"}, nil)(t, s).into(t, &got)
		s.form(t, server, "/token", theRefresh(got.Refresh), []string{"client_secret=x"})
		return s.form(t, server, "/token", theRefresh(got.Refresh), nil)
	}, failed("400"), []difference{instead("a wrong secret ends the refresh token", append(alicesTokens, "id_token level: 1")...)}},
	{"token: a refreshed ID token", refresh(), recorded(alicesTokens...).with("scope: "+absent, "id_token level: 1",
		"id_token nonce: a-nonce", "id_token acr: "+absent, "id_token amr: "+absent, "id_token auth_time: "+absent,
		"id_token sid: "+absent, "id_token at_hash: "+absent), []difference{session, because("keeps the nonce", "id_token nonce: a-nonce → -"),
		because("without `scope`", "scope: - → openid")}},

	{"introspection by a peer with token alone", introspect(server), theirIntrospection, ourIntrospection},
	{"introspection by a person's device", introspect(bob), theirIntrospection, ourIntrospection},
	{"introspection by the client", introspect(server, "client_id={client}", "client_secret={secret}"), theirIntrospection,
		ourIntrospection},
	{"introspection by another client", func(t *testing.T, s *side) *answer {
		access := s.tokensOf(t, alice, []string{"scope=openid"}, nil).Access
		other := s.other(t)
		return s.form(t, server, "/introspect", nil, []string{"token=" + access, "client_id=" + other.client.ID,
			"client_secret=" + other.client.Secret})
	}, theirIntrospection, ourIntrospection},
	{"introspection with a wrong secret", introspect(server, "client_id={client}", "client_secret=x"), theirIntrospection,
		[]difference{instead("an introspection with a wrong secret", "status: 200", "media type: application/json", "active: false")}},
	{"introspection of an unknown token", func(t *testing.T, s *side) *answer {
		return s.form(t, server, "/introspect", nil, []string{"token=" + nobody})
	}, inactive, nil},

	{"exchange", exchange("audience=" + api), theirExchange, nil},
	{"exchange for a resource", exchange("audience="+api, "resource="+api), theirExchange, nil},
	{"exchange for an audience with a final slash", exchange("audience=" + api + "/"), failed("403"), []difference{
		instead("compares resources as texts", "status: 200", "media type: application/json", "Access-Control-Allow-Origin: *",
			"access_token: random", "expires_in: 5 minutes", "token_type: Bearer", "issued_token_type: "+accessType)}},
	{"exchange with a wider scope", exchange("audience="+api, "scope=openid profile email"),
		theirExchange.with("scope: openid email"), nil},
	{"exchange with a narrower scope", exchange("audience="+api, "scope=openid"), theirExchange.with("scope: openid email"),
		[]difference{because("ignores the scope that is asked for", "scope: openid email → openid")}},
	{"exchange with the same scope", exchange("audience="+api, "scope=openid email"), theirExchange, nil},
	{"exchange for what is not granted", exchange("audience=https://other.example.com"), failed("403"), []difference{ourError,
		because("a refused audience", "status: 403 → 400", "error: - → invalid_target")}},
	{"exchange of an unknown token", exchange("audience="+api, "subject_token="+nobody), failed("401"), []difference{ourError,
		because("an invalid subject token", "status: 401 → 400", "error: - → invalid_request")}},
	{"exchange for no audience", exchange(), failed("400"), code("invalid_request")},
	{"exchange of another's token, by a client that registered itself", func(t *testing.T, s *side) *answer {
		access := s.tokensOf(t, alice, []string{"scope=openid"}, nil).Access
		other := *s
		register(`{"redirect_uris": ["https://other.example.com/"]}`)(t, s).into(t, &other.client)
		return exchange("audience="+api, "subject_token="+access)(t, &other)
	}, theirExchange, []difference{instead("any client may exchange", "status: 400", "media type: application/json",
		"Access-Control-Allow-Origin: *", "error: invalid_request", "error_description: a text")}},
	{"exchange without credentials", exchange("audience="+api, "-client_id", "-client_secret"), theirExchange, []difference{
		instead("a token exchange needs no client", "status: 401", "media type: application/json", "Access-Control-Allow-Origin: *",
			"WWW-Authenticate: Basic", "error: invalid_client", "error_description: a text")}},

	{"registration: the least", register(`{"redirect_uris": ["https://app.example.com/callback"]}`),
		theirRegistration("https://app.example.com/callback"), ourRegistration(unnamed)},
	{"registration: empty texts and unknown members", register(`{"redirect_uris": ["https://app.example.com/callback"],
		"client_name": "", "client_uri": "", "logo_uri": "", "scope": "", "token_endpoint_auth_method": "",
		"grant_types": null, "contacts": null, "application_type": "", "software_id": "x", "x": {"y": 1}}`),
		theirRegistration("https://app.example.com/callback"), ourRegistration(unnamed)},
	{"registration: no media type", register(`{"redirect_uris": ["https://app.example.com/callback"]}`, "Content-Type: "),
		theirRegistration("https://app.example.com/callback"), ourRegistration(unnamed)},
	{"registration: as text", register(`{"redirect_uris": ["https://app.example.com/callback"]}`, "Content-Type: text/plain"),
		theirRegistration("https://app.example.com/callback"), ourRegistration(unnamed)},
	{"registration: Claude Code", register(`{"client_name": "Claude Code (docs)",
		"redirect_uris": ["http://localhost:54212/callback"], "grant_types": ["authorization_code", "refresh_token"],
		"response_types": ["code"], "token_endpoint_auth_method": "none"}`),
		theirRegistration("http://localhost:54212/callback", "client_name: Claude Code (docs)",
			"grant_types: [authorization_code refresh_token]", "token_endpoint_auth_method: none"), ourPublicRegistration},
	{"registration: Cursor", register(`{"client_name": "Cursor", "grant_types": ["authorization_code", "refresh_token"],
		"redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback"], "response_types": ["code"],
		"token_endpoint_auth_method": "none"}`),
		theirRegistration("cursor://anysphere.cursor-mcp/oauth/callback", "client_name: Cursor",
			"grant_types: [authorization_code refresh_token]", "token_endpoint_auth_method: none"), ourPublicRegistration},
	{"registration: VS Code", register(`{"client_name": "Visual Studio Code", "client_uri": "https://code.visualstudio.com",
		"grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
		"response_types": ["code"], "redirect_uris": ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect",
		"http://127.0.0.1/", "http://127.0.0.1:33418/"], "token_endpoint_auth_method": "none",
		"application_type": "native"}`),
		theirRegistration("https://insiders.vscode.dev/redirect", "client_name: Visual Studio Code",
			"client_uri: https://code.visualstudio.com", "application_type: native", "redirect_uris: [http://127.0.0.1/"+
				" http://127.0.0.1:33418/ https://insiders.vscode.dev/redirect https://vscode.dev/redirect]",
			"grant_types: [authorization_code refresh_token urn:ietf:params:oauth:grant-type:device_code]",
			"token_endpoint_auth_method: none"), append(ourPublicRegistration, because("grant types that are not served", "grant_types:"+
			" [authorization_code refresh_token urn:ietf:params:oauth:grant-type:device_code] →"+
			" [authorization_code refresh_token]"))},
	{"registration: a gateway", register(`{"client_name": "MCP Gateway", "redirect_uris":
		["http://server.tail-scale.ts.net:8003/callback"], "grant_types": ["` + exchangeType + `"],
		"token_endpoint_auth_method": "client_secret_post", "scope": "openid profile email"}`),
		theirRegistration("http://server.tail-scale.ts.net:8003/callback", "client_name: MCP Gateway",
			"grant_types: ["+exchangeType+"]", "token_endpoint_auth_method: client_secret_post",
			"scope: openid profile email"), ourRegistration()},
	{"registration: an MCP server", register(`{"client_name": "MCP Server", "redirect_uris":
		["http://localhost:8001/oauth/callback"], "grant_types": ["client_credentials"],
		"token_endpoint_auth_method": "client_secret_post", "application_type": "web"}`),
		theirRegistration("http://localhost:8001/oauth/callback", "client_name: MCP Server",
			"grant_types: [client_credentials]", "token_endpoint_auth_method: client_secret_post"), ourRegistration(
			because("grant types that are not served", "grant_types: [client_credentials] → [authorization_code]"))},
	{"registration: one URI that can't be allowed", register(`{"redirect_uris": ["https://app.example.com/callback",
		"javascript:alert(1)"]}`),
		theirRegistration("https://app.example.com/callback",
			"redirect_uris: [https://app.example.com/callback javascript:alert(1)]"),
		ourRegistration(unnamed, because("any redirect URI can be registered", "redirect_uris: [https://app.example.com/callback"+
			" javascript:alert(1)] → [https://app.example.com/callback]"))},
	{"registration: only such", register(`{"redirect_uris": ["javascript:alert(1)"]}`),
		theirRegistration("javascript:alert(1)"), []difference{instead("any redirect URI can be registered", "status: 400",
			"media type: application/json", "error: invalid_redirect_uri", "error_description: a text")}},
	{"registration: http elsewhere", register(`{"redirect_uris": ["http://app.example.com/callback"]}`),
		theirRegistration("http://app.example.com/callback"), []difference{instead("any redirect URI can be registered", "status: 400",
			"media type: application/json", "error: invalid_redirect_uri", "error_description: a text")}},
	{"registration: none", register(`{"client_name": "x"}`), failed("400"), []difference{
		because("a page of any origin", "Access-Control-Allow-Origin: * → -"), because("as plain text",
			"media type: text/plain → application/json", "body: a text → -", "error: - → invalid_client_metadata",
			"error_description: - → a text")}},
	{"registration: by a page of another site", register(`{"redirect_uris": ["https://app.example.com/callback"]}`,
		"Origin: https://app.example.com", "Sec-Fetch-Site: cross-site"), theirRegistration("https://app.example.com/callback"),
		[]difference{instead("a page of any origin", "status: 403", "media type: application/json",
			"error: access_denied", "error_description: a text")}},

	{"consent to a registered client", func(t *testing.T, s *side) *answer {
		other := *s
		register(`{"redirect_uris": ["`+redirectURI+`"]}`)(t, s).into(t, &other.client)
		return authorize()(t, &other)
	}, recorded("status: 302", "Location: "+redirectURI, "Location state: a state", "Location code: random"), []difference{
		instead("signs people in silently", "status: 200", "media type: text/html", "body: a page")}},
}

func theirRegistration(first string, more ...string) fields {
	return recorded("status: 201", "media type: application/json", "Access-Control-Allow-Origin: *", "client_id: random",
		"client_secret: random", "redirect_uris: ["+first+"]", "redirect_uri: "+first, "application_type: web",
		"token_endpoint_auth_method: client_secret_basic", "grant_types: [authorization_code]", "response_types: [code]",
		"dynamically_registered: true", "created_at: a moment").with(more...)
}

// unnamed is what is different in the registration of a client without a name.
var unnamed = because("`client_name` may be empty", "client_name: - → ")

func ourRegistration(more ...difference) []difference {
	return append([]difference{because("a page of any origin", "Access-Control-Allow-Origin: * → -"),
		because("can't be changed by the client", "registration_access_token: - → random",
			"registration_client_uri: - → {issuer}/register/random", "client_secret_expires_at: - → number 0")}, more...)
}

// A public client has no secret.
var ourPublicRegistration = []difference{because("a page of any origin", "Access-Control-Allow-Origin: * → -"),
	because("public clients", "client_secret: random → -"),
	because("can't be changed by the client", "registration_access_token: - → random",
		"registration_client_uri: - → {issuer}/register/random")}

// notInAnAnswer are the rows of README that no request of these shows, and the tests that do.
var notInAnAnswer = map[string]string{
	"`X-Forwarded-For`":                         "TestForgedHeadersChangeNothing",
	"connects to its Tailscale address":         "TestALoopbackCallerIsNobody",
	"a node of its own opens only its own port": "TestANodeOfItsOwn",
	"`-debug-all-requests`":                     "what is logged is in no answer",
	"forgets all tokens at a restart":           "TestAccessTokensSurviveKill9",
	"tokens of a device that left the tailnet":  "flow.PresenceTest",
	"members of lists in `extraClaims`":         "the group extraClaims has our answer; theirs is in the source",
	"loopback callers may administer":           "TestALoopbackCallerIsNobody",
	"may ask for any resource":                  "flow.UnaskedResourceTest.notWithTheCode",
	"is valid for 5 minutes":                    "TestTheMCPGateway",
}

func introspect(who sender, changes ...string) ask {
	return func(t *testing.T, s *side) *answer {
		access := s.tokensOf(t, alice, []string{"scope=openid"}, nil).Access
		return s.form(t, who, "/introspect", parameters{"token=" + access}, changes)
	}
}

// register is undone when the row ends: a person may have 50 clients.
func register(body string, headers ...string) ask {
	return func(t *testing.T, s *side) *answer {
		got := sent(t, s, alice, "POST", "/register", body, append([]string{aJSON}, headers...)...)
		var made struct {
			ID    string `json:"client_id"`
			Token string `json:"registration_access_token"`
		}
		if got.status == http.StatusCreated {
			got.into(t, &made)
			t.Cleanup(func() {
				sent(t, s, alice, "DELETE", "/register/"+made.ID, "", "Authorization: Bearer "+made.Token)
			})
		}
		return got
	}
}

// refresh sends the refresh token of a sign-in with scope openid.
func refresh(changes ...string) ask {
	return func(t *testing.T, s *side) *answer {
		var got tokens
		signIn(alice, []string{"scope=openid"}, nil)(t, s).into(t, &got)
		return s.form(t, server, "/token", theRefresh(got.Refresh), changes)
	}
}

func theRefresh(token string) parameters {
	return parameters{"grant_type=refresh_token", "client_id={client}", "client_secret={secret}", "refresh_token=" + token}
}

// exchange sends the access token of a sign-in with scope openid email.
func exchange(changes ...string) ask {
	return func(t *testing.T, s *side) *answer {
		usual := parameters{"grant_type=" + exchangeType, "client_id={client}", "client_secret={secret}",
			"subject_token_type=" + accessType}
		if !strings.Contains(strings.Join(changes, " "), "subject_token=") {
			usual = append(usual, "subject_token="+s.tokensOf(t, alice, []string{"scope=openid email"}, nil).Access)
		}
		return s.form(t, server, "/token", usual, changes)
	}
}

// other is the same server, with another client.
func (s *side) other(t *testing.T) *side {
	t.Helper()
	other := *s
	other.client = tailnet.Client{}
	created("https://other.example.com/")(t, s).into(t, &other.client)
	return &other
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	no(t, err)
	return string(text)
}
