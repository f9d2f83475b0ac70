package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"luavs/ipvs"
)

// Hold has services that policies do not declare any more stay in the kernel as
// they are until [Engine.Release], so that they can move from one policy to
// another. What is known of them goes along, as over a restart.
func (e *Engine) Hold() { e.records.setHold(true) }

// Release gives up the services that were ours when the daemon last ran, or that
// were held, and that no policy declares any more: they leave the kernel as those
// of a policy that is unloaded. It is for use once all policies are loaded. With a
// context that has ended it gives up nothing.
func (e *Engine) Release(ctx context.Context) error {
	return e.do(ctx, func(loops fleet) error {
		e.records.setHold(false)
		if err := e.tidy(ctx, loops); err != nil {
			return err
		}
		var failed []error
		for policy, keys := range e.records.left() {
			failed = append(failed, e.release(ctx, loops, policy, keys))
		}
		return errors.Join(failed...)
	})
}

// release has the loop of a policy give up services for which no loop answers, or
// a loop that is started for it.
func (e *Engine) release(ctx context.Context, loops fleet, policy string, keys []ipvs.ServiceKey) error {
	left := slices.DeleteFunc(keys, func(key ipvs.ServiceKey) bool { _, taken := e.claims[key]; return taken })
	if len(left) == 0 {
		return nil
	}
	e.log.Info("no policy declares these services any more; they are given up", "policy", policy, "services", left)
	m := loops[policy]
	if m == nil {
		m = e.start(policy)
		m.retired = true
		loops[policy] = m
	}
	if err := m.do(ctx, func() error { m.giveUp(left); return nil }); err != nil {
		return err
	}
	for _, key := range left {
		e.claims[key] = claim{by: m, leaves: true}
	}
	return e.tidy(ctx, loops)
}

// giveUp makes services leave that this process never declared.
func (l *loop) giveUp(keys []ipvs.ServiceKey) {
	for _, key := range keys {
		kept := l.records.take(key)
		l.kept[key] = kept
		l.recallMarks(key, kept)
		l.leaving[key] = &service{
			decl:   &Service{Name: kept.Name, Spec: ipvs.Service{ServiceKey: key}, Drain: kept.Drain},
			before: kept, leaving: true,
		}
	}
	l.unread = true
}

// adoptLeaving has a service leave as the policy that declared it last would
// have it, now that it is known what the kernel holds of it.
func (l *loop) adoptLeaving(s *service, now time.Time) {
	if s.have == nil {
		return
	}
	decl := *s.decl
	decl.Spec = s.have.Service
	s.decl = &decl
	l.restoreDrains(s, s.before, now)
	for _, d := range destinations(s.have) {
		if s.drains[d.Addr] != nil {
			continue
		}
		l.startDrain(s, d, s.before.former(s, d), now)
	}
}
