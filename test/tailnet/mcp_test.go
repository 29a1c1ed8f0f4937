package tailnet_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tsidp.test/tailnet"
)

// mcpClient is a program on alice's laptop that finds out by itself how to get a token for an MCP server.
type mcpClient struct {
	browser     *http.Client
	metadata    map[string]any // how it registers
	redirectURI string
	registered  *tailnet.Client
}

// newInspector is the MCP Inspector, which has the TypeScript SDK: no secret, and a resource as URL.href writes it.
func newInspector() *mcpClient {
	uri := "http://localhost:6274/oauth/callback"
	return &mcpClient{network.Alice.ClientBeside(network.Trust()), map[string]any{
		"client_name":                "MCP Inspector",
		"client_uri":                 "https://github.com/modelcontextprotocol/inspector",
		"redirect_uris":              []string{uri},
		"grant_types":                []string{"authorization_code", "refresh_token"},
		"response_types":             []string{"code"},
		"token_endpoint_auth_method": "none",
		"scope":                      "email profile",
	}, uri, nil}
}

// newCLI is the client of the example mcp-gateway, which has the Python SDK.
func newCLI() *mcpClient {
	uri := "http://localhost:3000/callback"
	return &mcpClient{network.Alice.ClientBeside(network.Trust()), map[string]any{
		"client_name":                "MCP OAuth CLI Client",
		"redirect_uris":              []string{uri},
		"grant_types":                []string{"authorization_code", "refresh_token"},
		"response_types":             []string{"code"},
		"token_endpoint_auth_method": "client_secret_post",
		"scope":                      "openid profile email",
	}, uri, nil}
}

// call is a tool call, and what it answers.
func (c *mcpClient) call(t *testing.T, server, token string) *answer {
	t.Helper()
	request, err := http.NewRequest("POST", server+"/mcp", strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"oauth_details","arguments":{}}}`))
	no(t, err)
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return do(t, c.browser, request)
}

// tokenFor goes the whole way from a server's challenge to a token for it. It ends a resource with suffix.
func (c *mcpClient) tokenFor(t *testing.T, server, suffix string) tokens {
	t.Helper()
	challenge := c.call(t, server, "")
	where := regexp.MustCompile(`resource_metadata="([^"]*)"`).FindStringSubmatch(challenge.header.Get("WWW-Authenticate"))
	if challenge.status != http.StatusUnauthorized || where == nil {
		t.Fatalf("no challenge: %d %v", challenge.status, challenge.header)
	}
	var resource struct {
		Resource string   `json:"resource"`
		Servers  []string `json:"authorization_servers"`
	}
	get(t, c.browser, where[1]).into(t, &resource)
	endpoint := func(name string) string {
		address, err := tailnet.EndpointOf(c.browser, resource.Servers[0], name)
		no(t, err)
		return address
	}
	if c.registered == nil {
		var err error
		c.registered, err = tailnet.Register(c.browser, endpoint("registration_endpoint"), c.metadata)
		no(t, err)
	}
	verifier := oauth2.GenerateVerifier()
	code := c.codeOf(t, endpoint("authorization_endpoint")+"?"+url.Values{
		"response_type": {"code"}, "client_id": {c.registered.ID}, "redirect_uri": {c.redirectURI}, "state": {"s"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
		"resource": {resource.Resource + suffix}, "scope": {c.metadata["scope"].(string)},
	}.Encode())
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.redirectURI},
		"client_id": {c.registered.ID}, "code_verifier": {verifier}, "resource": {resource.Resource + suffix}}
	if c.registered.Secret != "" {
		form.Set("client_secret", c.registered.Secret)
	}
	request, err := http.NewRequest("POST", endpoint("token_endpoint"), strings.NewReader(form.Encode()))
	no(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var got tokens
	do(t, c.browser, request).into(t, &got)
	if got.Access == "" {
		t.Fatalf("no token: %s %s", got.Error, got.Description)
	}
	return got
}

