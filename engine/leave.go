package engine

import (
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"

	"luavs/ipvs"
)

// known returns the services that the loop answers for: the declared ones, and
// those that leave.
func (l *loop) known() iter.Seq2[ipvs.ServiceKey, *service] {
	return func(yield func(ipvs.ServiceKey, *service) bool) {
		for _, all := range []map[ipvs.ServiceKey]*service{l.services, l.leaving} {
			for key, s := range all {
				if !yield(key, s) {
					return
				}
			}
		}
	}
}

// service returns a service that the loop answers for, or nil.
func (l *loop) service(key ipvs.ServiceKey) *service {
	if s := l.services[key]; s != nil {
		return s
	}
	return l.leaving[key]
}

// undeclare begins the way out of a server that does not belong to its service
// any more, and forgets its mark. Whoever serves before the first decision does so
// until then.
func (l *loop) undeclare(s *service, srv *server, now time.Time) {
	delete(l.marks, serverKey{s.key(), srv.addr()})
	if s.settled || !has(s.members, srv.addr()) {
		l.sendOut(s, srv, now)
		return
	}
	if s.parting == nil {
		s.parting = map[netip.AddrPort]*server{}
	}
	s.parting[srv.addr()] = srv
}

// former returns the server at an address, also if it does not belong to the
// service any more and serves on until the first decision; or nil.
func (s *service) former(addr netip.AddrPort) *server {
	if srv := s.server(addr); srv != nil {
		return srv
	}
	return s.parting[addr]
}

// sendOut begins the way out of a server if it serves. A drain that is under way
// goes on, and has an end from now on.
func (l *loop) sendOut(s *service, srv *server, now time.Time) {
	addr := srv.addr()
	srv.setMark(Mark{})
	if dr := s.drains[addr]; dr != nil {
		l.limit(s, dr, srv, now)
		return
	}
	for _, d := range s.members {
		if d.Addr == addr {
			l.startDrain(s, d, srv, now)
		}
	}
}

// depart has a service leave that is not declared any more: its destinations
// are drained, then it is deleted. One that is held stays as it is, for another
// policy. What the kernel holds is left alone if it is somebody else's, or may be:
// nothing of it was ever ours.
func (l *loop) depart(s *service, hold bool, now time.Time) {
	key := s.key()
	l.views.Delete(key)
	l.forgetSources(s.sources)
	switch {
	case s.foreign, s.adopted && !s.ours, !s.adopted && !l.records.claimed(key):
		l.stopChange(s)
		l.leaving[key] = s
		l.release(key)
		return
	case hold:
		l.yield(s)
		return
	}
	l.remember(s)
	l.stopChange(s)
	for _, srv := range s.servers {
		l.sendOut(s, srv, now)
	}
	for _, d := range s.members {
		if s.server(d.Addr) == nil {
			l.startDrain(s, d, s.parting[d.Addr], now)
		}
	}
	s.members, s.servers, s.sources, s.leaving = nil, nil, nil, true
	s.found, s.parting = nil, nil
	l.leaving[key] = s
	l.touched[s] = true
}

// remember notes what is known of a service that leaves, for when it is declared
// again. Of one that the kernel could never be asked about it is what was kept.
func (l *loop) remember(s *service) {
	if s.adopted {
		s.before = s.kept(l.name)
	} else if s.before = l.records.take(s.key()); s.before != nil {
		l.kept[s.key()] = s.before
	}
}

// yield gives up a service that is not declared any more, as it is, to who declares
// it next, or to who has it leave.
func (l *loop) yield(s *service) {
	key := s.key()
	l.remember(s)
	l.stopChange(s)
	l.records.put(key, s.before)
	s.leaving = true
	l.leaving[key] = s
	l.release(key)
	delete(l.kept, key)
}

