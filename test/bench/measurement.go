package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"
)

const (
	starts     = 15
	discovery  = 2 * time.Second
	phase      = 3 * time.Second // of each server at each number of connections, in each round
	rounds     = 2
	loginLimit = 2 * time.Minute // for the logins of one step
	unbounded  = math.MaxInt32   // the time is the bound
	rest       = 5 * time.Minute // after which memory must have been returned
)

var (
	connections = []int{1, 8, 64}
	// steps follow a start: the compiler is at work in the first two. CPU time and memory are read after each.
	steps = []step{{5_000, warm}, {20_000, warm}, {30_000, 64}, {40_000, warm}}
)

// step goes on until so many logins were done since the start.
type step struct{ logins, connections int }

// warm is the number of connections at which logins warm the servers up and CPU time is compared.
const warm = 8

type measurement struct {
	image, work  string
	options      []string
	api          *localAPI
	ours, theirs *server
	direct       *server // ours, over TLS

	java, goes []raw
	floor      time.Duration // how long an empty HttpsServer takes to start
}

// figures are one server's.
type figures struct {
	size      float64 // MiB on disk
	start     time.Duration
	idle      memory
	steps     []stepped
	discovery load
	logins    map[int]*logins
	tls       *logins
	startTLS  time.Duration
	end       memory // after the rest
	total     int    // logins until end
}

// stepped is what a step took.
type stepped struct {
	logins
	threads map[string]time.Duration // CPU time by group of threads
	memory  memory
}

type memory struct{ rss, pss float64 }

// logins are those of all rounds at one number of connections.
type logins struct {
	load
	cpu time.Duration // of the server, for all of them
}

func (l *logins) cpuEach() time.Duration { return l.cpu / time.Duration(len(l.times)) }

func (m *measurement) run() error {
	both := []*server{m.ours, m.theirs}
	found := map[*server]*figures{}
	fmt.Println("Measured one after the other on one machine; ratios count, not single numbers. Each answer of whois is")
	fmt.Println("immediate and the same for both. Ours checks a client secret and keeps every grant on the disk; the Go")
	fmt.Println("tsidp is run as by default, without either.")
	for _, s := range both {
		found[s] = &figures{logins: map[int]*logins{}}
	}
	var err error
	if found[m.ours].size, err = diskSize(m.image); err != nil {
		return err
	}
	if found[m.theirs].size, err = diskSize(filepath.Join(m.work, "tsidp")); err != nil {
		return err
	}
	if m.floor, err = m.startEmpty(); err != nil {
		return err
	}
	if found[m.ours].startTLS, err = m.medianStart(m.direct); err != nil {
		return err
	}
	if err := m.measureStarts(both, found); err != nil {
		return err
	}
	key, err := readKey(filepath.Join(m.ours.directory, "oidc-key.json"))
	if err != nil {
		return err
	}
	signer, err := startJavaSigner(m.image, m.work, m.options, key)
	if err != nil {
		return err
	}
	defer signer.process.kill()
	for _, s := range both {
		if err := s.takeSteps(found[s]); err != nil {
			return err
		}
	}
	for range rounds {
		java, err := signer.measure()
		if err != nil {
			return err
		}
		goes, err := goSignatures(key)
		if err != nil {
			return err
		}
		m.java, m.goes = append(m.java, java), append(m.goes, goes)
		for _, count := range connections {
			for _, s := range both {
				f := found[s]
				if f.logins[count] == nil {
					f.logins[count] = &logins{}
				}
				if err := s.addLogins(f, f.logins[count], s.process, count); err != nil {
					return err
				}
			}
		}
	}
	// The Go tsidp believes only localhost in this mode, so a sign-in over HTTPS is measured only for ours.
	if _, err := m.direct.start(); err != nil {
		return err
	}
	if _, err := m.direct.repeat(warm, steps[1].logins, loginLimit, (*connection).login); err != nil {
		return err
	}
	f := &figures{}
	found[m.ours].tls = &logins{}
	if err := m.direct.addLogins(f, found[m.ours].tls, m.direct.process, warm); err != nil {
		return err
	}
	m.direct.stop()
	for _, s := range both {
		f := found[s]
		if f.discovery, err = s.repeat(warm, unbounded, discovery, (*connection).discover); err != nil {
			return err
		}
	}
	time.Sleep(rest)
	for _, s := range both {
		if found[s].end, err = s.readMemory(); err != nil {
			return err
		}
	}
	m.report(found[m.ours], found[m.theirs])
	return nil
}

// measureStarts leaves both servers running, with the same key.
func (m *measurement) measureStarts(both []*server, found map[*server]*figures) error {
	times := map[*server][]time.Duration{}
	for i := range starts + 1 {
		for _, s := range both {
			s.stop()
			took, err := s.start()
			if err != nil {
				return err
			}
			if i > 0 { // the first makes the key, and reads from a cold disk
				times[s] = append(times[s], took)
			}
		}
		if i == 0 {
			name := "oidc-key.json"
			if err := copyFile(filepath.Join(m.ours.directory, name), filepath.Join(m.theirs.directory, name)); err != nil {
				return err
			}
		}
	}
	for _, s := range both {
		slices.Sort(times[s])
		found[s].start = times[s][len(times[s])/2]
	}
	return nil
}

func (s *server) readMemory() (memory, error) {
	rss, pss, err := s.process.memory()
	return memory{rss, pss}, err
}

func (s *server) takeSteps(f *figures) error {
	time.Sleep(2 * time.Second)
	var err error
	if f.idle, err = s.readMemory(); err != nil {
		return err
	}
	for _, step := range steps {
		before, err := s.process.threads()
		if err != nil {
			return err
		}
		took := stepped{threads: map[string]time.Duration{}}
		if took.load, err = s.repeat(step.connections, step.logins-f.total, loginLimit, (*connection).login); err != nil {
			return err
		}
		after, err := s.process.threads()
		if err != nil {
			return err
		}
		for group, cpu := range after {
			took.threads[group] = cpu - before[group]
			took.cpu += took.threads[group]
		}
		f.total += len(took.times)
		if took.memory, err = s.readMemory(); err != nil {
			return err
		}
		f.steps = append(f.steps, took)
	}
	return nil
}

// medianStart leaves the server stopped.
func (m *measurement) medianStart(s *server) (time.Duration, error) {
	var times []time.Duration
	for i := range starts + 1 {
		took, err := s.start()
		s.stop()
		if err != nil {
			return 0, err
		}
		if i > 0 { // the first makes the key, and reads from a cold disk
			times = append(times, took)
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

func (s *server) addLogins(f *figures, to *logins, p *process, connections int) error {
	before, err := p.cpu()
	if err != nil {
		return err
	}
	done, err := s.repeat(connections, unbounded, phase, (*connection).login)
	if err != nil {
		return err
	}
	after, err := p.cpu()
	to.cpu += after - before
	to.took += done.took
	to.times = append(to.times, done.times...)
	slices.Sort(to.times)
	f.total += len(done.times)
	return err
}
