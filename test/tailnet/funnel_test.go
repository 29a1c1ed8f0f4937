package tailnet_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/proxy"
	"tailscale.com/client/local"
	"tailscale.com/ipn"

	"tsidp.test/tailnet"
)

const funnelPort = 8443

func TestFunnelByANodeOfItsOwn(t *testing.T) {
	own := tailnet.NewOwnProduct(network, *launcher, "public", funnelPort, nil, "-funnel")
	defer stopOwn(t, own)
	no(t, own.Launch())
	no(t, network.AllowFunnel("public"))
	no(t, own.AwaitReady())
	registered, err := own.AddClient("public", []string{redirectURI})
	no(t, err)
	status, err := own.OwnLocal().StatusWithoutPeers(context.Background())
	no(t, err)
	node := status.TailscaleIPs[0].String()
	peerAPI := status.Self.PeerAPIURL[0]
	alice := func() *party { return partyAt(network, own, registered, network.Alice) }

	t.Run("AliceSignsInOverTheTailnet", func(t *testing.T) { isAlice(t, alice()) })
	t.Run("HerForgedHeadersChangeNothing", func(t *testing.T) {
		for _, headers := range []http.Header{forged(t), {"Tailscale-Funnel-Request": {"?1"}}} {
			p := alice()
			token := must(t, p.redeem(t, p.codeIn(t, p.authorize(t, headers))))
			if subject := claimOf(t, token.ID, "sub"); subject != subjectOf(tailnet.Alice) {
				t.Errorf("alice became %s", subject)
			}
		}
	})
	t.Run("TheInternetIsNobody", func(t *testing.T) { theInternetIsNobody(t, alice(), peerAPI) })
	t.Run("PortsOfLoopbackBelieveNobody", func(t *testing.T) { portsBelieveNobody(t, alice(), own) })
	t.Run("PeersDoNotReachThem", func(t *testing.T) {
		// A tailscaled without a network device forwards alice to any port of 127.0.0.1.
		for _, port := range own.Listening() {
			if conn, err := viaAlice(net.JoinHostPort(node, strconv.Itoa(port))); err == nil {
				conn.Close()
				t.Errorf("alice reaches port %d", port)
			}
		}
	})
	t.Run("ThePathIsInNoLog", func(t *testing.T) {
		config, err := own.OwnLocal().GetServeConfig(context.Background())
		no(t, err)
		for _, entry := range config.Foreground {
			for _, web := range entry.Web {
				secret := web.Handlers["/"].Proxy[strings.LastIndex(web.Handlers["/"].Proxy, "/")+1:]
				if len(secret) < 40 || strings.Contains(own.Log(), secret) {
					t.Errorf("%q is short or in the log", secret)
				}
			}
		}
	})
	t.Run("Kill9AndBack", func(t *testing.T) {
		own.KillAlone()
		noTailscaled(t, own)
		no(t, own.Start())
		isAliceAgain(t, alice)
		config, err := own.OwnLocal().GetServeConfig(context.Background())
		no(t, err)
		if len(config.Foreground) != 1 {
			t.Errorf("entries: %v", config.Foreground)
		}
	})
}

// changeServeConfig tries again if a server changed it at the same time, which tailscaled tells by the etag.
func changeServeConfig(client *local.Client, change func(*ipn.ServeConfig)) error {
	for {
		config, err := client.GetServeConfig(context.Background())
		if err != nil {
			return err
		}
		change(config)
		err = client.SetServeConfig(context.Background(), config)
		if err == nil || !strings.Contains(err.Error(), "etag mismatch") {
			return err
		}
	}
}

