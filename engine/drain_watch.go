package engine

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"luavs/ipvs"
)

// drainEvery is how often the connections of what drains are read.
const drainEvery = time.Second

// drainShare bounds the part of the loop's time that those readings take, where
// thousands of services drain: one of so many.
const drainShare = 20

// expireTemplates makes clients that persistence has led to a destination of
// weight 0 go elsewhere with their next connection (ip_vs_check_template in
// net/netfilter/ipvs/ip_vs_conn.c).
const expireTemplates = "expire_quiescent_template"

// drainWatch makes the loop read the connections of what drains.
type drainWatch struct {
	due    timed
	unread bool // they are to be read before the loop acts
}

// watchDrains has the connections of what drains read, from now on until
// nothing does.
func (l *loop) watchDrains(now time.Time) {
	if l.drains.due.seat().taken() {
		return
	}
	l.drains.due.run = func(now time.Time) {
		l.drains.unread = true
		l.queue.put(&l.drains.due, now.Add(drainEvery))
	}
	l.queue.put(&l.drains.due, now.Add(drainEvery))
}

// readDrains reads the services of which something drains, and no others.
func (l *loop) readDrains() {
	l.drains.unread = false
	var keys []ipvs.ServiceKey
	for key, s := range l.known() {
		if len(s.drains) > 0 {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		l.queue.take(&l.drains.due)
		return
	}
	started := time.Now()
	l.seeTemplates(keys)
	l.readKeys(keys)
	now := time.Now()
	l.queue.put(&l.drains.due, now.Add(max(drainEvery, drainShare*now.Sub(started))))
}

// countDrains takes in the connections that are left, and sees who has none; was
// is what the kernel held before. Weight that the reading before did not show is
// somebody else's doing, who would have it never end.
func (l *loop) countDrains(s *service, was *ipvs.Entry, now time.Time) {
	for addr, dr := range s.drains {
		e := entryAt(s.have, addr)
		if e == nil {
			dr.setOver("it is gone from the table")
			continue
		}
		dr.Active, dr.Inactive = e.Active, e.Inactive
		held := e.Weight > 0 && serves(was, addr) // by max_change, or because the kernel refuses
		switch {
		case (held || s.sticky) && s.isDown(addr): // new clients come to it, or are led back, and there is nobody
			dr.setOver("it is down")
		case held:
			l.restart(s, dr, now)
		case e.Weight > 0:
			dr.open = now
		case e.Active == 0 && now.Sub(later(dr.Since, dr.open)) >= handshake:
			dr.setOver("no connection is left")
		}
	}
}

// restart counts the time of a drain from now, unless it has a fixed end.
func (l *loop) restart(s *service, dr *drain, now time.Time) {
	if !dr.Until.IsZero() && dr.mark.Until.IsZero() {
		dr.Until = dr.Until.Add(now.Sub(dr.Since))
		l.queue.put(&dr.due, dr.Until)
	}
	dr.Since = now
}

// setOver ends a drain; the first reason counts.
func (dr *drain) setOver(why string) {
	if dr.over == "" {
		dr.over = why
	}
}

// entryAt returns what an entry holds at an address, or nil.
func entryAt(e *ipvs.Entry, addr netip.AddrPort) *ipvs.DestinationEntry {
	if e == nil {
		return nil
	}
	at, held := slices.BinarySearchFunc(e.Destinations, addr, func(d ipvs.DestinationEntry, a netip.AddrPort) int { return d.Addr.Compare(a) })
	if !held {
		return nil
	}
	return &e.Destinations[at]
}

func entryHas(e *ipvs.Entry, addr netip.AddrPort) bool { return entryAt(e, addr) != nil }

// stickyHint says what to do about clients that come back to who drains.
const stickyHint = "persistence leads known clients back; sysctl -w net.ipv4.vs." + expireTemplates + "=1 sends them elsewhere"

// sysctls has the variables of net.ipv4.vs; a Kernel may have them.
type sysctls interface {
	Sysctl(name string) (string, error)
}

// seeTemplates looks whether clients come back to what drains of some services,
// and says so once a service.
func (l *loop) seeTemplates(keys []ipvs.ServiceKey) {
	lead := sync.OnceValue(func() bool { return templatesLead(l.kernel) })
	for _, key := range keys {
		s := l.service(key)
		if s.sticky = s.decl.Spec.Persistence > 0 && lead(); s.sticky && !s.warned {
			s.warned = true
			l.log.Warn("a server that drains may never be without connections: "+stickyHint, "service", s.decl.Name)
		}
	}
}

// templatesLead tells whether a persistent service leads clients back to a
// destination of weight 0.
func templatesLead(k Kernel) bool {
	if v, ok := k.(sysctls); ok {
		if value, err := v.Sysctl(expireTemplates); err == nil {
			return value == "0"
		}
	}
	return true
}
