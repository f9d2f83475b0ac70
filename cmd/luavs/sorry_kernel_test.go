//go:build kernel

package main

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"luavs/ipvs"
)

// sampler reads the destinations of the virtual server over and over. Its own
// goroutine alone writes, until stop.
type sampler struct {
	t      *testing.T
	client *ipvs.Client
	stop   func()

	mu      sync.Mutex
	serving string // who has a weight, "web1 web2"
	samples int
	empty   int // samples in which nobody had
}

// sample starts reading; what it saw is complete after stop.
func (l *lab) sample() *sampler {
	l.t.Helper()
	client, err := ipvs.Dial()
	if err != nil {
		l.t.Fatal(err)
	}
	s := &sampler{t: l.t, client: client}
	ended, end := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.look()
			case <-end:
				return
			}
		}
	}()
	s.stop = sync.OnceFunc(func() { close(end); <-ended; client.Close() })
	l.t.Cleanup(s.stop)
	return s
}

func (s *sampler) look() {
	all, err := s.client.Destinations(ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort(vipAddr)))
	if err != nil {
		s.t.Errorf("sampler: %v", err)
	}
	var names []string
	for _, d := range all {
		if d.Weight > 0 {
			names = append(names, hostOf(d.Addr.String()))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving = strings.Join(names, " ")
	if s.samples++; len(names) == 0 {
		s.empty++
	}
}

// sees waits until exactly these serve.
func (s *sampler) sees(want string) {
	s.t.Helper()
	eventually(s.t, 10*time.Second, "served by "+want, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.serving == want
	})
}

// request is one that a client has sent.
type request struct {
	began, ended time.Time
	server       string
	err          error
}

// clients are several that send one request after the other.
type clients struct {
	stop func()
	mu   sync.Mutex
	sent []request
}

func (l *lab) clients(n int) *clients {
	c := &clients{}
	end := make(chan struct{})
	var running sync.WaitGroup
	for range n {
		running.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				r := request{began: time.Now()}
				r.server, r.err = l.ask()
				r.ended = time.Now()
				c.mu.Lock()
				c.sent = append(c.sent, r)
				c.mu.Unlock()
			}
		})
	}
	c.stop = sync.OnceFunc(func() { close(end); running.Wait() })
	l.t.Cleanup(c.stop)
	return c
}

// hear waits until a server has answered n more requests.
func (c *clients) hear(t *testing.T, server string, n int) {
	t.Helper()
	c.mu.Lock()
	from := len(c.sent)
	c.mu.Unlock()
	eventually(t, 10*time.Second, server+" answers", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		heard := 0
		for _, r := range c.sent[from:] {
			if r.server == server && r.err == nil {
				heard++
			}
		}
		return heard >= n
	})
}

// deaths are the times in which a dead server was still in the table.
type deaths []struct{ from, to time.Time }

// explain tells whether a request was under way in one of them.
func (d deaths) explain(r request) bool {
	return slices.ContainsFunc(d, func(one struct{ from, to time.Time }) bool {
		return !r.ended.Before(one.from) && !r.began.After(one.to)
	})
}

// switches is how often the sorry server takes over, and gives back.
const switches = 50

func TestKernelNobodyIsLostWhenTheSorryServerTakesOver(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web3")
	l.run(l.policy("web.lua", `
virtual_server "10.10.31.100:80" {
  scheduler = "rr", drain = "10s",
  check = check.http { path = "/", every = "100ms", timeout = "90ms", rise = 1, fall = 1 },
  real_server "192.168.31.101:80",
  policy = policy.standard { sorry_server = "192.168.31.103:80" },
}`))
	l.holds(10*time.Second, "web1")
	l.askMany(5)
	s, c := l.sample(), l.clients(2)
	var died deaths
	for range switches {
		s.sees("web1")
		c.hear(t, "web1", 20)
		from := time.Now()
		l.stop("web1")
		s.sees("web3")
		died = append(died, struct{ from, to time.Time }{from, time.Now()})
		c.hear(t, "web3", 20)
		l.start("web1")
	}
	s.sees("web1")
	c.stop()
	s.stop()

	explained, count := 0, map[string]int{}
	for _, r := range c.sent {
		switch {
		case r.err == nil:
			count[r.server]++
		case died.explain(r):
			explained++
		default:
			t.Errorf("%v for %v: %v, and no dead server explains it", r.began.Format(time.StampMilli), r.ended.Sub(r.began), r.err)
		}
	}
	if s.empty > 0 {
		t.Errorf("nobody served in %d of %d samples", s.empty, s.samples)
	}
	if s.samples < 1000 || count["web1"] < 20*switches || count["web3"] < 20*switches {
		t.Errorf("%d samples and %v answers say little", s.samples, count)
	}
	t.Logf("%d switches in both directions: %d samples of the table, none empty; %d requests, answered by %v, %d failed while a dead server was in the table",
		switches, s.samples, len(c.sent), count, explained)
}
