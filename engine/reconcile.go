package engine

import (
	"net/netip"
	"slices"
	"time"

	"luavs/ipvs"
)

// maxLogged is how many steps of one batch are logged one by one.
const maxLogged = 40

// read reads what the kernel holds of our services. What it holds of others is
// not even looked at.
func (l *loop) read() {
	l.unread, l.drains.unread = false, false
	keys := make([]ipvs.ServiceKey, 0, len(l.services)+len(l.leaving))
	for key := range l.known() {
		keys = append(keys, key)
	}
	if len(keys) > 0 && l.readKeys(keys) {
		l.doubt = false
	}
}

// readKeys reads what the kernel holds of some services, and tells whether it
// could.
func (l *loop) readKeys(keys []ipvs.ServiceKey) bool {
	table, err := l.kernel.Table(keys...)
	if err != nil {
		l.cannotRead(err)
		return false
	}
	if l.unreadable != "" {
		l.log.Info("the kernel can be read again")
	}
	l.unreadable = ""
	l.take(keys, table)
	return true
}

func (l *loop) cannotRead(err error) {
	if l.unreadable != err.Error() {
		l.log.Error("the kernel's table cannot be read; it is tried again", "every", resyncEvery, "err", err)
	}
	l.unreadable = err.Error()
	for _, s := range l.services {
		s.refusal = l.unreadable
		l.touched[s] = true
	}
}

// take compares a reading of some services with what was known, and keeps it.
func (l *loop) take(keys []ipvs.ServiceKey, table ipvs.Table) {
	held := make(map[ipvs.ServiceKey]*ipvs.Entry, len(table))
	for i := range table {
		held[table[i].ServiceKey] = &table[i]
	}
	now := time.Now()
	for _, key := range keys {
		s := l.service(key)
		switch {
		case l.foreign(s, held[key]):
			l.refuse(s)
			continue
		case !s.adopted:
			l.adopt(s, held[key])
		case !l.doubt && !s.leaving:
			l.compare(s, s.expected(held[key]), held[key], now)
		}
		s.have = held[key]
		s.refusal = ""
		s.count()
		l.countDrains(s, now)
		l.standIn(s)
		l.touched[s] = true
	}
}

// expected is what a reading should find: what was there before, but for what
// drains, which others may delete.
func (s *service) expected(held *ipvs.Entry) *ipvs.Entry {
	if s.have == nil || len(s.drains) == 0 {
		return s.have
	}
	e := *s.have
	e.Destinations = slices.DeleteFunc(slices.Clone(e.Destinations), func(d ipvs.DestinationEntry) bool {
		return s.drains[d.Addr] != nil && !entryHas(held, d.Addr)
	})
	return &e
}

// adopt starts a service from what the kernel holds of it and what was kept of
// it: who serves stays, and a server with a weight counts as up until a check
// says otherwise.
func (l *loop) adopt(s *service, have *ipvs.Entry) {
	s.adopted, s.have = true, have
	if s.leaving {
		l.adoptLeaving(s, time.Now())
		return
	}
	s.put, s.foreign = have, false
	l.records.claim(s.key())
	l.touch(s)
	now := time.Now()
	kept := l.records.take(s.key())
	if kept != nil && have != nil {
		s.quorum, s.change = kept.Quorum, kept.Step.change(now)
	}
	l.restoreDrains(s, kept, now)
	if have != nil {
		s.members = without(destinations(have), func(a netip.AddrPort) bool { return s.drains[a] != nil })
	}
	for _, srv := range s.servers {
		l.restore(srv, s, kept.server(srv.decl.Destination.Addr), now)
		l.judgeSharers(srv, s, now)
		l.judge(srv, s, now)
	}
}

// judgeSharers judges the servers of other services that share a check with a
// server of s.
func (l *loop) judgeSharers(srv *server, s *service, now time.Time) {
	for _, w := range srv.checks {
		for _, u := range w.users {
			if u.service != s && u.service.adopted && l.judge(u.server, u.service, now) {
				l.touch(u.service)
			}
		}
	}
}

// wasServing is why a server counts as up that the kernel held at the start.
const wasServing = "was serving when LuaVS started"

