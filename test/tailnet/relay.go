package tailnet

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"tailscale.com/derp/derpserver"
	"tailscale.com/net/stun"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
)

// relay is the tailnet's only DERP region: a relay and a STUN server.
type relay struct {
	address string
	derp    *derpserver.Server
	http    *httptest.Server
	stun    net.PacketConn
}

func startRelay(address string, logf logger.Logf) (*relay, error) {
	r := &relay{address: address, derp: derpserver.New(key.NewNode(), logf)}
	certificate, _, err := selfSigned(address)
	if err != nil {
		return nil, err
	}
	if r.http, err = unstarted(derpserver.Handler(r.derp), address); err != nil {
		return nil, err
	}
	r.http.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	r.http.Config.ErrorLog = logger.StdLogger(logf)
	// DERP takes the connection over, which HTTP/2 doesn't allow.
	r.http.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	r.http.StartTLS()
	if r.stun, err = net.ListenPacket("udp4", net.JoinHostPort(address, "0")); err != nil {
		r.http.Close()
		return nil, err
	}
	go r.answerSTUN()
	return r, nil
}

func (r *relay) answerSTUN() {
	buffer := make([]byte, 1500)
	for {
		n, from, err := r.stun.ReadFrom(buffer)
		if err != nil {
			return
		}
		transaction, err := stun.ParseBindingRequest(buffer[:n])
		if err != nil {
			continue
		}
		source := from.(*net.UDPAddr).AddrPort()
		r.stun.WriteTo(stun.Response(transaction, netip.AddrPortFrom(source.Addr().Unmap(), source.Port())), from)
	}
}

func (r *relay) derpMap() *tailcfg.DERPMap {
	return &tailcfg.DERPMap{Regions: map[int]*tailcfg.DERPRegion{1: {
		RegionID:   1,
		RegionCode: "test",
		Nodes: []*tailcfg.DERPNode{{
			Name:             "t1",
			RegionID:         1,
			HostName:         r.address,
			IPv4:             r.address,
			IPv6:             "none",
			STUNPort:         r.stun.LocalAddr().(*net.UDPAddr).Port,
			DERPPort:         r.http.Listener.Addr().(*net.TCPAddr).Port,
			STUNTestIP:       r.address,
			InsecureForTests: true, // its certificate is its own
		}},
	}}}
}

func (r *relay) stop() {
	r.stun.Close()
	r.http.CloseClientConnections()
	r.http.Close()
	r.derp.Close()
}