// codeOf sends alice to an authorization request; she allows what she is asked.
func (c *mcpClient) codeOf(t *testing.T, address string) string {
	t.Helper()
	got := get(t, c.browser, address)
	if got.status == http.StatusOK {
		action := html.UnescapeString(regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(got.body)[1])
		token := regexp.MustCompile(`name="form_token" value="([^"]*)"`).FindStringSubmatch(got.body)[1]
		got = send(t, c.browser, action, "application/x-www-form-urlencoded",
			url.Values{"form_token": {token}, "decision": {"allow"}}.Encode())
		if again := got.header.Get("Location"); strings.HasPrefix(again, "/authorize?") {
			got = get(t, c.browser, product.Issuer+again)
		}
	}
	location, err := url.Parse(got.header.Get("Location"))
	no(t, err)
	if !strings.HasPrefix(location.String(), c.redirectURI+"?") || location.Query().Get("code") == "" {
		t.Fatalf("no code: %d %s %s", got.status, location, got.body)
	}
	return location.Query().Get("code")
}

// details is what the server knows of the caller, from its introspection of the token.
func details(t *testing.T, got *answer) map[string]any {
	t.Helper()
	if got.status != http.StatusOK {
		t.Fatalf("the tool call is refused: %d %s", got.status, got.body)
	}
	var said struct{ Result map[string]any }
	got.into(t, &said)
	return said.Result
}

// awaitRegistration waits until a device may register clients.
func awaitRegistration(t *testing.T, device *tailnet.Node) {
	t.Helper()
	client := device.Client(network.Trust())
	within(t, 10*time.Second, "it may register", func() bool {
		return send(t, client, "/register", "application/json", "{}").status != http.StatusForbidden
	})
}

// awaitReach waits until a device reaches a server on another one: the first connection between two devices may be lost.
func awaitReach(t *testing.T, device *tailnet.Node, server string) {
	t.Helper()
	client := device.ClientBeside(network.Trust())
	within(t, 30*time.Second, "it reaches "+server, func() bool {
		response, err := client.Get(server)
		return err == nil && response.Body.Close() == nil
	})
}

// The example mcp-server: a server that is registered nowhere, on a tagged device, asks about a token with nothing but
// the token.
func TestTheMCPServer(t *testing.T) {
	server, err := tailnet.StartMCPServer(network, network.Server, tailnet.NameOf(network.Server), product.Issuer, false)
	no(t, err)
	defer server.Stop()
	awaitReach(t, network.Alice, server.URL)
	grant(t, "*", `{"users": ["*"], "resources": ["`+server.URL+`"], "allow_dcr": true}`)
	awaitRegistration(t, network.Alice)

	for name, suffix := range map[string]string{"as it is": "", "with a slash": "/"} {
		t.Run(name, func(t *testing.T) {
			inspector := newInspector()
			token := inspector.tokenFor(t, server.URL, suffix)
			said := details(t, inspector.call(t, server.URL, token.Access))
			for name, want := range map[string]any{"sub": subjectOf(tailnet.Alice), "client_id": inspector.registered.ID,
				"email": tailnet.Alice.Login, "scope": "email profile", "iss": product.Issuer} {
				if said[name] != want {
					t.Errorf("%s is %v", name, said[name])
				}
			}
		})
	}
	if got := newInspector().call(t, server.URL, "0123456789abcdef0123456789abcdef"); got.status != http.StatusUnauthorized {
		t.Errorf("any token is taken: %d %s", got.status, got.body)
	}
}

