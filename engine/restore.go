package engine

import (
	"net/netip"
	"time"

	"luavs/ipvs"
)

// A belief is what to think of a server when the process starts.
type belief uint8

const (
	believeNothing belief = iota // its first answer decides alone
	believeKernel                // it is up, because it serves
	believeKept                  // what was kept
)

// believe weighs what was kept of a server against whether the kernel has it
// serve. Both may be old: the process may have ended between a change of the
// one and of the other.
//
//	kept     served by the last decision   serves in the kernel   believed
//	nothing  -                             yes                    kernel
//	nothing  -                             no                     nothing
//	up       any                           yes                    kept
//	up       yes                           no                     nothing: it left since
//	up       no                            no                     kept: nobody chose it
//	down     yes                           yes                    kept: chosen all the same
//	down     no                            yes                    kernel: it came back since
//	down     any                           no                     kept
func believe(k *KeptServer, serves bool) belief {
	switch {
	case k == nil || k.Health == StateUnknown || k.Health == StateDown && !k.Serves && serves:
		if serves {
			return believeKernel
		}
		return believeNothing
	case k.Health == StateUp && k.Serves && !serves:
		return believeNothing
	}
	return believeKept
}

// recall marks the servers of a service that were marked before a restart, and
// returns who belonged to it without being declared.
func (l *loop) recall(key ipvs.ServiceKey) []Added {
	kept := l.records.of(key)
	if kept == nil {
		return nil
	}
	l.recallMarks(key, kept)
	return kept.Added
}

func (l *loop) recallMarks(key ipvs.ServiceKey, kept *Kept) {
	now := time.Now()
	for _, k := range kept.Servers {
		if k.Mark != nil {
			m := *k.Mark
			m.Since, m.Until = notAhead(m.Since, m.Until, now)
			l.marks[serverKey{key, k.Addr}] = m
		}
	}
}

// forgetMarks forgets the marks that were kept of servers which do not belong to
// the service any more.
func (l *loop) forgetMarks(s *service, kept *Kept) {
	if kept == nil {
		return
	}
	for _, k := range kept.Servers {
		if k.Mark != nil && s.server(k.Addr) == nil {
			delete(l.marks, serverKey{s.key(), k.Addr})
		}
	}
}

// notAhead returns a time that was kept, which began at since and ends at until,
// perhaps never. If the clock was set back to before that, it begins now and is as
// long as it was.
func notAhead(since, until, now time.Time) (time.Time, time.Time) {
	since, until = anchored(since, now), anchored(until, now)
	ahead := since.Sub(now)
	switch {
	case ahead <= 0:
		return since, until
	case until.IsZero():
		return now, until
	}
	return now, until.Add(-ahead)
}

// restore starts a server from what the kernel holds and what was kept. Of
// health nothing is believed of a service that the kernel does not hold at all:
// the machine was started anew, or somebody emptied the table.
func (l *loop) restore(srv *server, s *service, k *KeptServer, now time.Time) {
	addr := srv.addr()
	serves := serves(s.have, addr)
	l.restoreSettings(srv, k, now)
	if s.have == nil {
		return
	}
	switch believe(k, serves && !s.change.holds(addr)) {
	case believeKernel:
		srv.presume(StateUp, wasServing)
	case believeKept:
		srv.remember(k)
		srv.passedOver = srv.health == StateUp && !serves
	}
}

// restoreSettings goes on with what was set of a server, and with its course.
func (l *loop) restoreSettings(srv *server, k *KeptServer, now time.Time) {
	if k == nil {
		return
	}
	l.restoreCourse(srv, k, now)
	if k.Declared == srv.decl.Destination.Weight {
		srv.weight = k.Weight
	}
}

// remember takes over what was kept of the health of a server.
func (srv *server) remember(k *KeptServer) {
	srv.state, srv.health, srv.since, srv.reason, srv.failed = k.State, k.Health, k.Since, k.Reason, k.Failed
	for _, w := range srv.checks {
		if !w.answered {
			w.remember(k)
		}
	}
	if c := srv.combined; c != nil && !c.answered {
		if c.state, c.result.Reason = k.Health, k.Reason; k.Combined != nil {
			c.state, c.advice, c.result = k.Combined.State, k.Combined.Advice, k.Combined.result()
		}
	}
}

// remember takes over what was kept of the same check, or else starts from the
// state of the server.
func (w *watch) remember(k *KeptServer) {
	for _, c := range k.Checks {
		if c.ID == w.check.ID {
			w.health = Health{State: c.State, Streak: max(c.Streak, 0), lean: min(max(c.Lean, 0), whole-1)}
			last := c.result()
			w.last, w.at = &last, c.At
			w.advise(c.Advice)
			return
		}
	}
	health := Health{State: k.Health}
	if k.HeldUntil.After(time.Now()) {
		health.State = StateUp // as its checks said
	}
	w.presumes(health, k.Reason)
}

// restoreCourse goes on with what of a server's state is a matter of time, as
// far as its settings ask for it. A clock that was set back does not make a
// hold longer than it may be.
func (l *loop) restoreCourse(srv *server, k *KeptServer, now time.Time) {
	old := &course{flaps: k.Flaps, held: k.Held, heldUntil: anchored(k.HeldUntil, now), rampSince: anchored(k.RampSince, now)}
	if latest := now.Add(srv.decl.HoldDown.Max); old.heldUntil.After(latest) {
		old.heldUntil = latest
	}
	if old.flaps > 0 || !old.rampSince.IsZero() {
		l.inheritCourse(srv, old, now)
	}
}

// restoreDrains goes on with the drains of a service that are under way in the
// kernel too, until the same time as before. One without an end whose server does
// not belong to the service any more has one now.
func (l *loop) restoreDrains(s *service, k *Kept, now time.Time) {
	if k == nil {
		return
	}
	for _, kept := range k.Drains {
		e := entryAt(s.have, kept.Addr)
		if e == nil || e.Weight > 0 {
			continue
		}
		dr := Drain{Destination: e.Destination, Why: kept.Why}
		dr.Destination.Weight = kept.Weight
		dr.Since, dr.Until = notAhead(kept.Since, kept.Until, now)
		if end := l.markOf(s, kept.Addr).Until; !end.IsZero() {
			dr.Until = end
		}
		resumed := l.resumeDrain(s, dr, now)
		if s.server(kept.Addr) == nil {
			l.limit(s, resumed, k.former(s, dr.Destination), now)
		}
	}
}

// former returns a server that was kept and does not belong to its service any
// more, as far as it matters for how it leaves; nil if it was not kept.
func (k *Kept) former(s *service, d ipvs.Destination) *server {
	kept := k.server(d.Addr)
	if kept == nil {
		return nil
	}
	return &server{service: s, decl: &Server{Destination: d, Drain: kept.Drain}, weight: d.Weight, health: kept.Health}
}

// server returns what was kept of a server, or nil.
func (k *Kept) server(addr netip.AddrPort) *KeptServer {
	if k != nil {
		for i := range k.Servers {
			if k.Servers[i].Addr == addr {
				return &k.Servers[i]
			}
		}
	}
	return nil
}
