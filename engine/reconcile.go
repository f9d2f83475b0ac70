package engine

import (
	"time"

	"luavs/ipvs"
)

// maxLogged is how many steps of one batch are logged one by one.
const maxLogged = 40

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
		l.present(s)
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
		e := l.wants(s, now)
		if e == s.have {
			continue
		}
		wanted[s] = e
		have = append(have, single(s.have)...)
		want = append(want, single(e)...)
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

// wants returns what the kernel should hold of a service: what it has of it if
// nothing is to be changed.
func (l *loop) wants(s *service, now time.Time) *ipvs.Entry {
	v := s.outline(l.name)
	var newcomers []ipvs.Destination
	if !s.settled {
		newcomers = s.newcomers()
	}
	want := desired(&v, newcomers, s.have)
	if s.leaving {
		return want
	}
	return l.slowed(s, want, now)
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
		if l.hears(EventChange, key) {
			done[key] = append(done[key], step.String())
		}
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
