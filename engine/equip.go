package engine

import (
	"slices"
	"time"
)

// equip gives a server the checks that it declares. Those that it had go on if
// they are declared again.
func (l *loop) equip(srv *server, now time.Time) {
	before := srv.checks
	srv.checks = make([]*watch, len(srv.decl.Checks))
	for i := range srv.decl.Checks {
		srv.checks[i] = l.watch(srv, &srv.decl.Checks[i], before, now)
	}
	l.loose = append(l.loose, before...)
}

// watch returns the watch of a check on a server: the one that asks the same for
// another server already, or the one that the server had before, or a new one.
func (l *loop) watch(srv *server, c *Check, before []*watch, now time.Time) *watch {
	w, old := l.shared.find(c, srv.addr()), l.declaredAs(c.ID, before)
	switch {
	case w != nil:
		w.users = append(w.users, srv)
		if !w.answered && w != old {
			l.inherit(w, srv, old, now)
		}
		return w
	case old != nil && old.turn != l.turn:
		w = old
		l.goOn(w, srv, c, now)
	default:
		w = l.newWatch(srv, c, now)
		l.inherit(w, srv, old, now)
	}
	l.shared.add(w, srv.addr())
	return w
}

// declaredAs returns the watch of the same check, one that nobody has claimed
// yet if there is one, or nil.
func (l *loop) declaredAs(id string, before []*watch) (found *watch) {
	for _, w := range before {
		if w.check.ID == id && (found == nil || w.turn != l.turn) {
			found = w
		}
	}
	return found
}

// goOn has a watch go on by a new declaration of the same check.
func (l *loop) goOn(w *watch, srv *server, c *Check, now time.Time) {
	clear(w.users)
	before := w.check
	w.check, w.users, w.turn = c, append(w.users[:0], srv), l.turn
	w.polled, w.again = l.polling.takes(c.Probe), false
	if !c.Limits.equal(before.Limits) {
		w.health = w.health.under(c.Limits)
	}
	due := l.dueAfter(w, w, before, now)
	if due != l.queue.when(w) {
		w.beat = time.Time{}
	}
	l.queue.put(w, due)
	w.locate(l.addrs)
	l.follow(w)
}

// inherit takes over what the same check knew of the server before, which goes
// on for others. A check that is new to a known server starts from the server's
// state, so that a reload turns no verdict.
func (l *loop) inherit(w *watch, srv *server, old *watch, now time.Time) {
	switch {
	case old != nil:
		w.health, w.advice, w.last, w.took, w.at = old.health, old.advice, old.last, old.took, old.at
		if !w.check.Limits.equal(old.check.Limits) {
			w.health = w.health.under(w.check.Limits)
		}
		w.silent, w.discounted = old.silent, old.discounted
		w.runs, w.errors, w.answered = old.runs, old.errors, old.answered
		l.queue.put(w, l.dueAfter(w, old, old.check, now))
	case srv.course.holds(now):
		w.health = Health{State: StateUp} // as its checks say
	case srv.health != StateUnknown:
		w.health = Health{State: srv.health}
	}
}

// dueAfter returns when a watch is due after an old one, which was declared
// before: when that was if the schedule is the same, soon if it is another one
// or a run was broken off.
func (l *loop) dueAfter(w, old *watch, before *Check, now time.Time) time.Time {
	interval, isEvery := w.check.Schedule.(Every)
	earlier, wasEvery := before.Schedule.(Every)
	switch {
	case w.check.awaits() > 0:
		return l.queue.when(old)
	case !old.answered || !old.due.taken() || isEvery != wasEvery || interval != earlier:
		return w.rhythm().first(now)
	case isEvery:
		return l.queue.when(old)
	}
	return w.check.Schedule.Next(now)
}

// loosen gives up what is done for a server that is not declared any more.
func (l *loop) loosen(srv *server) {
	l.loose = append(l.loose, srv.checks...)
	if srv.course != nil {
		l.queue.take(&srv.course.due)
	}
}

// dropLoose ends the watches that no server has declared again.
func (l *loop) dropLoose() {
	for _, w := range l.loose {
		if w.turn != l.turn && !w.gone {
			l.drop(w)
		}
	}
	l.loose = nil
}

// neglect ends what is done for a server. A check that it shares goes on for the
// others.
func (l *loop) neglect(srv *server) {
	for _, w := range srv.checks {
		l.takeFrom(srv, w)
	}
	if srv.course != nil {
		l.queue.take(&srv.course.due)
	}
}

// takeFrom ends a watch, or has it go on without a server that leaves.
func (l *loop) takeFrom(srv *server, w *watch) {
	if len(w.users) == 1 {
		l.drop(w)
		return
	}
	w.users = slices.DeleteFunc(w.users, func(u *server) bool { return u == srv })
}
