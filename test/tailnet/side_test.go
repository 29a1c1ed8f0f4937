package tailnet_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tsidp.test/tailnet"
)

// side is one of two servers that are sent the same requests: alice and bob by their browsers, an application on the
// tagged server.
type side struct {
	issuer     string
	client     tailnet.Client
	alice, bob *http.Client
	server     *http.Client
	devices    map[string]string // what identifies alice's and bob's device, and what to show instead
}

func sideOf(t *testing.T, p *tailnet.Product, c tailnet.Client) *side {
	t.Helper()
	trust := network.Trust()
	s := &side{p.Issuer, c, network.Alice.Client(trust), network.Bob.Client(trust), network.Server.Client(trust),
		map[string]string{}}
	for _, device := range []*tailnet.Node{network.Alice, network.Bob} {
		who, err := device.Local().WhoIs(context.Background(), addressOf(t, device))
		no(t, err)
		var addresses []any
		for _, prefix := range who.Node.Addresses {
			addresses = append(addresses, prefix.String())
		}
		for name, value := range map[string]any{"nid": json.Number(itoa(int64(who.Node.ID))),
			"key": who.Node.Key.String(), "addresses": addresses} {
			s.devices[name+" "+s.written(name, value)] = device.Name + "'s"
		}
	}
	return s
}

// ask sends the requests of a row, and returns the last answer.
type ask func(t *testing.T, s *side) *answer

// sender chooses who sends a request.
type sender func(s *side) *http.Client

func alice(s *side) *http.Client  { return s.alice }
func bob(s *side) *http.Client    { return s.bob }
func server(s *side) *http.Client { return s.server }

// The requests that rows change: all that an application usually sends.
var (
	usualAuthorization = parameters{"response_type=code", "client_id={client}", "redirect_uri=" + redirectURI,
		"scope=openid email profile", "state=a state", "nonce=a-nonce"}
	usualToken = parameters{"grant_type=authorization_code", "redirect_uri=" + redirectURI, "client_id={client}",
		"client_secret={secret}"}
)

// parameters are `name=value`, in order.
type parameters []string

// changed sets `name=value`, removes `-name`, repeats `+name=value`, and adds `&…` as it is written.
func (p parameters) changed(changes []string) (parameters, string) {
	p = slices.Clone(p)
	raw := ""
	for _, change := range changes {
		name, _, _ := strings.Cut(strings.TrimPrefix(change, "-"), "=")
		isSame := func(one string) bool { return strings.HasPrefix(one, name+"=") }
		switch change[0] {
		case '&':
			raw += change
		case '+':
			p = append(p, change[1:])
		case '-':
			p = slices.DeleteFunc(p, isSame)
		default:
			p = append(slices.DeleteFunc(p, isSame), change)
		}
	}
	return p, raw
}

// encoded has the changes, and this side's own values.
func (p parameters) encoded(s *side, changes []string) string {
	all, raw := p.changed(changes)
	var list []string
	for _, one := range all {
		name, value, _ := strings.Cut(s.filled(one), "=")
		list = append(list, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	return strings.Join(list, "&") + raw
}

func (s *side) filled(text string) string {
	return strings.NewReplacer("{issuer}", s.issuer, "{client}", s.client.ID, "{secret}", s.client.Secret).Replace(text)
}

// sent sends any request. Headers are `Name: value`; Authorization may be `Basic id:secret`, not yet encoded.
func sent(t *testing.T, s *side, from sender, method, path, body string, headers ...string) *answer {
	t.Helper()
	request, err := http.NewRequest(method, s.issuer+path, strings.NewReader(body))
	no(t, err)
	for _, header := range headers {
		name, value, _ := strings.Cut(s.filled(header), ": ")
		if id, secret, isBasic := strings.Cut(strings.TrimPrefix(value, "Basic "), ":"); name == "Authorization" && isBasic {
			request.SetBasicAuth(id, secret)
			continue
		}
		request.Header.Set(name, value)
	}
	return do(t, from(s), request)
}

const (
	likeABrowser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"
	aForm        = "Content-Type: application/x-www-form-urlencoded"
	aJSON        = "Content-Type: application/json"
)

func plain(method, path string, headers ...string) ask { return from(server, method, path, headers...) }

func from(who sender, method, path string, headers ...string) ask {
	return func(t *testing.T, s *side) *answer { return sent(t, s, who, method, s.filled(path), "", headers...) }
}

func authorize(changes ...string) ask { return authorizeFrom(alice, changes...) }

func authorizeFrom(who sender, changes ...string) ask {
	return func(t *testing.T, s *side) *answer {
		return sent(t, s, who, "GET", "/authorize?"+usualAuthorization.encoded(s, changes), "", likeABrowser)
	}
}

// redeem sends the code of alice's sign-in to the token endpoint.
func redeem(changes ...string) ask { return signIn(alice, nil, changes) }

func signIn(who sender, authorization, changes []string, headers ...string) ask {
	return func(t *testing.T, s *side) *answer {
		code := s.code(t, who, authorization)
		return s.form(t, server, "/token", usualToken, append([]string{"code=" + code}, changes...), headers...)
	}
}

func (s *side) code(t *testing.T, who sender, authorization []string) string {
	t.Helper()
	got := authorizeFrom(who, authorization...)(t, s)
	location, err := url.Parse(got.header.Get("Location"))
	no(t, err)
	if location.Query().Get("code") == "" {
		t.Fatalf("no code: %d %s %s", got.status, location, got.body)
	}
	return location.Query().Get("code")
}

func (s *side) form(t *testing.T, who sender, path string, base parameters, changes []string, headers ...string) *answer {
	t.Helper()
	return sent(t, s, who, "POST", path, base.encoded(s, changes), append([]string{aForm}, headers...)...)
}

// tokensOf are those of a whole sign-in.
func (s *side) tokensOf(t *testing.T, who sender, authorization, changes []string) tokens {
	t.Helper()
	var got tokens
	signIn(who, authorization, changes)(t, s).into(t, &got)
	if got.Access == "" {
		t.Fatalf("no tokens: %s %s", got.Error, got.Description)
	}
	return got
}

// userInfo asks with the access token of a sign-in, as {access}.
func userInfo(who sender, scope, method string, headers ...string) ask {
	return func(t *testing.T, s *side) *answer {
		access := s.tokensOf(t, who, []string{"scope=" + scope}, nil).Access
		var filled []string
		for _, header := range headers {
			filled = append(filled, strings.ReplaceAll(header, "{access}", access))
		}
		return sent(t, s, server, method, "/userinfo", "", filled...)
	}
}

// raw sends bytes that no client library sends, on a connection of their own. They end with the head, or with the body.
func raw(lines ...string) ask {
	return func(t *testing.T, s *side) *answer {
		address, err := url.Parse(s.issuer)
		no(t, err)
		conn, err := viaAlice(address.Host + ":443")
		no(t, err)
		secure := tls.Client(conn, &tls.Config{RootCAs: network.Trust(), ServerName: address.Host})
		defer secure.Close()
		no(t, secure.SetDeadline(time.Now().Add(20*time.Second)))
		message := strings.ReplaceAll(s.filled(strings.Join(lines, "\r\n")+"\r\n"), "{host}", address.Host)
		_, err = secure.Write([]byte(message))
		no(t, err)
		response, err := http.ReadResponse(bufio.NewReader(secure), nil)
		no(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		no(t, err)
		return &answer{response.StatusCode, response.Header, string(body)}
	}
}
