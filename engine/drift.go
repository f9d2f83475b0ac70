package engine

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"luavs/ipvs"
)

// A Difference is something of a service of ours that somebody else changed.
type Difference struct {
	Addr netip.AddrPort // of the destination; zero: the service itself

	// Old is what we left there, New what was found, in words as plan prints
	// them. An empty text: nothing.
	Old, New string

	OldWeight, NewWeight int // of a destination
}

// String returns it as a line.
func (d Difference) String() string {
	what := "the service"
	if d.Addr.IsValid() {
		what = d.Addr.String()
	}
	switch {
	case d.New == "":
		return fmt.Sprintf("%s was deleted, it had %s", what, d.Old)
	case d.Old == "":
		return fmt.Sprintf("%s was added with %s", what, d.New)
	}
	return fmt.Sprintf("%s has %s, it had %s", what, d.New, d.Old)
}

// differences lists what others made of an entry that we left, in the order of
// a plan.
func differences(left, found *ipvs.Entry) (all []Difference) {
	for _, step := range Plan(single(left), single(found)) {
		d := Difference{Addr: step.Destination.Addr}
		is, was := step.Destination, step.Was.Destination
		switch step.Op {
		case ipvs.AddService:
			d.New = describe(step.Service)
		case ipvs.SetService:
			d.Old, d.New = describe(step.Was.Service), describe(step.Service)
		case ipvs.DelService:
			d.Old = describe(step.Service)
		case ipvs.AddDestination:
			d.New, d.NewWeight = describeDestination(is), is.Weight
		case ipvs.SetDestination:
			d.Old, d.OldWeight, d.New, d.NewWeight = describeDestination(was), was.Weight, describeDestination(is), is.Weight
		case ipvs.DelDestination:
			d.Old, d.OldWeight = describeDestination(is), is.Weight
		}
		all = append(all, d)
	}
	return all
}

// compare looks whether somebody else changed a service of ours, and says so.
// That it is mended is the business of whoever acts on the reading.
func (l *loop) compare(s *service, left, found *ipvs.Entry, now time.Time) {
	drift := differences(left, found)
	s.fight = s.fight.log(l.log, s.decl.Name, drift, now)
	if len(drift) > 0 {
		l.note(event{kind: EventDrift, service: s, drift: drift, changes: stepLines(Plan(single(found), single(left)))})
	}
}

const (
	// fightAfter is how many times a service must be changed by others within
	// fightWithin to say that they work against us.
	fightAfter  = 5
	fightWithin = 2 * time.Minute
)

// A fight is when a service was changed by others lately.
type fight []time.Time

// log says that others changed a service, unless they do it too often, and counts
// it.
func (f fight) log(log *slog.Logger, of string, drift []Difference, now time.Time) fight {
	f = f.calm(now)
	if len(drift) == 0 {
		return f
	}
	fought := f.lasts()
	f = append(f, now)
	switch {
	case fought:
	case f.lasts():
		log.Error("somebody else changes a service of ours again and again; each time is mended, and no more logged", "service", of, "times", len(f), "last", drift)
	default:
		log.Warn("somebody else changed a service of ours; it is mended", "service", of, "found", drift)
	}
	return f
}

// calm forgets what is long ago.
func (f fight) calm(now time.Time) fight {
	return slices.DeleteFunc(f, func(t time.Time) bool { return now.Sub(t) > fightWithin })
}

// lasts tells whether that is too often for chance.
func (f fight) lasts() bool { return len(f) >= fightAfter }

// problem says that, or nothing.
func (f fight) problem() string {
	if !f.lasts() {
		return ""
	}
	return fmt.Sprintf("somebody else changed this service %d times in %v, and each time it was mended: is there another daemon on this kernel, such as keepalived, ldirectord or a second LuaVS?", len(f), fightWithin)
}
