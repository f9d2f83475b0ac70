//go:build kernel

package main

import (
	"slices"
	"sync"
	"testing"
	"time"
)

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

// A switch in each direction adds and takes away in one datagram. A client that
// comes between the two must find somebody.
func TestKernelNobodyIsLostWhenTheSorryServerTakesOver(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web3")
	l.run(l.policy("web.lua", `
virtual_server "10.10.31.100:80" {
  scheduler = "rr", drain = "10s",
  check = check.http { path = "/", every = "100ms", timeout = "100ms", rise = 1, fall = { 1, timeout = 50 } },
  real_server "192.168.31.101:80",
  policy = policy.standard { sorry_server = "192.168.31.103:80" },
}`))
	l.holds(10*time.Second, "web1")
	l.askMany(5)
	h, c := l.history(), l.clients(2)
	var died deaths
	for range switches {
		h.sees("web1")
		c.hear(t, "web1", 20)
		from := time.Now()
		l.stop("web1")
		h.sees("web3")
		died = append(died, struct{ from, to time.Time }{from, time.Now()})
		c.hear(t, "web3", 20)
		l.start("web1")
	}
	h.sees("web1")
	c.stop()

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
	moments := h.served()
	if moments < 4*switches || count["web1"] < 20*switches || count["web3"] < 20*switches {
		t.Errorf("%d tables and %v answers say little", moments, count)
	}
	t.Logf("%d switches in both directions: %d tables; %d requests, answered by %v, %d failed while a dead server was in the table",
		switches, moments, len(c.sent), count, explained)
}
