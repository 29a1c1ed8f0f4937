package tailnet_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"tsidp.test/tailnet"
)

var (
	directory  = flag.String("directory", "", "for state and logs; it must not exist")
	tailscaled = flag.String("tailscaled", "", "the program")
	launcher   = flag.String("launcher", "", "tsidp's launcher")
	goTsidp    = flag.String("go-tsidp", "", "the Go tsidp, to be compared with")
	readme     = flag.String("readme", "", "README.md, whose table of differences is compared")
	device     = flag.Bool("device", false, "give the identity provider a network device; tsidp then listens on its"+
		" Tailscale addresses, as most operators have it, and sees the peers' own")
)

const redirectURI = "https://app.example.com/callback"

// What all tests share, because a tailnet takes seconds to start. They run one after the other, and each restores the
// state that it found: every node running, nothing granted.
var (
	network *tailnet.Tailnet
	product *tailnet.Product
	client  tailnet.Client
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if *directory == "" || *tailscaled == "" || *launcher == "" {
		return stopped("-directory, -tailscaled and -launcher are needed", nil)
	}
	start, prepare := tailnet.Start, tailnet.NewProduct
	if *device {
		start, prepare = tailnet.StartWithDevice, tailnet.NewProductOnDevice
	}
	var err error
	if network, err = start(*directory, *tailscaled); err != nil {
		return stopped("the tailnet", err)
	}
	defer network.Stop()
	if product, err = prepare(network, *launcher); err != nil {
		return stopped("preparing tsidp", err)
	}
	defer product.Kill()
	if err = product.Start(); err != nil {
		return stopped("starting tsidp", err)
	}
	if client, err = product.AddClient("tests", []string{redirectURI}); err != nil {
		return stopped("registering a client", err)
	}
	return m.Run()
}

func stopped(what string, err error) int {
	fmt.Fprintln(os.Stderr, what, err)
	return 1
}
