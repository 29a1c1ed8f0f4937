package tailnet_test

import (
	"strings"
	"testing"

	"tsidp.test/tailnet"
)

// Rows of README, by some of their words, and what each makes different in the answers of many requests.
var (
	iss         = because("without `iss`", "Location iss: - → {issuer}")
	cors        = because("only discovery may be read by scripts", "Access-Control-Allow-Origin: - → *")
	tokenScope  = because("without `scope`", "scope: - → openid email profile")
	noRefresh   = because("no `/introspect`", "refresh_token: - → random")
	olderClaims = because("has `username`", "id_token username: alice → -", "id_token nbf: +0 s → -300 s",
		"id_token preferred_username: - → alice", "id_token picture: - → https://example.com/alice.png")
	names = because("`name` only in UserInfo", "id_token name: - → Alice Example", "id_token given_name: - → Alice",
		"id_token family_name: - → Example")

	session = because("no `auth_time`", "id_token acr: - → device", "id_token amr: - → [swk]", "id_token auth_time: - → +0 s",
		"id_token sid: - → random", "id_token at_hash: - → random")

	asUsual = []difference{cors, tokenScope, noRefresh, olderClaims, session, names}
)

// toClick is a page instead of a redirect.
var toClick = []difference{instead("ignores `prompt`", "status: 200", "media type: text/html", "body: a page")}

// pageInstead is a refusal of /authorize before it knows where to redirect to.
var pageInstead = because("errors of `/authorize` are text", "media type: text/plain → text/html", "body: a text → a page")

// redirected is an answer of /authorize with an error.
func redirected(words, code string, more ...string) []difference {
	return []difference{instead(words, append([]string{"status: 302", "Location: " + redirectURI,
		"Location iss: {issuer}", "Location state: a state", "Location error: " + code,
		"Location error_description: a text"}, more...)...)}
}

// refused is an answer of /token where the Go tsidp gives tokens.
func refused(words, status, code string, more ...string) []difference {
	return []difference{instead(words, append([]string{"status: " + status, "media type: application/json",
		"Access-Control-Allow-Origin: *", "error: " + code, "error_description: a text"}, more...)...)}
}

// inJSON is an error in JSON where the Go tsidp's is text.
func inJSON(code string, more ...difference) []difference {
	return append([]difference{cors, because("as plain text", "media type: text/plain → application/json", "body: a text → -",
		"error: - → "+code, "error_description: - → a text")}, more...)
}

var (
	challenged  = because("an error has `WWW-Authenticate`", "WWW-Authenticate: - → Basic")
	challenge   = []string{"code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method=S256"}
	verifier    = "code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	nobody      = "0123456789abcdef0123456789abcdef"
	everybodys  = "openid email profile"
	bearer      = "Authorization: Bearer {access}"
	basic       = "Authorization: Basic {client}:{secret}"
	resource    = "resource=https://mcp.example.com"
	otherTarget = "resource=https://other.example.com"
)

