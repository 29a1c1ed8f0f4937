package tailnet

import "path/filepath"

// NewGoTsidp prepares the Go tsidp of tailscale.com's module, with a node of its own and this name, as its operators
// run it: it accepts only clients that are registered, as the newest does. It uses tsnet, so there is no tailscaled.
func NewGoTsidp(t *Tailnet, program, name string) *Product {
	p := NewOwnProduct(t, program, name, 443, []string{"TAILSCALE_USE_WIP_CODE=1", "TS_NO_LOGS_NO_SUPPORT=1"})
	p.Issuer = "https://" + name + "." + Domain
	p.Dir = filepath.Join(t.Dir, name)
	p.arguments = []string{"-dir", p.Dir, "-hostname", name, "-allow-insecure-registration=false"}
	return p
}
