package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"time"
)

const (
	hostName       = "idp.bench-tailnet.ts.net"
	tailnetAddress = "100.64.0.1" // of this machine
	peerAddress    = "100.64.0.2" // of whoever signs in
	// defaultSocket is tailscaled's, the only one that the Go tsidp uses.
	defaultSocket = "/var/run/tailscale/tailscaled.sock"
	// people sign in by turns: one person alone would never reach the limits per person.
	people = 200
)

// localAPI serves both servers the parts of LocalAPI that they use. For any address, whois immediately returns the next
// of the people: tailscaled would take 0.4 ms, so only the servers are measured.
type localAPI struct {
	whois       [people][]byte
	next        atomic.Uint64
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pair        []byte
}

// onServe receives the address at which requests are to be served.
func serveLocalAPI(socket string, onServe func(target string) error) (*localAPI, error) {
	api := &localAPI{}
	for i := range api.whois {
		api.whois[i] = whoisAnswer(i)
	}
	if err := api.makeCertificate(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return nil, err
	}
	os.Remove(socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /localapi/v0/status", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, []byte(status))
	})
	mux.HandleFunc("GET /localapi/v0/whois", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, api.whois[api.next.Add(1)%people])
	})
	mux.HandleFunc("GET /localapi/v0/cert/"+hostName, func(w http.ResponseWriter, _ *http.Request) {
		w.Write(api.pair)
	})
	mux.HandleFunc("GET /localapi/v0/serve-config", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, []byte("{}"))
	})
	mux.HandleFunc("POST /localapi/v0/serve-config", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if target := proxyTarget.FindSubmatch(body); err == nil && onServe != nil && target != nil {
			err = onServe(string(target[1]))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	for _, name := range []string{"start", "login-interactive"} {
		mux.HandleFunc("POST /localapi/v0/"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		})
	}
	mux.HandleFunc("GET /localapi/v0/watch-ipn-bus", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, `{"SessionID":"bench","State":6}`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	go http.Serve(listener, mux)
	return api, nil
}

var proxyTarget = regexp.MustCompile(`"Proxy":"([^"]*)"`)

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

const status = `{"Version":"1.102.5-bench","TUN":true,"BackendState":"Running","AuthURL":"",
"TailscaleIPs":["` + tailnetAddress + `"],
"Self":{"ID":"nBench","HostName":"idp","DNSName":"` + hostName + `.","OS":"linux","TailscaleIPs":["` + tailnetAddress + `"]},
"Health":null,"MagicDNSSuffix":"bench-tailnet.ts.net","CertDomains":["` + hostName + `"],
"CurrentTailnet":{"Name":"bench","MagicDNSSuffix":"bench-tailnet.ts.net","MagicDNSEnabled":true}}`

// whoisAnswer has every member that tailscaled's has, including those that nobody reads: skipping them takes time.
func whoisAnswer(i int) []byte {
	address := fmt.Sprintf("100.64.1.%d/32", i)
	return fmt.Appendf(nil, `{"Node":{"ID":%[1]d,"StableID":"nBench%[1]dCNTRL","Name":"laptop-%[1]d.bench-tailnet.ts.net.",
"User":%[2]d,"Key":"nodekey:%064[1]x","KeyExpiry":"2027-05-01T10:00:00Z","Machine":"mkey:%064[1]x",
"DiscoKey":"discokey:%064[1]x","Addresses":[%[3]q,"fd7a:115c:a1e0::%[1]x/128"],
"AllowedIPs":[%[3]q,"fd7a:115c:a1e0::%[1]x/128"],"Endpoints":["192.0.2.1:41641","198.51.100.1:41641"],"HomeDERP":1,
"Hostinfo":{"IPNVersion":"1.102.5","OS":"linux","OSVersion":"6.12","Hostname":"laptop-%[1]d",
"Services":[{"Proto":"peerapi4","Port":40000}]},"Created":"2026-01-02T03:04:05.678901234Z","Cap":131,"Online":true,
"MachineAuthorized":true,"ComputedName":"laptop-%[1]d","ComputedNameWithHost":"laptop-%[1]d"},
"UserProfile":{"ID":%[2]d,"LoginName":"person-%[1]d@example.com","DisplayName":"Person %[1]d",
"ProfilePicURL":"https://example.com/pictures/%[1]d.png"},
"CapMap":{"tailscale.com/cap/tsidp":[{"extraClaims":{"groups":["staff","people"]}}]}}`, i+1, i+1001, address)
}

func (api *localAPI) makeCertificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: hostName}, // Java accepts no certificate with an empty issuer
		DNSNames:     []string{hostName},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(0, 3, 0),
	}
	api.key = key
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	if api.certificate, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	api.pair = append(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	return nil
}