// groups are the rows that the Go tsidp of the module answers, one request a row. A row that differs names the rows of
// README that say so.
var groups = []group{
	{"discovery", nil, []row{
		{"discovery", plain("GET", "/.well-known/openid-configuration"), []difference{
			because("lists `id_token`", "response_types_supported: [code id_token] → [code]",
				"authorization_response_iss_parameter_supported: - → true",
				"claims_parameter_supported: - → false", "request_parameter_supported: - → false",
				"request_uri_parameter_supported: - → false",
				"response_modes_supported: - → [form_post fragment query]",
				"claims_supported: [addresses aud email exp iat iss jti key nbf nid node sub tags tailnet uid user username]"+
					" → [acr addresses amr at_hash aud auth_time azp email exp family_name given_name groups iat iss jti key name nbf nid node nonce picture"+
					" preferred_username sid sub tailnet uid username]",
				"acr_values_supported: - → [device]",
				"prompt_values_supported: - → [consent create login none select_account]",
				"scopes_supported: [email openid profile] → [email groups openid profile]"),
			because("signs by RS256", "id_token_signing_alg_values_supported: [RS256] → [ES256 EdDSA RS256]"),
			because("no `/revoke`", "end_session_endpoint: - → {issuer}/logout",
				"backchannel_logout_supported: - → true", "backchannel_logout_session_supported: - → true",
				"revocation_endpoint: - → {issuer}/revoke",
				"revocation_endpoint_auth_methods_supported: - → [client_secret_basic client_secret_post none]"),
			because("no `/introspect`", "introspection_endpoint: - → {issuer}/introspect",
				"introspection_endpoint_auth_methods_supported: - → [client_secret_basic client_secret_post]",
				"registration_endpoint: - → {issuer}/register", "code_challenge_methods_supported: - → [S256 plain]",
				"token_endpoint_auth_methods_supported: - → [client_secret_basic client_secret_post none]",
				"grant_types_supported: - → [authorization_code refresh_token urn:ietf:params:oauth:grant-type:token-exchange]"),
		}},
		{"keys", plain("GET", "/.well-known/jwks.json"), []difference{cors}},
		{"preflight of discovery", plain("OPTIONS", "/.well-known/openid-configuration", "Origin: https://app.example.com"),
			[]difference{because("only discovery may be read by scripts", "status: 200 → 204")}},
		{"preflight of the token endpoint", plain("OPTIONS", "/token", "Origin: https://app.example.com"),
			[]difference{instead("only discovery may be read by scripts", "status: 204", "Access-Control-Allow-Origin: *")}},
		{"discovery by POST", plain("POST", "/.well-known/openid-configuration"), []difference{instead(
			"for any method", "status: 405", "Allow: GET, HEAD, OPTIONS", "media type: application/json",
			"Access-Control-Allow-Origin: *", "error: invalid_request", "error_description: a text")}},
		{"an issuer with a final slash", plain("GET", "//.well-known/openid-configuration"), []difference{cors}},
		{"and its keys", plain("GET", "//.well-known/jwks.json"), []difference{cors}},
		{"and its token endpoint", plain("POST", "//token"), []difference{cors}},
		{"and its sign-in", from(alice, "GET", "//authorize?a=b%2F&c", likeABrowser), nil},
		{"dots in a path", plain("GET", "/x/../.well-known/jwks.json"), []difference{cors}},
		{"an absolute request target", raw("GET {issuer}/.well-known/jwks.json HTTP/1.1", "Host: {host}", ""),
			[]difference{cors}},
		{"no Host", raw("GET /.well-known/jwks.json HTTP/1.1", ""), nil},
		{"two Hosts", raw("GET /.well-known/jwks.json HTTP/1.1", "Host: {host}", "Host: {host}", ""), nil},
		{"a chunked body with a trailer", raw("POST /token HTTP/1.1", "Host: {host}", aForm, "Transfer-Encoding: chunked",
			"Trailer: X-T", "", "8d", "grant_type=password&client_id={client}&client_secret={secret}", "0",
			"X-T: 1", ""), inJSON("unsupported_grant_type")},
		{"an unknown path", plain("GET", "/nothing/here"), nil},
		{"the method of the token endpoint", plain("GET", "/token"), inJSON("invalid_request",
			because("for any method", "Allow: - → OPTIONS, POST"))},
	}},
	{"authorization", []string{`{"users": ["*"], "resources": ["https://mcp.example.com"]}`}, []row{
		{"all that is usual", authorize(), []difference{iss}},
		{"no state", authorize("-state"), []difference{iss}},
		{"an empty state", authorize("state="), []difference{iss}},
		{"a state of any characters", authorize(`state={"a":"ü/?&=+ %"}`), []difference{iss}},
		{"no scope", authorize("-scope"), []difference{iss}},
		{"an unknown scope", authorize("scope=openid offline_access groups x"), []difference{iss}},
		{"no nonce", authorize("-nonce"), []difference{iss}},
		{"no response_type", authorize("-response_type"), redirected("`response_type` is not checked", "invalid_request")},
		{"response_type token", authorize("response_type=token"),
			redirected("`response_type` is not checked", "unsupported_response_type")},
		{"response_type id_token", authorize("response_type=id_token"),
			redirected("`response_type` is not checked", "unsupported_response_type")},
		{"response_mode query", authorize("response_mode=query"), []difference{iss}},
		{"response_mode fragment", authorize("response_mode=fragment"), []difference{instead("`response_mode`",
			"status: 302", "Location: "+redirectURI, "Location #code: random", "Location #state: a state",
			"Location #iss: {issuer}")}},
		{"response_mode form_post", authorize("response_mode=form_post"), []difference{instead("`response_mode`",
			"status: 200", "media type: text/html", "body: a page")}},
		{"prompt none", authorize("prompt=none"), []difference{iss}},
		{"prompt login", authorize("prompt=login"), toClick},
		{"prompt consent", authorize("prompt=consent"), toClick},
		{"prompt select_account", authorize("prompt=select_account"), toClick},
		{"max_age 0", authorize("max_age=0"), toClick},
		{"max_age", authorize("max_age=60"), []difference{iss}},
		{"registration", authorize("registration={}"), redirected("`registration`", "registration_not_supported")},
		{"empty parameters", authorize("max_age=", "prompt=", "display=", "login_hint=", "resource=", "code_challenge=",
			"code_challenge_method=", "response_mode="), []difference{iss}},
		{"parameters that change nothing", authorize("display=popup", "ui_locales=de en", "claims_locales=de",
			"acr_values=1", "login_hint=bob", "id_token_hint=x", "access_type=offline", "audience=x", "kc_idp_hint=x"),
			[]difference{iss}},
		{"claims", authorize(`claims={"userinfo":{"email":null}}`), []difference{iss}},
		{"request", authorize("request=ey.ey.x"), redirected("`request`, `request_uri`", "request_not_supported")},
		{"request_uri", authorize("request_uri=https://app.example.com/r"),
			redirected("`request`, `request_uri`", "request_uri_not_supported")},
		{"code_challenge", authorize(challenge...), []difference{iss}},
		{"code_challenge without a method", authorize(challenge[0]), []difference{iss}},
		{"code_challenge of an unknown method", authorize(challenge[0], "code_challenge_method=S512"),
			redirected("ignores PKCE", "invalid_request")},
		{"resource", authorize(resource), []difference{iss}},
		{"resource with a final slash", authorize(resource + "/"), []difference{iss}},
		{"resource in capitals, with a port", authorize("resource=HTTPS://MCP.example.com:443"), []difference{iss}},
		{"resource that is not granted", authorize(otherTarget),
			redirected("`resource` of `/authorize` is not checked", "invalid_target")},
		{"a parameter of no standard twice", authorize("+x=1", "+x=2"), []difference{iss}},
		{"state twice", authorize("+state=a state"), []difference{instead("takes the first of repeated parameters", "status: 302",
			"Location: "+redirectURI, "Location iss: {issuer}", "Location error: invalid_request",
			"Location error_description: a text")}},
		{"what Chromium does not escape", authorize("&x={a}|b^c\\d`e\"<f>"), []difference{iss}},
		{"a bare percent", authorize("&x=100%"), []difference{iss}},
		{"a large cookie", func(t *testing.T, s *side) *answer {
			return sent(t, s, alice, "GET", "/authorize?"+usualAuthorization.encoded(s, nil), "", likeABrowser,
				"Cookie: a="+strings.Repeat("a", 40_000))
		}, []difference{iss}},
		{"a large header", func(t *testing.T, s *side) *answer {
			return sent(t, s, alice, "GET", "/authorize?"+usualAuthorization.encoded(s, nil), "", likeABrowser,
				"X-Large: "+strings.Repeat("a", 40_000))
		}, []difference{instead("1 MB of header lines", "status: 431", "media type: text/html", "body: a page")}},
		{"by POST", func(t *testing.T, s *side) *answer {
			return s.form(t, alice, "/authorize", usualAuthorization, nil, likeABrowser)
		}, []difference{instead("only the URL", "status: 302", "Location: "+redirectURI, "Location iss: {issuer}",
			"Location state: a state", "Location code: random")}},
		{"no redirect_uri", authorize("-redirect_uri"), []difference{pageInstead}},
		{"no client_id", authorize("-client_id"), []difference{pageInstead}},
		{"another redirect_uri", authorize("redirect_uri=https://evil.example.com/"), []difference{pageInstead}},
		{"a redirect_uri with a slash more", authorize("redirect_uri=" + redirectURI + "/"), []difference{pageInstead}},
		{"an unknown client", authorize("client_id=" + nobody), []difference{pageInstead}},
		{"a tagged device's browser", authorizeFrom(server), []difference{instead("tagged device gets a code",
			"status: 403", "media type: text/html", "body: a page")}},
		{"a tagged device with prompt none", authorizeFrom(server, "prompt=none"),
			redirected("tagged device gets a code", "access_denied")},
		{"a tagged device's program", func(t *testing.T, s *side) *answer {
			return sent(t, s, server, "GET", "/authorize?"+usualAuthorization.encoded(s, nil), "")
		}, redirected("tagged device gets a code", "access_denied")},
	}},
	{"redirect URIs", nil, []row{
		{"with a query", withURI("https://app.example.com/?a=b&c"), []difference{iss,
			because("drops the query", "Location a: - → b", "Location c: - → ")}},
		{"of a private-use scheme", withURI("cursor://anysphere.cursor-mcp/oauth/callback"), []difference{iss}},
		{"of a scheme with a dot", withURI("com.example.app:/callback"), []difference{iss}},
		{"plain http, on the tailnet", withURI("http://server.tail-scale.ts.net:8080/callback"), []difference{iss}},
		{"plain http, elsewhere", withURI("http://nas.local/callback"), []difference{iss}},
		{"loopback", withURI("http://127.0.0.1:8080/callback"), []difference{iss}},
		{"loopback, any port", withURIs("http://127.0.0.1/callback", "http://127.0.0.1:8081/callback"), []difference{
			instead("a redirect URI on loopback", "status: 302", "Location: http://127.0.0.1:8081/callback",
				"Location code: random", "Location iss: {issuer}", "Location state: a state")}},
		{"another host, any port", withURIs("http://nas.local/callback", "http://nas.local:8081/callback"),
			[]difference{pageInstead}},
		{"a scheme that runs scripts", created("javascript:alert(1)"), []difference{instead("any redirect URI can be registered",
			"status: 400", "media type: application/json", "error: invalid_redirect_uri", "error_description: a text")}},
		{"a relative one", created("/callback"), []difference{instead("any redirect URI can be registered",
			"status: 400", "media type: application/json", "error: invalid_redirect_uri", "error_description: a text")}},
	}},
	{"token", []string{`{"users": ["*"], "resources": ["https://mcp.example.com"]}`}, []row{
		{"all that is usual", redeem(), asUsual},
		{"credentials in the header", signIn(alice, nil, []string{"-client_id", "-client_secret"}, basic), asUsual},
		{"the same credentials twice", signIn(alice, nil, nil, basic), asUsual},
		{"other credentials in the header", signIn(alice, nil, []string{"client_secret=x"}, basic),
			[]difference{instead("takes the client's credentials", "status: 400", "media type: application/json",
				"Access-Control-Allow-Origin: *", "error: invalid_request", "error_description: a text")}},
		{"scope openid", signIn(alice, []string{"scope=openid"}, nil), []difference{cors, noRefresh, session,
			because("without `scope`", "scope: - → openid"),
			because("has `username`", "id_token username: alice → -", "id_token nbf: +0 s → -300 s",
				"id_token email: alice@example.com → -")}},
		{"scope openid email", signIn(alice, []string{"scope=openid email"}, nil), []difference{cors, noRefresh, session,
			because("without `scope`", "scope: - → openid email"),
			because("has `username`", "id_token username: alice → -", "id_token nbf: +0 s → -300 s")}},
		{"no nonce", signIn(alice, []string{"-nonce"}, nil), asUsual},
		{"groups that are not asked for", signIn(bob, []string{"scope=openid email"}, nil), []difference{cors, noRefresh, session,
			because("without `scope`", "scope: - → openid email"),
			because("has `username`", "id_token username: bob → -", "id_token nbf: +0 s → -300 s")}},
		{"groups", signIn(bob, []string{"scope=openid email groups"}, nil), []difference{cors, noRefresh, session,
			because("without `scope`", "scope: - → openid email groups"),
			because("has `username`", "id_token username: bob → -", "id_token nbf: +0 s → -300 s"),
			because("has no groups", "id_token groups: - → [group:eng ops@example.com]")}},
		{"groups that she has not", signIn(alice, []string{"scope=openid email groups"}, nil), []difference{cors, noRefresh, session,
			because("without `scope`", "scope: - → openid email groups"),
			because("has `username`", "id_token username: alice → -", "id_token nbf: +0 s → -300 s")}},
		{"resource", signIn(alice, []string{resource}, []string{resource}), append(asUsual, because("ignores PKCE",
			"id_token aud: [{client}] → [https://mcp.example.com {client}]", "id_token azp: - → {client}"))},
		{"resource only here", signIn(alice, nil, []string{resource}), append(asUsual, because("ignores PKCE",
			"id_token aud: [{client}] → [https://mcp.example.com {client}]", "id_token azp: - → {client}"))},
		{"resource that is not granted", signIn(alice, nil, []string{otherTarget}), refused("ignores PKCE", "400", "invalid_target")},
		{"a code_verifier", signIn(alice, challenge, []string{verifier}), asUsual},
		{"no code_verifier", signIn(alice, challenge, nil), refused("ignores PKCE", "400", "invalid_request")},
		{"a wrong code_verifier", signIn(alice, challenge, []string{verifier + "x"}), refused("ignores PKCE", "400", "invalid_grant")},
		{"a code_verifier without a challenge", redeem(verifier), refused("`code_verifier`", "400", "invalid_grant")},
		{"a parameter of no standard twice", redeem("+x=1", "+x=2"), asUsual},
		{"code twice", redeem("+code=1"), refused("takes the first of repeated parameters", "400", "invalid_request")},
		{"everything in the URL", func(t *testing.T, s *side) *answer {
			return sent(t, s, server, "POST", "/token?"+usualToken.encoded(s, []string{"code=" + s.code(t, alice, nil)}), "", aForm)
		}, refused("in the URL", "401", "invalid_client", "WWW-Authenticate: Basic")},
		{"a wrong secret", redeem("client_secret=x"), inJSON("invalid_client", challenged)},
		{"a wrong secret in the header", signIn(alice, nil, []string{"-client_id", "-client_secret"},
			"Authorization: Basic {client}:x"), inJSON("invalid_client", challenged)},
		{"no secret", redeem("-client_secret"), inJSON("invalid_client", challenged)},
		{"no credentials", redeem("-client_id", "-client_secret"), inJSON("invalid_client", challenged)},
		{"an unknown client", redeem("client_id=" + nobody), inJSON("invalid_client", challenged,
			because("an unknown client", "status: 400 → 401"))},
		{"another redirect_uri", redeem("redirect_uri=https://evil.example.com/"), inJSON("invalid_grant")},
		{"no redirect_uri", redeem("-redirect_uri"), inJSON("invalid_request")},
		{"no code", redeem("-code"), inJSON("invalid_request")},
		{"an unknown code", redeem("code=" + nobody), inJSON("invalid_grant")},
		{"a used code", func(t *testing.T, s *side) *answer {
			code := []string{"code=" + s.code(t, alice, nil)}
			s.form(t, server, "/token", usualToken, code)
			return s.form(t, server, "/token", usualToken, code)
		}, inJSON("invalid_grant")},
		{"no grant_type", redeem("-grant_type"), inJSON("invalid_request")},
		{"grant_type password", redeem("grant_type=password"), inJSON("unsupported_grant_type")},
		{"grant_type client_credentials", redeem("grant_type=client_credentials"), inJSON("unsupported_grant_type")},
	}},
	{"UserInfo", nil, []row{
		{"all that is usual", userInfo(alice, everybodys, "GET", bearer), []difference{cors,
			because("no `preferred_username`", "preferred_username: - → alice"), givenNames("Alice")}},
		{"another person's", userInfo(bob, everybodys, "GET", bearer), []difference{cors,
			because("no `preferred_username`", "preferred_username: - → bob"), givenNames("Bob")}},
		{"scope openid", userInfo(alice, "openid", "GET", bearer), []difference{cors, because("all claims for any token",
			"name: Alice Example → -", "email: alice@example.com → -", "picture: https://example.com/alice.png → -",
			"username: alice → -")}},
		{"groups", userInfo(bob, "openid email groups", "GET", bearer), []difference{cors,
			because("has no groups", "groups: - → [group:eng ops@example.com]"), because("all claims for any token",
				"name: Bob Example → -", "picture: https://example.com/bob.png → -", "username: bob → -")}},
		{"by POST", userInfo(alice, "openid", "POST", bearer), []difference{instead("no `preferred_username`",
			"status: 200", "media type: application/json", "Access-Control-Allow-Origin: *", "sub: userid:4503599627370497")}},
		{"bearer in lower case", userInfo(alice, "openid", "GET", "Authorization: bearer {access}"),
			[]difference{instead("no `preferred_username`", "status: 200", "media type: application/json",
				"Access-Control-Allow-Origin: *", "sub: userid:4503599627370497")}},
		{"no token", plain("GET", "/userinfo"), []difference{instead("a missing header at `/userinfo`", "status: 401",
			"media type: application/json", "Access-Control-Allow-Origin: *", "WWW-Authenticate: Bearer",
			"error_description: a text")}},
		{"a wrong token", plain("GET", "/userinfo", "Authorization: Bearer x"), []difference{instead(
			"a missing header at `/userinfo`", "status: 401", "media type: application/json",
			"Access-Control-Allow-Origin: *", "WWW-Authenticate: Bearer", "error: invalid_token", "error_description: a text")}},
	}},
	{"extraClaims", []string{
		`{"extraClaims": {"text": "a", "list": ["b", "a"], "preferred_username": "boss", "picture": "https://p.example.com",
			"name": "Boss", "number": 3, "truth": true, "numbers": [1, 2], "lists": [["a"], ["b"]], "object": {"a": 1},
			"nothing": null}, "includeInUserInfo": true}`,
		`{"extraClaims": {"list": ["c", "a"], "hidden": "h"}}`,
		`{"extraClaims": null, "users": null, "resources": null, "allow_dcr": null, "includeInUserInfo": null}`,
	}, []row{
		{"in the ID token", redeem(), []difference{cors, tokenScope, noRefresh, session,
			because("has `username`", "id_token username: alice → -", "id_token nbf: +0 s → -300 s"), typesOf("id_token "),
			because("`name` only in UserInfo", "id_token given_name: - → Alice", "id_token family_name: - → Example")}},
		{"in UserInfo", userInfo(alice, everybodys, "GET", bearer), []difference{cors, typesOf(""), givenNames("Alice")}},
	}},
	{"protected claims", []string{
		`{"extraClaims": {"sub": "userid:1", "email": "root@example.com", "aud": "x", "exp": 1, "text": "a"}}`,
	}, []row{
		{"in the ID token", signIn(alice, []string{"scope=openid"}, nil), []difference{instead("protected claim",
			append(alicesTokens, "id_token nonce: a-nonce", "id_token text: a", "id_token policy: protected claims")...)}},
	}},
	{"clients", nil, []row{
		{"without the final slash", from(alice, "GET", "/clients"), nil},
		{"all", listed, []difference{olderClients}},
		{"one", from(alice, "GET", "/clients/{client}"), []difference{olderClients, jsonType}},
		{"by somebody else", from(bob, "GET", "/clients/{client}"), denied()},
		{"an unknown one", from(alice, "GET", "/clients/"+nobody), clientError("not_found")},
		{"removing an unknown one", from(alice, "DELETE", "/clients/"+nobody), clientError("not_found")},
		{"a new one", created("https://new.example.com/"), []difference{jsonType, because("open to everybody",
			"name: made → -", "client_name: - → made", "redirect_uris: - → [https://new.example.com/]",
			"created_at: - → a moment")}},
		{"a new one without a redirect URI", created(""), clientError("invalid_request")},
		{"a new one without a name", func(t *testing.T, s *side) *answer {
			return s.form(t, alice, "/clients/new", nil, []string{"redirect_uri=https://new.example.com/"})
		}, []difference{jsonType, because("open to everybody",
			"client_name: - → ", "redirect_uris: - → [https://new.example.com/]", "created_at: - → a moment")}},
		{"a page", from(alice, "GET", "/", likeABrowser), nil},
		{"a page, by somebody else", from(bob, "GET", "/", likeABrowser), []difference{
			because("open to everybody", "status: 200 → 403")}},
	}},
	{"what it has not", nil, []row{
		{"OAuth metadata", func(t *testing.T, s *side) *answer {
			got := plain("GET", "/.well-known/oauth-authorization-server")(t, s)
			if got.status == 200 {
				got.body = "{}" // its members are discovery's
			}
			return got
		}, hasNot("200", "Access-Control-Allow-Origin: *")},
		{"introspection", func(t *testing.T, s *side) *answer {
			return s.form(t, server, "/introspect", nil, []string{"token=" + nobody})
		}, hasNot("200", "active: false")},
		{"registration", register("{}"), hasNot("400", "error: invalid_client_metadata", "error_description: a text")},
		{"refreshing", func(t *testing.T, s *side) *answer {
			return s.form(t, server, "/token", theRefresh(nobody), nil)
		}, inJSON("invalid_grant")},
	}},
}

