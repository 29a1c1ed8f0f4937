package tailnet

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The programs of tailscale/tsidp's examples mcp-server and mcp-gateway, as far as they speak with tsidp: they send
// what those send. Each runs on a device of the tailnet, is reached there by its name, and speaks from there.

// MCPServer answers a tool call of whoever has a token for it: what the token says. It asks tsidp about the token with
// the token alone, or with the credentials of a client.
type MCPServer struct {
	URL         string
	Credentials *Client // none for the one of mcp-server

	issuer string
	back   *http.Client
	server *http.Server
}

// MCPGateway sends tool calls to a server, with a token for that server instead of the caller's token for itself.
type MCPGateway struct {
	MCPServer
	target string
}

// protectedResource is RFC 9728's metadata.
type protectedResource struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	Scopes               []string `json:"scopes_supported"`
}

// StartMCPServer is the example mcp-server, and the server of mcp-gateway if it registers. A host is what it calls the
// device that it runs on.
func StartMCPServer(t *Tailnet, on *Node, host, issuer string, registers bool) (*MCPServer, error) {
	s, listener, err := newMCPServer(t, on, host, issuer)
	if err != nil {
		return nil, err
	}
	if registers {
		s.Credentials, err = s.register(map[string]any{
			"client_name":                "MCP Auth Server-a1B2c3D4",
			"redirect_uris":              []string{s.URL + "/oauth/callback"},
			"grant_types":                []string{"client_credentials"},
			"token_endpoint_auth_method": "client_secret_post",
			"application_type":           "web",
		})
	}
	return s, s.serve(listener, err, s.call)
}

// StartMCPGateway is the gateway of the example mcp-gateway, before a server.
func StartMCPGateway(t *Tailnet, on *Node, host, issuer, target string) (*MCPGateway, error) {
	s, listener, err := newMCPServer(t, on, host, issuer)
	if err != nil {
		return nil, err
	}
	g := &MCPGateway{*s, target}
	g.Credentials, err = s.register(map[string]any{
		"client_name":                "MCP Gateway (host) 2026-11-26T10:30:00",
		"grant_types":                []string{"urn:ietf:params:oauth:grant-type:token-exchange"},
		"token_endpoint_auth_method": "client_secret_post",
		"redirect_uris":              []string{s.URL + "/callback"},
		"scope":                      "openid profile email",
	})
	return g, g.serve(listener, err, g.forward)
}

// NameOf is a device's name in DNS.
func NameOf(device *Node) string { return device.Name + "." + Domain }

// ClientBeside is an HTTP client on this device, which also reaches what listens on the device's own localhost.
func (n *Node) ClientBeside(trust *x509.CertPool) *http.Client {
	client := n.Client(trust)
	transport := client.Transport.(*http.Transport)
	intoTheTailnet := transport.Proxy
	transport.Proxy = func(request *http.Request) (*url.URL, error) {
		if request.URL.Hostname() == "localhost" {
			return nil, nil
		}
		return intoTheTailnet(request)
	}
	return client
}

func newMCPServer(t *Tailnet, on *Node, host, issuer string) (*MCPServer, net.Listener, error) {
	port, err := FreePort()
	if err != nil {
		return nil, nil, err
	}
	// A tailscaled without a network device forwards what comes to its Tailscale address to loopback.
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	address := fmt.Sprintf("http://%s:%d", host, port)
	return &MCPServer{URL: address, issuer: issuer, back: on.ClientBeside(t.Trust())}, listener, err
}

func (s *MCPServer) serve(listener net.Listener, failure error, call http.HandlerFunc) error {
	if failure != nil {
		listener.Close()
		return failure
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-protected-resource", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, protectedResource{s.URL, []string{s.issuer}, []string{"header"}, []string{"email", "profile"}})
	})
	mux.HandleFunc("POST /mcp", call)
	s.server = &http.Server{Handler: mux}
	go s.server.Serve(listener)
	return nil
}

// Stop ends it.
func (s *MCPServer) Stop() { s.server.Close() }

