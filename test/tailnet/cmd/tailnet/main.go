// Command tailnet brings a tailnet up with tsidp in it, prints one line of JSON that describes it, and stays until its
// standard input ends. Clients in other languages are tested against it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"tsidp.test/tailnet"
)

// device is how a program gets into the tailnet as somebody.
type device struct {
	Socks  string `json:"socks"`
	Socket string `json:"socket"`
}

type description struct {
	Issuer    string         `json:"issuer"`
	Trust     string         `json:"trust"` // a PEM file
	Directory string         `json:"directory"`
	Alice     device         `json:"alice"`
	Bob       device         `json:"bob"`
	Server    device         `json:"server"`
	Client    tailnet.Client `json:"client"`
}

func main() {
	dir := flag.String("dir", "", "directory for state and logs")
	binaries := flag.String("binaries", "", "directory that holds tailscale and tailscaled")
	launcher := flag.String("launcher", "", "tsidp's launcher")
	grant := flag.String("grant", "", "a capability rule for everybody, as JSON")
	var redirectURIs []string
	flag.Func("redirect-uri", "a redirect URI of the client, repeatable", func(uri string) error {
		redirectURIs = append(redirectURIs, uri)
		return nil
	})
	flag.Parse()
	if err := run(*dir, *binaries, *launcher, *grant, redirectURIs); err != nil {
		fmt.Fprintln(os.Stderr, "tailnet:", err)
		os.Exit(1)
	}
}

func run(dir, binaries, launcher, grant string, redirectURIs []string) error {
	net, err := tailnet.Start(dir, binaries)
	if err != nil {
		return err
	}
	defer net.Stop()
	if grant != "" {
		net.Grant("*", grant)
	}
	product, err := tailnet.NewProduct(net, launcher)
	if err != nil {
		return err
	}
	defer product.Kill()
	if err := product.Start(); err != nil {
		return err
	}
	client, err := product.AddClient("interop", redirectURIs)
	if err != nil {
		return err
	}
	line, err := json.Marshal(description{
		Issuer:    product.Issuer,
		Trust:     net.TrustPath(),
		Directory: dir,
		Alice:     device{net.Alice.Socks, net.Alice.Socket},
		Bob:       device{net.Bob.Socks, net.Bob.Socket},
		Server:    device{net.Server.Socks, net.Server.Socket},
		Client:    client,
	})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
