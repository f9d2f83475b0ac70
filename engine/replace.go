package engine

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"luavs/ipvs"
)

// replace puts a config in force. What is known of servers, checks and weights
// is handed on by identity: services by key, servers by address, checks by ID.
// Code of the config before can change nothing any more.
func (l *loop) replace(c Config) {
	first := l.turn == 0
	l.beginTerm()
	l.since, l.restarted = time.Now(), c.Restarted
	l.counted.Loads++
	for j := range l.jobs {
		l.stopJob(j)
	}
	l.seat(c.Handle)
	l.observer = c.Observer
	l.setIsolation(c.Isolation)
	l.lookHome()
	l.gate.reset(cmp.Or(c.ProbesAtOnce, probesAtOnce))
	l.declare(c.Services)
	l.declarePaths()
	for _, j := range c.Jobs {
		l.startJob(j)
	}
	l.readAgain()
	kind := EventReload
	if first {
		kind = EventStart
	}
	l.note(event{kind: kind})
}

// beginTerm ends what is under way for the config in force; what it answers is
// void.
func (l *loop) beginTerm() {
	l.endTerm()
	l.term, l.endTerm = context.WithCancel(l.life)
	l.gate.running -= l.polling.begin(l.term)
	l.turn++
}

// seat makes h the one handle that reaches the loop.
func (l *loop) seat(h *Handle) {
	if l.handle != nil {
		l.handle.over.Store(true)
		l.handle.loop.Store(nil)
	}
	if l.handle = h; h != nil {
		h.loop.Store(l)
	}
}

// declare makes the declared services those of the loop; others leave.
func (l *loop) declare(decls []Service) {
	old := l.services
	l.shared = newSharing()
	l.services = make(map[ipvs.ServiceKey]*service, len(decls))
	l.order = l.order[:0]
	for i := range decls {
		decl := &decls[i]
		key := decl.Spec.ServiceKey
		s, restored := old[key], []Added(nil)
		if s == nil {
			s, restored = l.comeBack(key)
		}
		if s == nil {
			s = &service{}
			restored = l.recall(key)
		}
		delete(old, key)
		l.services[key] = s
		l.order = append(l.order, key)
		l.redeclare(s, decl, restored)
		l.takeUp(s, l.since)
		s.presumeDraining()
		s.changed()
		l.views.Store(key, s)
		l.touch(s)
	}
	l.shared = sharing{}
	l.judgeAll()
	hold := l.records.holds()
	for _, s := range old {
		for _, srv := range s.servers {
			l.loosen(srv)
		}
		l.depart(s, hold, l.since)
	}
	l.dropLoose()
}

// judgeAll brings each server in line with what was handed on to its checks.
func (l *loop) judgeAll() {
	now := time.Now()
	for _, key := range l.order {
		s := l.services[key]
		for _, srv := range s.servers {
			if s.adopted {
				l.judge(srv, s, now)
			}
		}
	}
}

// servers returns every server of every service.
func (l *loop) servers() (all []*server) {
	for _, s := range l.services {
		all = append(all, s.servers...)
	}
	return all
}

// redeclare gives a service new declarations and keeps what is known of it;
// restored has who belonged to it before a restart.
func (l *loop) redeclare(s *service, decl *Service, restored []Added) {
	before := s.servers
	s.decl, s.asking, s.decision = decl, false, ""
	s.restore(restored)
	s.added = slices.DeleteFunc(s.added, func(m Member) bool { return decl.declares(m.Addr) })
	l.rediscover(s, before, restored)
	all, refused := s.enrolled()
	l.misfits(s, refused)
	known := roster{servers: before}
	s.servers = make([]*server, len(all))
	for i, e := range all {
		srv := known.find(i, e.decl.Destination.Addr)
		if srv == nil {
			srv = l.newServer(s, e, l.since)
		} else {
			l.renew(srv, e, l.since)
		}
		s.servers[i] = srv
	}
	l.dismiss(s, before)
}

// dismiss has the servers leave that a service had before and has not any more.
func (l *loop) dismiss(s *service, before []*server) {
	stay := roster{servers: s.servers}
	left := map[netip.AddrPort]bool{}
	for i, srv := range before {
		if stay.find(i, srv.addr()) == nil {
			srv.gone, left[srv.addr()] = true, true
			l.loosen(srv)
			l.undeclare(s, srv, l.since)
		}
	}
	if len(left) > 0 && s.settled {
		s.members = without(s.members, func(a netip.AddrPort) bool { return left[a] })
	}
}

// roster finds servers by their address. Those that have kept their place need
// no map.
type roster struct {
	servers []*server
	byAddr  map[netip.AddrPort]*server
}

// find returns the server with an address, which may be at a place, or nil.
func (r *roster) find(place int, addr netip.AddrPort) *server {
	switch {
	case place < len(r.servers) && r.servers[place].addr() == addr:
		return r.servers[place]
	case r.byAddr == nil:
		r.byAddr = byAddr(r.servers)
	}
	return r.byAddr[addr]
}

// newServer makes a server of which nothing is known.
func (l *loop) newServer(s *service, e enrolment, now time.Time) *server {
	srv := &server{service: s, decl: e.decl, origin: e.origin, weight: e.decl.Destination.Weight}
	if e.decl.Combiner != nil {
		srv.combined = &combination{}
	}
	l.equip(srv, now)
	srv.weigh(now)
	return srv
}

// renew gives a server another declaration, and keeps what is known of it. A
// weight that was set holds until another one is declared.
func (l *loop) renew(srv *server, e enrolment, now time.Time) {
	if e.decl.Destination.Weight != srv.decl.Destination.Weight {
		srv.weight = e.decl.Destination.Weight
	}
	_, result := srv.verdict()
	srv.decl, srv.origin, srv.view = e.decl, e.origin, nil
	switch c := srv.combined; {
	case e.decl.Combiner == nil:
		srv.combined = nil
	case c == nil:
		srv.combined = &combination{state: srv.health, result: result}
	default:
		c.asking, c.again, c.void = false, false, false
	}
	l.equip(srv, now)
	l.inheritCourse(srv, srv.course, now)
	srv.weigh(now)
}

// setWeight changes the weight a server has when it serves.
func (l *loop) setWeight(key ipvs.ServiceKey, addr netip.AddrPort, weight int) error {
	s := l.services[key]
	if s == nil {
		return ErrNotInForce
	}
	srv := s.server(addr)
	if srv == nil {
		return ErrNotInForce
	}
	srv.weight = weight
	srv.weigh(time.Now())
	srv.view = nil
	l.touch(s)
	return nil
}
