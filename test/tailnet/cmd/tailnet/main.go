// Command tailnet starts a tailnet with tsidp on it, prints one line of JSON that describes it, and runs until its
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
	Proxy  string `json:"proxy"` // host:port, SOCKS5 and HTTP
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
	Public    tailnet.Client `json:"public"` // has no secret
}

func main() {
	dir := flag.String("dir", "", "directory for state and logs")
	tailscaled := flag.String("tailscaled", "", "the program")
	launcher := flag.String("launcher", "", "tsidp's launcher")
	grant := flag.String("grant", "", "a capability rule for everybody, as JSON")
	var redirectURIs []string
	flag.Func("redirect-uri", "a redirect URI of the client, repeatable", func(uri string) error {
		redirectURIs = append(redirectURIs, uri)
		return nil
	})
	flag.Parse()
	if err := run(*dir, *tailscaled, *launcher, *grant, redirectURIs); err != nil {
		fmt.Fprintln(os.Stderr, "tailnet:", err)
		os.Exit(1)
	}
}

func run(dir, tailscaled, launcher, grant string, redirectURIs []string) error {
	network, err := tailnet.Start(dir, tailscaled)
	if err != nil {
		return err
	}
	defer network.Stop()
	if grant != "" {
		network.Grant("*", grant)
	}
	product, err := tailnet.NewProduct(network, launcher)
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
	public, err := product.AddClient("interop public", redirectURIs, "-public")
	if err != nil {
		return err
	}
	line, err := json.Marshal(description{
		Issuer:    product.Issuer,
		Trust:     network.TrustPath(),
		Directory: dir,
		Alice:     device{network.Alice.Proxy, network.Alice.Socket},
		Bob:       device{network.Bob.Proxy, network.Bob.Socket},
		Server:    device{network.Server.Proxy, network.Server.Socket},
		Client:    client,
		Public:    public,
	})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
