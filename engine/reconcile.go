package engine

import (
	"maps"
	"slices"
	"time"

	"luavs/ipvs"
)

// reconcile brings the kernel in line with the services that were touched. A
// refusal means that of this service the kernel does not hold what it was thought
// to: it is read and tried once more, and again at each resync.
func (l *loop) reconcile() {
	if l.unreadable == "" {
		if refused := l.apply(); len(refused) > 0 && l.readKeys(refused) {
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

// apply makes the steps that touched services need, and returns those of which the
// kernel refused one.
func (l *loop) apply() (refused []ipvs.ServiceKey) {
	var have, want ipvs.Table
	now := time.Now()
	wanted := make(map[*service]*ipvs.Entry, len(l.touched))
	for s := range l.touched {
		if !s.adopted {
			continue
		}
		e := l.wants(s, now)
		if e == s.have {
			if s.refusal == "" {
				s.reported = "" // what was refused is not wanted any more
			}
			continue
		}
		if !l.records.isSafe(s.key()) {
			l.insecure[s.key()] = true
			continue
		}
		wanted[s] = e
		have = append(have, single(s.have)...)
		want = append(want, single(e)...)
	}
	l.secure()
	steps := Plan(have, want)
	if len(steps) == 0 {
		return nil
	}
	o := l.carryOut(steps)
	l.report(o)
	partly := o.partly()
	for s, e := range wanted {
		if taken, short := partly[s.key()]; short {
			s.have = after(s.have, taken)
			refused = append(refused, s.key())
		} else {
			s.have, s.put, s.refusal, s.reported = e, e, "", ""
		}
		if s.have != nil {
			l.own(s)
		}
	}
	return refused
}

// secure has those services known as ours on the disk that wait for that before
// the kernel is changed. The loop goes on meanwhile, and the others with it: a disk
// may take its time.
func (l *loop) secure() {
	if l.securing || len(l.insecure) == 0 {
		return
	}
	l.securing = true
	keys := slices.Collect(maps.Keys(l.insecure))
	l.tasks.Go(func() {
		l.records.secure(l.life, keys)
		l.send(l.secured)
	})
}

// secured goes on with the services that wait for the disk, as far as they are
// still ours.
func (l *loop) secured() {
	l.securing = false
	for key := range l.insecure {
		if s := l.service(key); s != nil {
			l.touched[s] = true
		}
	}
	clear(l.insecure)
}

// wants returns what the kernel should hold of a service: what it has of it if
// nothing is to be changed.
func (l *loop) wants(s *service, now time.Time) *ipvs.Entry {
	v := s.outline(l.name)
	want := desired(&v, s.have)
	if s.leaving {
		return want
	}
	return l.slowed(s, want, now)
}

// report logs what was done and refused, and notes it with the services.
func (l *loop) report(o outcome) {
	changes, refusals := o.log(l.log, l.paths.again, l.refused)
	l.counted.Changes += changes
	l.counted.Refusals += refusals
	done := map[ipvs.ServiceKey][]string{}
	for i, step := range o.steps {
		key := step.Service.ServiceKey
		switch {
		case o.errs[i] != nil && leavesDoubt(o.errs[i]):
			l.service(key).doubt = true
		case o.errs[i] == nil && l.hears(EventChange, key):
			done[key] = append(done[key], step.String())
		}
	}
	for key := range o.waits {
		l.service(key).refusal += "; those who are to leave serve on until it is taken"
	}
	for _, key := range l.order {
		if lines := done[key]; lines != nil {
			l.note(event{kind: EventChange, service: l.services[key], changes: lines})
		}
	}
}

// refused notes a refusal with its service, and tells whether it is another than
// that of the last try.
func (l *loop) refused(step Step, err error) bool {
	s := l.service(step.Service.ServiceKey)
	before := s.reported
	s.reported = err.Error()
	s.refusal = s.reported
	return s.reported != before
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
