package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"luavs/ipvs"
)

// MaxChange limits how much of a service may be taken away at a time: servers
// that leave it, or whose weight becomes 0. What joins is not limited, nor what
// somebody has marked. The zero MaxChange limits nothing.
type MaxChange struct {
	Servers int     // so many at the most; 0: Percent says it
	Percent float64 // or this part of those that serve, rounded down, but one at least

	// Within is how long a step lasts: it begins with the first server that is
	// taken away, and what is beyond the limit serves until the next one.
	Within time.Duration
}

// of returns how many may go of those that serve when a step begins.
func (m MaxChange) of(serving int) int {
	if m.Servers > 0 {
		return m.Servers
	}
	return max(1, int(float64(serving)*m.Percent/100))
}

// hold returns which of the servers that served when the step began have to
// serve on, although they are not wanted any more. Those that are gone already
// stay gone, and those that are down are the first to follow.
func (m MaxChange) hold(began, have, want []ipvs.Destination, isDown func(netip.AddrPort) bool) []ipvs.Destination {
	var there []ipvs.Destination
	going := leaving(began, want)
	for _, d := range going {
		if i := slices.IndexFunc(have, func(h ipvs.Destination) bool { return h.Addr == d.Addr && h.Weight > 0 }); i >= 0 {
			there = append(there, have[i])
		}
	}
	slices.SortStableFunc(there, func(a, b ipvs.Destination) int {
		switch downA, downB := isDown(a.Addr), isDown(b.Addr); {
		case downA == downB:
			return a.Addr.Compare(b.Addr)
		case downA:
			return -1
		}
		return 1
	})
	gone := len(going) - len(there)
	return there[min(len(there), max(0, m.of(len(began))-gone)):]
}

// leaving returns who serves, and does not in what is wanted.
func leaving(serving, want []ipvs.Destination) (gone []ipvs.Destination) {
	for _, d := range serving {
		stays := func(w ipvs.Destination) bool { return w.Addr == d.Addr && w.Weight > 0 }
		if d.Weight > 0 && !slices.ContainsFunc(want, stays) {
			gone = append(gone, d)
		}
	}
	return gone
}

// withHeld returns what is wanted with those that are held back.
func withHeld(want, held []ipvs.Destination) []ipvs.Destination {
	rest := without(want, func(a netip.AddrPort) bool {
		return slices.ContainsFunc(held, func(h ipvs.Destination) bool { return h.Addr == a })
	})
	return sortMembers(append(rest, held...))
}

// change is the step in which a service is being changed.
type change struct {
	since time.Time          // when it began; zero: nothing is being taken away
	began []ipvs.Destination // who served then
	held  []ipvs.Destination // who serves on until the next one
	due   timed              // the next one
}

// kept is what is kept of a step; nil of none.
func (c *change) kept() *KeptStep {
	if c == nil || c.since.IsZero() {
		return nil
	}
	return &KeptStep{Since: c.since, Began: addresses(c.began), Held: addresses(c.held)}
}

// change goes on with a step that was under way before the process started. A
// clock that was set back does not make it longer than it may be.
func (k *KeptStep) change(now time.Time) *change {
	if k == nil {
		return nil
	}
	c := &change{since: anchored(k.Since, now)}
	if c.since.After(now) {
		c.since = now
	}
	for _, addr := range k.Began {
		c.began = append(c.began, ipvs.Destination{Addr: addr, Weight: 1})
	}
	for _, addr := range k.Held {
		c.held = append(c.held, ipvs.Destination{Addr: addr, Weight: 1})
	}
	return c
}

// holds tells whether a server is to leave and serves on until the next step.
func (c *change) holds(addr netip.AddrPort) bool {
	return c != nil && slices.ContainsFunc(c.held, func(d ipvs.Destination) bool { return d.Addr == addr })
}