// alicesTokens are our answer to alice's sign-in with scope openid, without the nonce.
var alicesTokens = []string{"status: 200", "media type: application/json", "Access-Control-Allow-Origin: *",
	"access_token: random", "expires_in: 5 minutes", "refresh_token: random", "scope: openid", "token_type: Bearer",
	"id_token header alg: RS256", "id_token header kid: random", "id_token header typ: JWT",
	"id_token acr: device", "id_token addresses: alice-laptop's", "id_token amr: [swk]", "id_token aud: [{client}]",
	"id_token at_hash: random", "id_token auth_time: +0 s", "id_token exp: +300 s", "id_token iat: now",
	"id_token iss: {issuer}", "id_token jti: random", "id_token key: alice-laptop's", "id_token nbf: -300 s",
	"id_token nid: alice-laptop's", "id_token node: alice-laptop.tail-scale.ts.net.", "id_token sid: random",
	"id_token sub: userid:4503599627370497", "id_token tailnet: tail-scale.ts.net.", "id_token uid: number 4503599627370497"}

// givenNames are in UserInfo.
func givenNames(given string) difference {
	return because("`name` only in UserInfo", "given_name: - → "+given, "family_name: - → Example")
}

// typesOf is what becomes of the values of extraClaims.
func typesOf(prefix string) difference {
	return because("scalar `extraClaims`", prefix+"number: 3 → number 3", prefix+"truth: - → true",
		prefix+"numbers: [1 2] → [number 1 number 2]", prefix+"lists: [a b] → [[a] [b]]",
		prefix+"object: - → {a=number 1}", prefix+"nothing: - → <nil>")
}