func (s *MCPServer) call(w http.ResponseWriter, r *http.Request) {
	said, err := s.Verify(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if err != nil {
		s.challenge(w, err)
		return
	}
	answerJSON(w, map[string]any{"jsonrpc": "2.0", "id": 1, "result": said})
}

func (s *MCPServer) challenge(w http.ResponseWriter, reason error) {
	w.Header().Set("WWW-Authenticate", `Bearer resource_metadata="`+s.URL+`/.well-known/oauth-protected-resource"`)
	http.Error(w, reason.Error(), http.StatusUnauthorized)
}

// Verify asks tsidp about a token, and fails unless it is active and for this server.
func (s *MCPServer) Verify(token string) (map[string]any, error) {
	form := url.Values{"token": {token}}
	s.authenticate(form)
	var said map[string]any
	if _, err := s.post("introspection_endpoint", form, &said); err != nil {
		return nil, err
	}
	audience, _ := said["aud"].([]any)
	isForMe := slices.ContainsFunc(audience, func(one any) bool {
		return one == s.URL || one == s.URL+"/" // the TypeScript SDK asks for the latter
	})
	if _, hasEnd := said["exp"].(float64); said["active"] != true || !hasEnd || !isForMe {
		return nil, fmt.Errorf("no token for %s: %v", s.URL, said)
	}
	return said, nil
}

// Exchange is what the gateway asks for, and what tsidp answers.
func (g *MCPGateway) Exchange(token string) (status int, answer map[string]any, err error) {
	form := url.Values{
		"grant_type":           {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token":        {token},
		"subject_token_type":   {"urn:ietf:params:oauth:token-type:access_token"},
		"requested_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
		"resource":             {g.target},
		"audience":             {g.target},
		"scope":                {"openid profile email"},
	}
	g.authenticate(form)
	status, err = g.post("token_endpoint", form, &answer)
	return status, answer, err
}

func (g *MCPGateway) forward(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		g.challenge(w, fmt.Errorf("no token"))
		return
	}
	_, answer, err := g.Exchange(token)
	exchanged, _ := answer["access_token"].(string)
	if err != nil || exchanged == "" {
		g.challenge(w, fmt.Errorf("not exchanged: %v %v", answer, err))
		return
	}
	request, err := http.NewRequest("POST", g.target+"/mcp", r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	request.Header.Set("Authorization", "Bearer "+exchanged)
	response, err := g.back.Do(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	io.Copy(w, response.Body)
}

func (s *MCPServer) authenticate(form url.Values) {
	if s.Credentials != nil {
		form.Set("client_id", s.Credentials.ID)
		form.Set("client_secret", s.Credentials.Secret)
	}
}

func (s *MCPServer) register(metadata map[string]any) (*Client, error) {
	endpoint, err := EndpointOf(s.back, s.issuer, "registration_endpoint")
	if err != nil {
		return nil, err
	}
	return Register(s.back, endpoint, metadata)
}

func (s *MCPServer) post(endpoint string, form url.Values, into any) (int, error) {
	address, err := EndpointOf(s.back, s.issuer, endpoint)
	if err != nil {
		return 0, err
	}
	response, err := s.back.PostForm(address, form)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, readJSON(response, into)
}

// EndpointOf is one of the addresses in the authorization server's metadata (RFC 8414).
func EndpointOf(client *http.Client, issuer, name string) (string, error) {
	response, err := client.Get(issuer + "/.well-known/oauth-authorization-server")
	if err != nil {
		return "", err
	}
	var metadata map[string]any
	if err := readJSON(response, &metadata); err != nil {
		return "", err
	}
	address, isText := metadata[name].(string)
	if !isText {
		return "", fmt.Errorf("no %s in %v", name, metadata)
	}
	return address, nil
}

// Register is dynamic registration (RFC 7591).
func Register(client *http.Client, endpoint string, metadata map[string]any) (*Client, error) {
	body, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	response, err := client.Post(endpoint, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	var registered struct {
		Client
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := readJSON(response, &registered); err != nil || response.StatusCode != http.StatusCreated {
		return nil, fmt.Errorf("registration: %s %s %s %v", response.Status, registered.Error, registered.Description, err)
	}
	return &registered.Client, nil
}

func readJSON(response *http.Response, into any) error {
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(into)
}

func answerJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}