// presume gives the checks that have not answered yet a state to start from.
func (srv *server) presume(state State, reason string) {
	for _, w := range srv.checks {
		if !w.answered {
			w.health = Health{State: state}
			w.last.Reason = reason
		}
	}
	if c := srv.combined; c != nil && !c.answered {
		c.state, c.result.Reason = state, reason
	}
}

// count copies the kernel's counters of each destination to its server.
func (s *service) count() {
	entries := map[netip.AddrPort]*ipvs.DestinationEntry{}
	if s.have != nil {
		for i := range s.have.Destinations {
			entries[s.have.Destinations[i].Addr] = &s.have.Destinations[i]
		}
	}
	for _, srv := range s.servers {
		e := entries[srv.decl.Destination.Addr]
		if e == nil {
			e = &ipvs.DestinationEntry{}
		}
		if srv.active != e.Active || srv.inactive != e.Inactive || srv.stats != e.Stats {
			srv.active, srv.inactive, srv.stats = e.Active, e.Inactive, e.Stats
			srv.view = nil
		}
	}
}

// reconcile brings the kernel in line with the services that were touched. A
// refusal means that the kernel is not as it was thought to be: it is read and
// tried once more, and again at each resync.
func (l *loop) reconcile() {
	if l.unreadable == "" && !l.apply() {
		if l.read(); l.unreadable == "" {
			l.apply()
		}
	}
	for s := range l.touched {
		l.finish(s)
		l.left(s)
		s.publish(l.name)
	}
	clear(l.touched)
}

// apply makes the steps that touched services need, and tells whether the kernel
// took them all.
func (l *loop) apply() bool {
	var have, want ipvs.Table
	now := time.Now()
	wanted := make(map[*service]*ipvs.Entry, len(l.touched))
	for s := range l.touched {
		if !s.adopted {
			continue
		}
		have = append(have, single(s.have)...)
		if wanted[s] = desired(s.view.Load(), s.have); !s.leaving {
			wanted[s] = l.slowed(s, wanted[s], now)
		}
		want = append(want, single(wanted[s])...)
	}
	steps := Plan(have, want)
	if len(steps) == 0 {
		return true
	}
	l.records.secure(l.life, steps)
	errs := l.kernel.Apply(stepChanges(steps))
	l.report(steps, errs)
	if errs != nil {
		l.doubt = true
		return false
	}
	for s, e := range wanted {
		s.have, s.put, s.refusal, s.reported = e, e, "", ""
	}
	return true
}

// report logs what was done and refused, and notes it with the services.
func (l *loop) report(steps []Step, errs []error) {
	done := map[ipvs.ServiceKey][]string{}
	refused := map[ipvs.ServiceKey]bool{}
	for i, step := range steps {
		key := step.Service.ServiceKey
		if errs != nil && errs[i] != nil {
			l.counted.Refusals++
			if !refused[key] { // what else of it is refused mostly follows from the first
				l.refused(step, errs[i])
			}
			refused[key] = true
			continue
		}
		if i < maxLogged {
			l.log.Info("kernel", "change", step)
		}
		l.counted.Changes++
		done[key] = append(done[key], step.String())
	}
	if len(steps) > maxLogged {
		l.log.Info("kernel", "changes", len(steps), "not shown", len(steps)-maxLogged)
	}
	for _, key := range l.order {
		if lines := done[key]; lines != nil {
			l.note(event{kind: EventChange, service: l.services[key], changes: lines})
		}
	}
}

// refused notes a refusal with its service, and logs it unless it was logged
// at the last try.
func (l *loop) refused(step Step, err error) {
	s := l.service(step.Service.ServiceKey)
	if s.refusal = err.Error(); s.reported == s.refusal {
		return
	}
	s.reported = s.refusal
	l.log.Warn("the kernel refused a change; it is tried again", "every", resyncEvery, "change", step, "err", err)
}

// single returns a table of one entry, or none.
func single(e *ipvs.Entry) ipvs.Table {
	if e == nil {
		return nil
	}
	return ipvs.Table{*e}
}

func stepChanges(steps []Step) []ipvs.Change {
	changes := make([]ipvs.Change, len(steps))
	for i, s := range steps {
		changes[i] = s.Change
	}
	return changes
}

func stepLines(steps []Step) []string {
	lines := make([]string, len(steps))
	for i, s := range steps {
		lines[i] = s.String()
	}
	return lines
}
