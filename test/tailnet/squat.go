package tailnet

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// ServeAddress is where tsidp listens for tailscaled's proxy: an address of loopback to which tailscaled carries no peer.
const ServeAddress = "127.0.0.2"

// DialFromPort connects to a port there from a loopback port that another process may have, as any process can:
// the kernel is told to choose from that one port.
func DialFromPort(from, to int) (net.Conn, error) {
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		raw.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_LOCAL_PORT_RANGE, from<<16|from)
		})
		return err
	}}
	return dialer.DialContext(context.Background(), "tcp4", fmt.Sprintf("%s:%d", ServeAddress, to))
}

// DialOnIdp connects, as a process of the identity provider's machine, to a port of that machine's Tailscale address.
func (t *Tailnet) DialOnIdp(port int) (net.Conn, error) {
	address, err := t.AddressOf(t.Idp)
	if err != nil {
		return nil, err
	}
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		// The thread is in the namespace from now on, and ends with this goroutine.
		runtime.LockOSThread()
		space, err := os.Open("/var/run/netns/" + t.space.name)
		if err == nil {
			defer space.Close()
			err = unix.Setns(int(space.Fd()), unix.CLONE_NEWNET)
		}
		if err != nil {
			done <- result{nil, err}
			return
		}
		conn, err := net.Dial("tcp4", net.JoinHostPort(address.String(), fmt.Sprint(port)))
		done <- result{conn, err}
	}()
	got := <-done
	return got.conn, got.err
}