// cede gives up services, as they are, to other policies, which declare them next.
// Some leave. Some are still declared, though not by the config that is put in
// force next: the term of the present one ends now, as those others may wait for
// each other.
func (l *loop) cede(keys []ipvs.ServiceKey) {
	declared := func(key ipvs.ServiceKey) bool { return l.services[key] != nil }
	if slices.ContainsFunc(keys, declared) {
		l.beginTerm()
	}
	for _, key := range keys {
		s := l.services[key]
		if s == nil {
			l.handOn(key)
			continue
		}
		delete(l.services, key)
		for _, srv := range s.servers {
			l.neglect(srv)
		}
		l.depart(s, true, time.Now())
	}
	l.order = slices.DeleteFunc(l.order, func(key ipvs.ServiceKey) bool { return !declared(key) })
}

// comeBack returns a service that leaves and is declared again, as it is, and who
// belonged to it without being declared; or nil, if it is to be started from what
// the kernel holds. Its marks are still there.
func (l *loop) comeBack(key ipvs.ServiceKey) (s *service, restored []Added) {
	if s = l.leaving[key]; s == nil || !s.drainsAlone() {
		l.handOn(key)
		return nil, nil
	}
	delete(l.leaving, key)
	s.leaving, s.settled, s.added = false, true, nil
	if s.before != nil {
		restored = s.before.Added
	}
	return s, restored
}

// drainsAlone tells whether all that the kernel holds of a service is on its way
// out, and something is: then it is known of each that serves it. Others may serve
// it still where the kernel has refused to let it go.
func (s *service) drainsAlone() bool {
	if !s.adopted || s.have == nil || len(s.have.Destinations) == 0 {
		return false
	}
	return !slices.ContainsFunc(s.have.Destinations, func(d ipvs.DestinationEntry) bool {
		dr := s.drains[d.Addr]
		return dr == nil || dr.over != ""
	})
}

// takeUp goes on with what was set of the servers of a service that has come
// back.
func (l *loop) takeUp(s *service, now time.Time) {
	if s.before == nil {
		return
	}
	l.forgetMarks(s, s.before)
	for _, srv := range s.servers {
		l.restoreSettings(srv, s.before.server(srv.addr()), now)
	}
	s.before = nil
}

// presumeDraining has servers that are on the way out, and of which nothing else
// is known, count as up: they were not down when they left.
func (s *service) presumeDraining() {
	if len(s.drains) == 0 {
		return
	}
	for _, srv := range s.servers {
		if dr := s.drains[srv.addr()]; dr != nil && dr.over == "" && srv.health == StateUnknown {
			srv.presume(StateUp, "served before its virtual server was taken out")
		}
	}
}

// release gives up a service that leaves, and does nothing to it in the kernel:
// it has left, or another policy declares it, which adopts it.
func (l *loop) release(key ipvs.ServiceKey) {
	s := l.leaving[key]
	if s == nil {
		return
	}
	for _, dr := range s.drains {
		l.queue.take(&dr.due)
	}
	maps.DeleteFunc(l.marks, func(k serverKey, _ Mark) bool { return k.service == key })
	delete(l.leaving, key)
	delete(l.touched, s)
}

// handOn gives up a service that leaves, as it is, to who declares it now: another
// policy, or this one, which has to read what the kernel holds of it.
func (l *loop) handOn(key ipvs.ServiceKey) {
	s := l.leaving[key]
	switch {
	case s == nil:
		return
	case !s.adopted:
		l.records.put(key, s.before)
	case s.have != nil:
		l.records.put(key, s.kept(l.name))
	}
	l.release(key)
	delete(l.kept, key) // it stays ours, and what is kept of it is for the other to say
}

// left forgets a service that has left.
func (l *loop) left(s *service) {
	if s.leaving && s.adopted && s.have == nil && len(s.drains) == 0 {
		l.release(s.key())
		l.records.disclaim(s.key())
	}
}

// stuck returns the services that leave and have nothing to wait for.
func (l *loop) stuck() (keys []ipvs.ServiceKey) {
	for key, s := range l.leaving {
		if len(s.draining()) == 0 {
			keys = append(keys, key)
		}
	}
	return keys
}
