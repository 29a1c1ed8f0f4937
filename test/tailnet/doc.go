// Package tailnet makes a whole tailnet on loopback: a control server, a DERP relay, an ACME certificate authority
// and real tailscaled processes for an identity provider, two people's devices and a tagged server. tsidp runs beside
// the identity provider's tailscaled, so that it is tailscaled itself that says who is calling.
//
//	alice's browser ─ SOCKS5 ─ tailscaled (alice) ═ WireGuard ═ tailscaled (idp) ─ serve ─ tsidp
//	                                                                  ▲  whois, cert, status         │
//	                                                                  └────── LocalAPI socket ───────┘
//
// Nothing under test is simulated here: the control server is the one with which Tailscale tests its own client, the
// authority is the one with which Let's Encrypt tests its clients.
package tailnet
