package tailnet

// StartWithDevice makes a tailnet whose identity provider has a real Tailscale network device (tailscale0), in a
// network namespace that ends with the tailnet. It needs root, and /dev/net/tun.
func StartWithDevice(dir, tailscaled string) (*Tailnet, error) {
	space, err := makeNamespace()
	if err != nil {
		return nil, err
	}
	t, err := start(dir, tailscaled, cableHere) // the other end of the cable must reach control, relay and authority
	if err != nil {
		space.remove()
		return nil, err
	}
	t.space = space
	if t.Idp, err = newNode(t, idpHost); err == nil {
		t.control.setAccount(idpHost, operator)
		t.Idp.within = space.enter()
		t.Idp.arguments = append(t.Idp.arguments, "--tun=tailscale0")
		err = t.startAll()
	}
	if err != nil {
		t.Stop()
		return nil, err
	}
	return t, nil
}

// NewProductOnDevice prepares tsidp as most operators run it: it listens on the machine's Tailscale addresses itself.
func NewProductOnDevice(t *Tailnet, launcher string) (*Product, error) {
	return newProduct(t, launcher), nil
}
