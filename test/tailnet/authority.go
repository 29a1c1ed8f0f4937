package tailnet

import (
	"crypto/tls"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"tailscale.com/types/logger"
)

// validity is that of Let's Encrypt's certificates, in seconds.
const validity = 90 * 24 * 60 * 60

// authority is an ACME certificate authority in this process: pebble, which Let's Encrypt tests clients with.
type authority struct {
	http  *httptest.Server
	trust []byte // PEM: to believe the authority's own HTTPS
	root  []byte // PEM: to believe the certificates that it issues
}

func startAuthority(address string, logf logger.Logf) (*authority, error) {
	// pebble has no other way to configure this: no look-up of DNS records, no delays, no refused nonces.
	for _, name := range []string{"PEBBLE_VA_ALWAYS_VALID", "PEBBLE_VA_NOSLEEP"} {
		if err := os.Setenv(name, "1"); err != nil {
			return nil, err
		}
	}
	if err := os.Setenv("PEBBLE_WFE_NONCEREJECT", "0"); err != nil {
		return nil, err
	}
	logs := logger.StdLogger(logf)
	store := db.NewMemoryStore()
	profiles := map[string]ca.Profile{"default": {Description: "default", ValidityPeriod: validity}}
	issuer := ca.New(logs, store, "", "ecdsa", 0, 1, profiles)
	validation := va.New(logs, 80, 443, false, "", store)
	front := wfe.New(logs, store, validation, issuer, []string{"pebble.example"}, false, false, 1, 1)

	certificate, trust, err := selfSigned(address)
	if err != nil {
		return nil, err
	}
	a := &authority{trust: trust, root: issuer.GetRootCert(0).PEM()}
	if a.http, err = unstarted(withOrderLocation(front.Handler()), address); err != nil {
		return nil, err
	}
	a.http.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	a.http.Config.ErrorLog = log.New(logs.Writer(), "acme: ", 0)
	a.http.StartTLS()
	return a, nil
}

// withOrderLocation names the order in the answer to its finalization. RFC 8555 §7.4 doesn't ask for it, Let's Encrypt
// does it, pebble doesn't, and tailscaled's ACME client can't go on without it.
func withOrderLocation(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if order, found := strings.CutPrefix(r.URL.Path, "/finalize-order/"); found {
			w.Header().Set("Location", "https://"+r.Host+"/my-order/"+order)
		}
		next.ServeHTTP(w, r)
	})
}

func (a *authority) directory() string { return a.http.URL + "/dir" }

func (a *authority) stop() {
	a.http.CloseClientConnections()
	a.http.Close()
}
