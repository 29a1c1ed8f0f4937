package tailnet

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// readyLimit bounds how long tsidp may take from exec to its first answer, including the certificate's issue.
const readyLimit = 60 * time.Second

// Product is tsidp, run as its operators run it, beside the identity provider's tailscaled.
type Product struct {
	Launcher string
	Dir      string // its -dir
	Issuer   string
	Port     int

	tailnet     *Tailnet
	starter     string // what starts it, if that is not the launcher
	inside      string // its -dir as it sees it, if that is not Dir
	arguments   []string
	environment []string // besides the test's own
	process     *process
}

// Client is an application registered with tsidp.
type Client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

// NewProduct prepares tsidp beside a tailscaled without a network device, which serves node:443 for it.
func NewProduct(t *Tailnet, launcher string) (*Product, error) {
	return newProduct(t, launcher), nil
}

func newProduct(t *Tailnet, launcher string) *Product {
	p := &Product{
		Launcher: launcher,
		Dir:      filepath.Join(t.Dir, "tsidp"),
		Issuer:   "https://" + t.IdpName(),
		Port:     443,
		tailnet:  t,
	}
	p.arguments = []string{"-use-local-tailscaled", "-dir", p.Dir, "-socket", t.Idp.Socket, "-log", "debug", "-enable-sts"}
	return p
}

// Start runs tsidp and waits until alice gets an answer.
func (p *Product) Start() error {
	if err := p.Launch(); err != nil {
		return err
	}
	return p.AwaitReady()
}

// Launch runs tsidp and waits for nothing.
func (p *Product) Launch() (err error) {
	command := p.tailnet.Idp.command(cmp.Or(p.starter, p.Launcher), p.arguments...)
	command.Env = append(os.Environ(), p.environment...)
	p.process, err = startProcess(command, p.LogPath())
	return err
}

// AwaitReady waits until alice gets an answer.
func (p *Product) AwaitReady() error {
	return eventually(readyLimit, "tsidp answers", func() error {
		if p.process.hasEnded() {
			return fmt.Errorf("tsidp has ended; the end of %s:\n%s", p.LogPath(), lastLines(p.LogPath(), 20))
		}
		client := p.tailnet.Alice.Client(p.tailnet.Trust())
		defer client.CloseIdleConnections()
		client.Timeout = 5 * time.Second
		response, err := client.Get(p.Issuer + "/.well-known/openid-configuration")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		io.Copy(io.Discard, response.Body)
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("discovery: %s", response.Status)
		}
		return nil
	})
}

// Kill is kill -9.
func (p *Product) Kill() {
	if p.process != nil {
		p.process.kill()
	}
}

// Stop is SIGTERM. It returns whether tsidp exited by itself in the promised time.
func (p *Product) Stop() bool {
	return p.process.stop(10 * time.Second)
}

// AddClient registers an application with the command that operators use.
func (p *Product) AddClient(name string, redirectURIs []string, more ...string) (Client, error) {
	arguments := []string{"client", "add", "-dir", p.Dir, "-name", name}
	for _, uri := range redirectURIs {
		arguments = append(arguments, "-redirect-uri", uri)
	}
	output, err := outputWithin(20*time.Second, exec.Command(p.Launcher, append(arguments, more...)...))
	if err != nil {
		return Client{}, fmt.Errorf("tsidp client add: %w: %s", err, output)
	}
	var client Client
	if err := json.Unmarshal([]byte(output), &client); err != nil {
		return Client{}, fmt.Errorf("tsidp client add printed %q: %w", output, err)
	}
	return client, nil
}

// LogPath is the file that tsidp's messages go to.
func (p *Product) LogPath() string { return p.Dir + ".log" }
