package engine

import (
	"net/netip"
	"time"

	"luavs/checks"
)

// maxKeptText bounds a reason that is kept, in bytes.
const maxKeptText = 512

// keep hands on what must outlive the process, of services of which something
// may have changed. It comes before the kernel is brought in line, so that
// there never is a service of ours of which nothing is kept.
func (l *loop) keep() {
	defer clear(l.unkept)
	if l.records.keeper == nil {
		return
	}
	now := time.Now()
	for s := range l.touched {
		l.foresee(s, now)
		l.unkept[s] = true
	}
	for s := range l.unkept {
		key := s.key()
		if !s.adopted || l.service(key) != s || l.awaited(s, now) {
			continue
		}
		if k := s.kept(l.name); !k.same(l.kept[key]) {
			l.kept[key] = k
			l.records.keep(key, k)
		}
	}
}

// forget keeps no longer what is known of services that are gone from the
// kernel and not declared any more.
func (l *loop) forget() {
	for key := range l.kept {
		if l.service(key) == nil {
			delete(l.kept, key)
			l.records.keep(key, nil)
		}
	}
}

// kept returns what is kept of a service. Of one that leaves it is what was known
// when it was declared last, because it may be declared again.
func (s *service) kept(policy string) *Kept {
	if s.leaving && s.before != nil {
		k := *s.before
		k.Policy, k.Drains = policy, s.keptDrains()
		return &k
	}
	serves := make(map[netip.AddrPort]bool, len(s.members))
	for _, d := range s.members {
		serves[d.Addr] = d.Weight > 0
	}
	k := &Kept{
		Policy: policy, Name: s.decl.Name, Added: s.joined(), Drains: s.keptDrains(), Quorum: s.quorum, Step: s.change.kept(),
		Drain: s.decl.Drain, Servers: make([]KeptServer, len(s.servers)),
	}
	for i, srv := range s.servers {
		k.Servers[i] = srv.kept()
		k.Servers[i].Serves = serves[srv.addr()]
	}
	return k
}

func (s *service) keptDrains() (all []KeptDrain) {
	for _, d := range s.draining() {
		all = append(all, KeptDrain{d.Destination.Addr, d.Destination.Weight, cut(d.Why), d.Since, d.Until})
	}
	return all
}

func (srv *server) kept() KeptServer {
	k := KeptServer{
		Addr: srv.addr(), State: srv.state, Health: srv.health, Since: srv.since, Reason: cut(srv.reason), Failed: srv.failed,
		Weight: srv.weight, Declared: srv.decl.Destination.Weight, Drain: srv.decl.Drain, Checks: make([]KeptCheck, len(srv.checks)),
	}
	if srv.marked != nil {
		mark := srv.mark()
		k.Mark = &mark
	}
	if c := srv.course; c != nil {
		k.Flaps, k.Held, k.HeldUntil, k.RampSince = c.flaps, c.held, c.heldUntil, c.rampSince
	}
	for i, w := range srv.checks {
		last := w.result()
		k.Checks[i] = KeptCheck{
			ID: w.check.ID, State: w.health.State, Streak: w.health.Streak, Lean: w.health.lean, Advice: w.advised(),
			Reason: cut(last.Reason), Cause: last.Cause, Memory: cut(last.Memory), At: w.at,
		}
	}
	if c := srv.combined; c != nil {
		k.Combined = &KeptCheck{State: c.state, Advice: c.advice, Reason: cut(c.result.Reason), Cause: c.result.Cause}
	}
	return k
}

// result is the answer that was kept, as far as it was.
func (k KeptCheck) result() checks.Result {
	r := checks.Result{Reason: k.Reason, Cause: k.Cause, Memory: k.Memory, Advice: k.Advice}
	switch k.State {
	case StateUp:
		r.Outcome = checks.Pass
	case StateDown:
		r.Outcome = checks.Fail
	}
	return r
}

func cut(text string) string { return text[:min(len(text), maxKeptText)] }
