package engine

import (
	"fmt"
	"net/netip"
	"time"

	"luavs/checks"
)

// question is what two checks have in common that are answered by one run, if
// they ask the same address: what is asked, when, and what an answer turns.
type question struct {
	id                 string
	schedule           Schedule
	fast, slow, jitter time.Duration
	timeout            time.Duration
	rise, fall         int
	causes             string
	initial            Initial
	degraded           checks.Advice
}

func questionOf(c *Check) question {
	q := question{
		id: c.ID, schedule: c.Schedule, fast: c.Fast, slow: c.Slow, jitter: c.Jitter, timeout: c.Timeout,
		rise: c.Limits.Rise, fall: c.Limits.Fall, initial: c.Initial, degraded: c.Degraded,
	}
	if len(c.Limits.Causes) > 0 {
		q.causes = fmt.Sprint(c.Limits.Causes)
	}
	return q
}

// asks tells whom a probe asks about a server, if that is not the server.
type asks interface {
	Asks(server netip.AddrPort) netip.AddrPort
}

// asked returns whom a check asks about the server with an address.
func (c *Check) asked(addr netip.AddrPort) netip.AddrPort {
	if a, ok := c.Probe.(asks); ok {
		return a.Asks(addr)
	}
	return addr
}

// sharing has the shared watches of a loop, so that a question that many
// services have is asked once. It is made when servers are, and not kept.
type sharing struct {
	known map[*Check]byAsked // mostly the checks of thousands of servers are the same one
	same  map[question]byAsked
}

// byAsked has the watches of one question by whom they ask.
type byAsked map[netip.AddrPort]*watch

func newSharing() sharing {
	return sharing{known: map[*Check]byAsked{}, same: map[question]byAsked{}}
}

// of returns the watches of the same question.
func (s sharing) of(c *Check) byAsked {
	all := s.known[c]
	if all == nil {
		q := questionOf(c)
		if all = s.same[q]; all == nil {
			all = byAsked{}
			s.same[q] = all
		}
		s.known[c] = all
	}
	return all
}

// find returns the watch that asks the same already, or nil.
func (s sharing) find(c *Check, addr netip.AddrPort) *watch {
	if !c.Shared {
		return nil
	}
	return s.of(c)[c.asked(addr)]
}

// add has others find the watch of a server, if its check is shared.
func (s sharing) add(w *watch, addr netip.AddrPort) {
	if w.check.Shared {
		s.of(w.check)[w.check.asked(addr)] = w
	}
}

// sharing returns what is asked now.
func (l *loop) sharing() sharing {
	all := newSharing()
	for _, s := range l.services {
		for _, srv := range s.servers {
			for _, w := range srv.checks {
				all.add(w, srv.addr())
			}
		}
	}
	return all
}