func TestFunnelByTheMachinesTailscaled(t *testing.T) {
	no(t, network.AllowFunnel("idp"))
	local := network.Idp.Local()
	ctx := context.Background()
	// Entries of others: one permanent, one for as long as another session lasts.
	others, err := local.WatchIPNBus(ctx, ipn.NotifyInitialState)
	no(t, err)
	defer others.Close()
	first, err := others.Next()
	no(t, err)
	already := 0 // the entry of the server that all tests share
	no(t, changeServeConfig(local, func(config *ipn.ServeConfig) {
		already = len(config.Foreground)
		config.TCP = map[uint16]*ipn.TCPPortHandler{9001: {TCPForward: "127.0.0.1:9"}}
		config.Foreground[first.SessionID] = &ipn.ServeConfig{TCP: map[uint16]*ipn.TCPPortHandler{9002: {TCPForward: "127.0.0.1:9"}}}
	}))
	defer func() { no(t, changeServeConfig(local, func(config *ipn.ServeConfig) { config.TCP = nil })) }()

	public := tailnet.NewFunnelProduct(network, *launcher, funnelPort)
	defer public.Kill()
	no(t, public.Start())
	registered, err := public.AddClient("public", []string{redirectURI})
	no(t, err)
	status, err := local.StatusWithoutPeers(ctx)
	no(t, err)
	alice := func() *party { return partyAt(network, public, registered, network.Alice) }
	entries := func() int {
		config, err := local.GetServeConfig(ctx)
		no(t, err)
		if config.TCP[9001] == nil || config.Foreground[first.SessionID] == nil {
			t.Fatalf("somebody else's entry is gone: %v", config)
		}
		return len(config.Foreground) - already - 1
	}

	t.Run("AliceSignsInOverTheTailnet", func(t *testing.T) { isAlice(t, alice()) })
	t.Run("HerForgedHeadersChangeNothing", func(t *testing.T) {
		p := alice()
		token := must(t, p.redeem(t, p.codeIn(t, p.authorize(t, forged(t)))))
		if subject := claimOf(t, token.ID, "sub"); subject != subjectOf(tailnet.Alice) {
			t.Errorf("alice became %s", subject)
		}
	})
	t.Run("TheInternetIsNobody", func(t *testing.T) { theInternetIsNobody(t, alice(), status.Self.PeerAPIURL[0]) })
	t.Run("PortsOfLoopbackBelieveNobody", func(t *testing.T) { portsBelieveNobody(t, alice(), public) })
	t.Run("TheSocketIsRootsAndOurs", func(t *testing.T) {
		folder, err := os.Stat(public.Dir + "/tsidp.serve")
		no(t, err)
		if folder.Mode().Perm() != 0o700 {
			t.Errorf("mode %v", folder.Mode())
		}
	})
	t.Run("ItIsServedAndGone", func(t *testing.T) {
		for _, end := range []func(){public.KillAlone, func() { public.Stop() }} {
			if entries() != 1 {
				t.Errorf("%d entries while it runs", entries())
			}
			end()
			no(t, tailnet.Within(10*time.Second, "no entry", func() error {
				if left := entries(); left != 0 {
					return fmt.Errorf("%d", left)
				}
				return nil
			}))
			no(t, public.Start())
		}
	})
	t.Run("ItIsBackAfterTailscaledsDeath", func(t *testing.T) {
		network.Idp.Kill()
		no(t, network.Idp.Start())
		no(t, network.Idp.AwaitRunning())
		isAliceAgain(t, alice)
		isReached(t, public.Issuer, network.Bob, network.Server)
	})
}

// With a network device, tailscaled also listens on the Tailscale addresses itself, for processes of the machine.
func TestFunnelOnARealNetworkDevice(t *testing.T) {
	with, err := tailnet.StartWithDevice(filepath.Join(*directory, "funnel"), *tailscaled)
	no(t, err)
	defer with.Stop()
	no(t, with.AllowFunnel("idp"))
	public := tailnet.NewFunnelProduct(with, *launcher, funnelPort)
	defer public.Kill()
	no(t, public.Start())
	registered, err := public.AddClient("public", []string{redirectURI})
	no(t, err)
	t.Run("AliceIsAlice", func(t *testing.T) { isAlice(t, partyAt(with, public, registered, with.Alice)) })
	t.Run("BobIsBob", func(t *testing.T) {
		p := partyAt(with, public, registered, with.Bob)
		if subject := claimOf(t, p.signIn(t).ID, "sub"); subject != subjectOf(tailnet.Bob) {
			t.Errorf("bob is %s", subject)
		}
	})
	t.Run("ATaggedServerIsRefused", func(t *testing.T) {
		got := partyAt(with, public, registered, with.Server).authorize(t, nil)
		got.mustHaveNoCode(t)
		if got.status != http.StatusForbidden {
			t.Errorf("status %d", got.status)
		}
	})
}

// Another program may replace the serve config as a whole.
func TestASweptServeConfigIsMended(t *testing.T) {
	if *device {
		t.Skip("it listens itself there")
	}
	no(t, network.Idp.Local().SetServeConfig(context.Background(), &ipn.ServeConfig{}))
	isAliceAgain(t, func() *party { return partyOf(network.Alice) })
}