var (
	jsonType     = because("JSON API is `text/plain`", "media type: text/plain → application/json")
	olderClients = because("open to everybody", "name: tests → -", "client_name: - → tests", "created_at: - → a moment",
		"redirect_uris: - → ["+redirectURI+"]")
)

func clientError(code string) []difference {
	return []difference{because("as plain text", "media type: text/plain → application/json", "body: a text → -",
		"error: - → "+code, "error_description: - → a text")}
}

// denied is a refusal of somebody who is not granted what the Go tsidp gives to everybody.
func denied() []difference {
	return []difference{instead("open to everybody", "status: 403", "media type: application/json",
		"error: access_denied", "error_description: a text")}
}

func hasNot(status string, ours ...string) []difference {
	return []difference{instead("no `/introspect`", append(ours, "status: "+status, "media type: application/json")...)}
}

// listed is the list of clients, of which other tests have some: only the one of this side is compared.
func listed(t *testing.T, s *side) *answer {
	got := from(alice, "GET", "/clients/")(t, s)
	var all []map[string]any
	got.into(t, &all)
	for _, one := range all {
		if one["client_id"] == s.client.ID {
			return &answer{got.status, nil, asJSON(t, one)}
		}
	}
	t.Fatalf("the client is not in %s", got.body)
	return nil
}

// created is the answer about a new client with a redirect URI.
func created(uri string) ask {
	return func(t *testing.T, s *side) *answer {
		return s.form(t, alice, "/clients/new", nil, []string{"name=made", "redirect_uri=" + uri})
	}
}

// withURI signs in with a client of this redirect URI.
func withURI(uri string) ask { return withURIs(uri, uri) }

func withURIs(registered, requested string) ask {
	return func(t *testing.T, s *side) *answer {
		other := *s
		other.client = tailnet.Client{}
		created(registered)(t, s).into(t, &other.client)
		return authorize("redirect_uri="+requested)(t, &other)
	}
}
