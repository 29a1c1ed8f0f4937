package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	redirectURI  = "http://localhost:9/cb"
	requestLimit = 30 * time.Second
)

// load is the result of repeating something on several connections.
type load struct {
	took  time.Duration
	times []time.Duration // of each repetition, ascending
}

func (l load) perSecond() float64 { return float64(len(l.times)) / l.took.Seconds() }

func (l load) quantile(q float64) time.Duration {
	return l.times[min(len(l.times)-1, int(q*float64(len(l.times))))]
}

// repeat does something on several connections concurrently, until it was done count times or the time is over.
func (s *server) repeat(connections, count int, limit time.Duration, action func(*connection) error) (load, error) {
	var started atomic.Int64
	var group sync.WaitGroup
	times := make([][]time.Duration, connections)
	failures := make([]error, connections)
	begin := time.Now()
	for i := range connections {
		group.Go(func() {
			c, err := s.dial()
			if err != nil {
				failures[i] = err
				return
			}
			defer c.Close()
			for failures[i] == nil && started.Add(1) <= int64(count) && time.Since(begin) < limit {
				before := time.Now()
				failures[i] = action(c)
				times[i] = append(times[i], time.Since(before))
			}
		})
	}
	group.Wait()
	l := load{time.Since(begin), slices.Concat(times...)}
	slices.Sort(l.times)
	for _, failure := range failures {
		if failure != nil {
			return l, fmt.Errorf("%s: %w (its log is %s)", s.name, failure, filepath.Join(s.directory, "log"))
		}
	}
	return l, nil
}

// connection is one kept alive, and written to and read from directly: the less this program does, the more of the
// machine is the server's.
type connection struct {
	net.Conn
	server *server
	reader *bufio.Reader
	isOver bool // the server closes it after its answer
	number uint64
}

var dialled atomic.Uint64

func (s *server) dial() (*connection, error) {
	c, err := s.connect()
	if err != nil {
		return nil, err
	}
	return &connection{c, s, bufio.NewReader(c), false, dialled.Add(1)}, nil
}

func (s *server) connect() (net.Conn, error) {
	dialer := net.Dialer{Timeout: requestLimit}
	if s.from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(s.from)}
	}
	c, err := dialer.Dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	if s.trust != nil {
		pool := x509.NewCertPool()
		pool.AddCert(s.trust)
		return tls.Client(c, &tls.Config{ServerName: hostName, RootCAs: pool}), nil
	}
	return c, nil
}

func (c *connection) ask(method, path, body string) (*http.Response, []byte, error) {
	if c.isOver {
		c.Close()
		again, err := c.server.connect()
		if err != nil {
			return nil, nil, err
		}
		c.Conn = again
		c.reader.Reset(again)
	}
	var request strings.Builder
	// Each connection is another device's: the server has places for each.
	headers := strings.ReplaceAll(c.server.headers, peerAddress, fmt.Sprintf("100.64.2.%d", c.number%250))
	fmt.Fprintf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", method, c.server.prefix+path, c.server.host, headers)
	if body != "" {
		fmt.Fprintf(&request, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(body))
	}
	request.WriteString("\r\n")
	request.WriteString(body)
	c.SetDeadline(time.Now().Add(requestLimit))
	if _, err := io.WriteString(c, request.String()); err != nil {
		return nil, nil, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	c.isOver = response.Close
	return response, content, err
}

// discover asks for the metadata.
func (c *connection) discover() error {
	response, content, err := c.ask("GET", "/.well-known/openid-configuration", "")
	if err == nil && (response.StatusCode != http.StatusOK || !json.Valid(content)) {
		err = fmt.Errorf("discovery of %s: %s: %s", c.server.name, response.Status, content)
	}
	return err
}

// login does what a browser and an application do together: it gets a code, and the tokens for it.
func (c *connection) login() error {
	s := c.server
	response, content, err := c.ask("GET", s.authorize, "")
	if err != nil {
		return err
	}
	location, err := response.Location()
	if err != nil || location.Query().Get("code") == "" {
		return fmt.Errorf("/authorize of %s: %s: %s", s.name, response.Status, content)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {redirectURI},
		"code": {location.Query().Get("code")}}
	if s.clientSecret != "" {
		form.Set("client_id", s.clientID)
		form.Set("client_secret", s.clientSecret)
	}
	response, content, err = c.ask("POST", "/token", form.Encode())
	if err != nil {
		return err
	}
	var tokens struct {
		IDToken string `json:"id_token"`
	}
	if json.Unmarshal(content, &tokens) != nil || strings.Count(tokens.IDToken, ".") != 2 {
		return fmt.Errorf("/token of %s: %s: %s", s.name, response.Status, content)
	}
	return nil
}