// theInternetIsNobody sends what a caller outside the tailnet can, the way that Funnel's servers do.
func theInternetIsNobody(t *testing.T, p *party, peerAPI string) {
	internet := &http.Client{
		Transport: &http.Transport{DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return ingress(peerAPI, address)
		}},
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	p.browser, p.back = internet, internet
	if got := get(t, internet, p.issuer+"/.well-known/openid-configuration"); got.status != http.StatusOK ||
		strings.Contains(got.body, "registration_endpoint") {
		t.Errorf("discovery: %d %s", got.status, got.body)
	}
	for _, headers := range []http.Header{nil, forged(t)} {
		got := p.authorize(t, headers)
		got.mustHaveNoCode(t)
		if got.status != http.StatusUnauthorized || !strings.Contains(got.body, "access_denied") {
			t.Errorf("authorize: %d %s", got.status, got.body)
		}
	}
	for _, path := range []string{"/", "/new", "/clients/", "/consent", "/edit/" + p.client.ID, "/clients/" + p.client.ID} {
		if got := get(t, internet, p.issuer+path); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if got := p.post(t, "/register", nil); got.status != http.StatusUnauthorized {
		t.Errorf("register: %d", got.status)
	}
	if got := p.redeem(t, "0123456789abcdef0123456789abcdef"); got.Error != "invalid_grant" {
		t.Errorf("token: %q", got.Error)
	}
}

// portsBelieveNobody claims at every port on which tsidp listens that bob is asking.
func portsBelieveNobody(t *testing.T, p *party, product *tailnet.Product) {
	client := &http.Client{
		Transport:     &http.Transport{},
		Timeout:       5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	ports := product.Listening()
	if len(ports) == 0 {
		t.Error("tsidp listens on no port")
	}
	for _, port := range ports {
		request, err := http.NewRequest("GET", p.authorizeURL(), nil)
		no(t, err)
		request.Header = forged(t)
		request.Host = request.URL.Host
		request.Header.Set("X-Forwarded-Host", request.Host)
		request.URL.Scheme, request.URL.Host = "http", fmt.Sprintf("%s:%d", tailnet.ServeAddress, port)
		got := do(t, client, request)
		got.mustHaveNoCode(t)
		if got.status != http.StatusNotFound {
			t.Errorf("port %d: %d %s", port, got.status, got.body)
		}
	}
}

// aPeersPortIsNobodys does what any process of the machine can, and any page in alice's browser: alice is led to a port
// of the node that some process listens on, tailscaled carries her there from a port of loopback, which is hers for its
// whois as long as that connection exists; and from this very port the process asks tsidp.
func aPeersPortIsNobodys(t *testing.T, p *party, product *tailnet.Product, node netip.Addr) {
	for _, port := range product.Listening() {
		for _, headers := range []http.Header{nil, forged(t)} {
			listener, err := net.Listen("tcp4", "127.0.0.1:0")
			no(t, err)
			defer listener.Close()
			led, err := viaAlice(netip.AddrPortFrom(node, uint16(listener.Addr().(*net.TCPAddr).Port)).String())
			no(t, err)
			defer led.Close()
			carried, err := listener.Accept()
			no(t, err)
			defer carried.Close()
			from := carried.RemoteAddr().(*net.TCPAddr).Port
			client := &http.Client{
				Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
					return tailnet.DialFromPort(from, port)
				}, DisableKeepAlives: true},
				Timeout:       5 * time.Second,
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			}
			request, err := http.NewRequest("GET", p.authorizeURL(), nil)
			no(t, err)
			request.Header, request.Host = headers, request.URL.Host
			request.URL.Scheme, request.URL.Host = "http", fmt.Sprintf("%s:%d", tailnet.ServeAddress, port)
			got := do(t, client, request)
			got.mustHaveNoCode(t)
			if got.status != http.StatusNotFound {
				t.Errorf("port %d from %d: %d %s", port, from, got.status, got.body)
			}
		}
	}
}

func viaAlice(address string) (net.Conn, error) {
	dialer, err := proxy.SOCKS5("tcp", network.Alice.Proxy, nil, nil)
	if err != nil {
		return nil, err
	}
	return dialer.Dial("tcp", address)
}

// ingress is a connection as from the Internet, made as Funnel's servers make it: through the node's peer API, which
// in this tailnet allows it to everybody.
func ingress(peerAPI, target string) (net.Conn, error) {
	conn, err := viaAlice(strings.TrimPrefix(peerAPI, "http://"))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(conn, "POST /v0/ingress HTTP/1.1\r\nHost: peer\r\nContent-Length: 0\r\n"+
		"Tailscale-Ingress-Src: 203.0.113.7:4711\r\nTailscale-Ingress-Target: %s\r\n\r\n", target)
	reader := bufio.NewReader(conn)
	line, err := reader.ReadString('\n')
	if err == nil && !strings.Contains(line, " 101 ") {
		rest, _ := io.ReadAll(io.LimitReader(reader, 500))
		err = fmt.Errorf("ingress: %s %s", line, rest)
	}
	if err == nil {
		_, err = reader.ReadString('\n')
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	host, _, _ := net.SplitHostPort(target)
	secure := tls.Client(conn, &tls.Config{RootCAs: network.Trust(), ServerName: host})
	return secure, secure.Handshake()
}