// slowed returns what the kernel should hold of a service, of what is wanted:
// all of it, or as much as its limit allows now.
func (l *loop) slowed(s *service, want *ipvs.Entry, now time.Time) *ipvs.Entry {
	limit := s.decl.MaxChange
	if limit == (MaxChange{}) {
		l.stopChange(s)
		return want
	}
	if s.change == nil {
		s.change = &change{}
	}
	c := s.change
	before := len(c.held)
	c.held = nil
	if want == nil || s.put == nil || s.have == nil {
		return want
	}
	wanted := destinations(want)
	if c.since.IsZero() || now.Sub(c.since) >= limit.Within {
		c.since, c.began = time.Time{}, serving(within(destinations(s.put), s.have))
	}
	if len(leaving(l.unmarked(s, c.began), wanted)) == 0 {
		return want
	}
	if c.since.IsZero() {
		c.since = now
	}
	c.held = limit.hold(l.unmarked(s, c.began), within(destinations(s.put), s.have), wanted, s.isDown)
	if len(c.held) == 0 {
		return want
	}
	if before == 0 {
		l.log.Warn("max_change: servers that are to leave serve on until the next step", "service", s.decl.Name, "held", len(c.held), "next", limit.Within)
	}
	c.due.run = func(time.Time) { l.touch(s) }
	l.queue.put(&c.due, c.since.Add(limit.Within))
	return entryOfAll(want.Service, withHeld(wanted, c.held), s.have)
}

// stopChange ends the step in which a service is being changed.
func (l *loop) stopChange(s *service) {
	if s.change != nil {
		l.queue.take(&s.change.due)
		s.change = nil
	}
}

// held returns who serves on until the next step.
func (s *service) held() []ipvs.Destination {
	if s.change == nil {
		return nil
	}
	return s.change.held
}

// foresee brings the step of a service up to date with what the kernel is about to
// be asked for, so that it is kept before.
func (l *loop) foresee(s *service, now time.Time) {
	if s.decl.MaxChange != (MaxChange{}) && s.adopted && !s.leaving {
		l.wants(s, now)
	}
}

// isDown tells whether a server is known to be down.
func (s *service) isDown(addr netip.AddrPort) bool {
	srv := s.server(addr)
	return srv != nil && srv.health == StateDown
}

// problem says who is held, or nothing.
func (c *change) problem(m MaxChange) string {
	if c == nil || len(c.held) == 0 {
		return ""
	}
	var names []string
	for i, d := range c.held {
		if i == maxNamed {
			names = append(names, fmt.Sprintf("and %d more", len(c.held)-i))
			break
		}
		names = append(names, d.Addr.String())
	}
	return fmt.Sprintf("max_change: %d of %d servers that are to leave at once serve on, the next step follows within %v: %s",
		len(c.held), len(c.began), m.Within, strings.Join(names, ", "))
}

// destinations returns the settings of what an entry holds.
func destinations(e *ipvs.Entry) []ipvs.Destination {
	all := make([]ipvs.Destination, len(e.Destinations))
	for i, d := range e.Destinations {
		all[i] = d.Destination
	}
	return all
}

// serving returns those with a weight.
func serving(all []ipvs.Destination) []ipvs.Destination {
	return slices.DeleteFunc(all, func(d ipvs.Destination) bool { return d.Weight == 0 })
}

func addresses(all []ipvs.Destination) []netip.AddrPort {
	addrs := make([]netip.AddrPort, len(all))
	for i, d := range all {
		addrs[i] = d.Addr
	}
	return addrs
}

// within returns those that an entry holds.
func within(all []ipvs.Destination, e *ipvs.Entry) []ipvs.Destination {
	return without(all, func(a netip.AddrPort) bool { return !entryHas(e, a) })
}

// entryOfAll returns an entry of a service and its destinations, which are
// sorted, with what the kernel has counted of those that it holds.
func entryOfAll(s ipvs.Service, all []ipvs.Destination, have *ipvs.Entry) *ipvs.Entry {
	e := &ipvs.Entry{Service: s, Destinations: make([]ipvs.DestinationEntry, len(all))}
	var held []ipvs.DestinationEntry
	if have != nil {
		e.Stats, held = have.Stats, have.Destinations
	}
	for i, d := range all {
		for len(held) > 0 && held[0].Addr.Compare(d.Addr) < 0 {
			held = held[1:]
		}
		if len(held) > 0 && held[0].Addr == d.Addr {
			e.Destinations[i] = held[0]
		}
		e.Destinations[i].Destination = d
	}
	return e
}
