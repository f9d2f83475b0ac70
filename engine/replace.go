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
	l.endTerm()
	l.term, l.endTerm = context.WithCancel(l.life)
	l.gate.running -= l.polling.begin(l.term)
	l.turn++
	l.since, l.restarted = time.Now(), c.Restarted
	l.counted.Loads++
	for j := range l.jobs {
		l.stopJob(j)
	}
	l.seat(c.Handle)
	l.observer = c.Observer
	l.setIsolation(c.Isolation)
	l.gate.reset(cmp.Or(c.ProbesAtOnce, probesAtOnce))
	l.declare(c.Services)
	l.declarePaths()
	for _, j := range c.Jobs {
		l.startJob(j)
	}
	l.unread = true
	kind := EventReload
	if l.turn == 1 {
		kind = EventStart
	}
	l.note(event{kind: kind})
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
	old, gone := l.services, l.servers()
	l.shared = sharing{}
	l.services = make(map[ipvs.ServiceKey]*service, len(decls))
	l.order = l.order[:0]
	for _, decl := range decls {
		key := decl.Spec.ServiceKey
		s, restored := old[key], []Added(nil)
		if s == nil {
			s, restored = l.comeBack(key)
		}
		if s == nil {
			s = &service{drains: map[netip.AddrPort]*drain{}}
			restored = l.recall(key)
		}
		delete(old, key)
		l.services[key] = s
		l.order = append(l.order, key)
		l.redeclare(s, decl, restored)
		l.takeUp(s, l.since)
		s.presumeDraining()
		s.publish(l.name)
		l.views.Store(key, s)
		l.touch(s)
	}
	for _, srv := range gone {
		l.dropServer(srv)
	}
	l.judgeAll()
	for _, s := range old {
		l.depart(s, l.since)
	}
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
func (l *loop) redeclare(s *service, decl Service, restored []Added) {
	old := byAddr(s.servers)
	s.decl, s.servers, s.asking, s.decision = decl, nil, false, ""
	s.restore(restored)
	s.added = slices.DeleteFunc(s.added, func(m Member) bool { return decl.declares(m.Addr) })
	l.rediscover(s, restored)
	all, refused := s.enrolled()
	l.misfits(s, refused)
	for _, e := range all {
		addr := e.decl.Destination.Addr
		s.servers = append(s.servers, l.newServer(s, e, old[addr]))
		delete(old, addr)
	}
	for _, srv := range old {
		l.undeclare(s, srv, l.since)
	}
	s.members = without(s.members, func(a netip.AddrPort) bool { return old[a] != nil })
}

func (l *loop) dropServer(srv *server) {
	for _, w := range srv.checks {
		l.drop(w)
	}
	if srv.course != nil {
		l.queue.take(&srv.course.due)
	}
}

// newServer makes a server from its declaration and what is known of the one
// before, if there was one.
func (l *loop) newServer(s *service, e enrolment, old *server) *server {
	decl := e.decl
	srv := &server{decl: decl, origin: e.origin, weight: decl.Destination.Weight}
	if old != nil {
		srv.health, srv.mark = old.health, old.mark
		srv.state, srv.since, srv.reason, srv.result = old.state, old.since, old.reason, old.result
		srv.active, srv.inactive, srv.stats = old.active, old.inactive, old.stats
		if old.weight == srv.weight {
			srv.decl.Destination.Weight = old.decl.Destination.Weight
		}
	}
	now := time.Now()
	for _, c := range decl.Checks {
		w := l.watch(user{s, srv}, c)
		srv.checks = append(srv.checks, w)
		if due, known := w.inherit(old, now); known || len(w.users) == 1 {
			l.queue.put(&w.due, due)
		}
	}
	if decl.Combiner != nil {
		srv.combined = &combination{}
		if old != nil && old.combined != nil {
			*srv.combined = combination{state: old.combined.state, result: old.combined.result, advice: old.combined.advice, answered: old.combined.answered}
		} else if old != nil {
			srv.combined.state, srv.combined.result = old.health, old.result
		}
	}
	if old != nil {
		srv.failed = old.failed
		l.inheritCourse(srv, s, old.course, now)
	}
	srv.weigh(now)
	return srv
}

// inherit takes over what the same check knew of the server before, if it did
// not from another server that shares it, and returns when the watch is due. A
// check that is new to a known server starts from the server's state, so that a
// reload turns no verdict.
func (w *watch) inherit(old *server, now time.Time) (due time.Time, known bool) {
	first := w.rhythm.first(now)
	if limit := w.check.awaits(); limit > 0 {
		first = now.Add(limit)
	}
	if old == nil || w.answered {
		return first, false
	}
	for _, o := range old.checks {
		if o.check.ID != w.check.ID {
			continue
		}
		w.health, w.advice, w.last, w.at = o.health, o.advice, o.last, o.at
		if !w.check.Limits.equal(o.check.Limits) {
			w.health = w.health.under(w.check.Limits)
		}
		w.silent, w.wasUp = o.silent, o.wasUp
		w.runs, w.errors, w.answered = o.runs, o.errors, o.answered
		return w.resume(o, now), true
	}
	switch {
	case old.course.holds(now):
		w.health = Health{State: StateUp} // as its checks say
	case old.health != StateUnknown:
		w.health = Health{State: old.health}
	}
	return first, false
}

// resume returns when the watch is due after the one it replaces: as before if
// the schedule is the same, soon if it is another one or a run was broken off.
func (w *watch) resume(old *watch, now time.Time) time.Time {
	interval, isEvery := w.check.Schedule.(Every)
	before, wasEvery := old.check.Schedule.(Every)
	switch {
	case w.check.awaits() > 0:
		return old.deadline()
	case !old.answered || old.due.place == 0 || isEvery != wasEvery || interval != before:
		return w.rhythm.first(now)
	case isEvery:
		return old.due.at
	}
	return w.check.Schedule.Next(now)
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
	srv.decl.Destination.Weight = weight
	srv.weigh(time.Now())
	srv.view = nil
	l.touch(s)
	return nil
}