// The example mcp-gateway: client, gateway and server register themselves, and the gateway exchanges the token that
// alice's client sends it for one for the server.
func TestTheMCPGateway(t *testing.T) {
	server, gateway := startGateway(t, network.Bob, tailnet.NameOf(network.Bob))
	cli := newCLI()
	token := cli.tokenFor(t, gateway.URL, "")

	t.Run("TheToolCallArrives", func(t *testing.T) {
		said := details(t, cli.call(t, gateway.URL, token.Access))
		for name, want := range map[string]any{"sub": subjectOf(tailnet.Alice), "client_id": gateway.Credentials.ID,
			"scope": "openid profile email"} {
			if said[name] != want {
				t.Errorf("%s is %v", name, said[name])
			}
		}
		for _, audience := range said["aud"].([]any) {
			if audience == gateway.URL || audience == cli.registered.ID {
				t.Errorf("the new token is for %v too", audience)
			}
		}
	})
	t.Run("AnExchangeSaysWhatItGave", func(t *testing.T) {
		status, got, err := gateway.Exchange(token.Access)
		no(t, err)
		if status != http.StatusOK || got["issued_token_type"] != accessType || got["token_type"] != "Bearer" {
			t.Fatalf("%d %v", status, got)
		}
		// RFC 8693 §2.2.1: no longer than the token that it was exchanged for.
		if life, _ := got["expires_in"].(float64); life <= 0 || life > 300 {
			t.Errorf("expires_in is %v", got["expires_in"])
		}
	})
	t.Run("TheClientsTokenIsNotForTheServer", func(t *testing.T) {
		if got := cli.call(t, server.URL, token.Access); got.status != http.StatusUnauthorized {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
	t.Run("ATokenOfNobodysAudienceIsNotExchanged", func(t *testing.T) {
		plain := partyOf(network.Alice).signIn(t)
		if status, got, err := gateway.Exchange(plain.Access); err != nil || status != http.StatusBadRequest {
			t.Errorf("%d %v %v", status, got, err)
		}
	})
	t.Run("NorByWhoRegisteredElsewhere", func(t *testing.T) {
		other, err := tailnet.StartMCPGateway(network, network.Alice, tailnet.NameOf(network.Alice), product.Issuer,
			server.URL)
		no(t, err)
		defer other.Stop()
		if status, got, err := other.Exchange(token.Access); err != nil || status != http.StatusBadRequest {
			t.Errorf("%d %v %v", status, got, err)
		}
	})
	t.Run("NorForWhatIsNotGranted", func(t *testing.T) {
		network.Grant(network.Alice.Name, `{"users": ["*"], "resources": ["`+gateway.URL+`"], "allow_dcr": true}`)
		within(t, 10*time.Second, "the grant is known", func() bool {
			status, got, err := gateway.Exchange(cli.tokenFor(t, gateway.URL, "").Access)
			return err == nil && status == http.StatusBadRequest && got["error"] == "invalid_target"
		})
	})
}

// As its README runs it: everything is on one machine, and called localhost.
func TestTheMCPGatewayOnOneMachine(t *testing.T) {
	_, gateway := startGateway(t, network.Alice, "localhost")
	cli := newCLI()
	said := details(t, cli.call(t, gateway.URL, cli.tokenFor(t, gateway.URL, "").Access))
	if said["sub"] != subjectOf(tailnet.Alice) || said["client_id"] != gateway.Credentials.ID {
		t.Errorf("%v", said)
	}
}

// startGateway starts gateway and server on a device, and lets alice use them.
func startGateway(t *testing.T, on *tailnet.Node, host string) (*tailnet.MCPServer, *tailnet.MCPGateway) {
	t.Helper()
	grant(t, on.Name, `{"allow_dcr": true}`)
	awaitRegistration(t, on)
	server, err := tailnet.StartMCPServer(network, on, host, product.Issuer, true)
	no(t, err)
	t.Cleanup(server.Stop)
	gateway, err := tailnet.StartMCPGateway(network, on, host, product.Issuer, server.URL)
	no(t, err)
	t.Cleanup(gateway.Stop)
	awaitReach(t, network.Alice, gateway.URL)
	grant(t, network.Alice.Name,
		`{"users": ["*"], "resources": ["`+gateway.URL+`", "`+server.URL+`"], "allow_dcr": true}`)
	awaitRegistration(t, network.Alice)
	return server, gateway
}
