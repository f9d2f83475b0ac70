package engine

import (
	"hash/fnv"
	"time"
)

// firstWindow is the longest time over which first runs are spread, so that a
// start asks neither everything at once nor anything late.
const firstWindow = 2 * time.Second

// Runs of one interval fall together on steps of the clock: of stepLongest, or
// of a part of the interval if that is less. A process that wakes for eighty of
// them pays a good deal less for each than one that wakes for ten, and none is
// late for it. Of an even spread, a step is too little to matter.
const (
	stepLongest = 20 * time.Millisecond
	stepPart    = 50
)

// Every is a schedule of equal pauses. It must be above zero.
type Every time.Duration

// Next implements [Schedule].
func (e Every) Next(after time.Time) time.Time { return after.Add(time.Duration(e)) }

// Once is a schedule of one time.
type Once time.Time

// Next implements [Schedule].
func (o Once) Next(after time.Time) time.Time {
	if t := time.Time(o); t.After(after) {
		return t
	}
	return time.Time{}
}

// nextAfter returns the time of a schedule that follows a run which was due at a
// time. A clock that was set back a little, which no standstill tells of, shows an
// earlier time than that: a time of day is not to come twice.
func nextAfter(s Schedule, due, now time.Time) time.Time {
	if due.Round(0).After(now.Round(0)) {
		return anchored(s.Next(due.Round(0)), now)
	}
	return anchored(s.Next(now), now)
}

// rhythm places the runs of one check on one server in time. Equal pauses get
// a phase of their own, from what identifies the run, so that thousands of
// servers with one interval are asked evenly over it; cron lines are kept to
// the letter.
type rhythm struct {
	schedule Schedule
	phase    uint32
}

// phaseOf returns the phase of what is identified by some words.
func phaseOf(identity ...string) uint32 {
	h := fnv.New32a()
	for _, part := range identity {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return h.Sum32()
}

// first returns when the first run is due.
func (r rhythm) first(now time.Time) time.Time {
	window := firstWindow
	if e, ok := r.schedule.(Every); ok {
		window = min(window, time.Duration(e))
	}
	return later(now, onStep(now.Add(r.part(window)), window))
}

// second returns when the run after the first is due: at its place in the
// interval, which the first run, being early, did not keep to.
func (r rhythm) second(now time.Time) time.Time {
	e, ok := r.schedule.(Every)
	if !ok {
		return nextAfter(r.schedule, time.Time{}, now)
	}
	interval := time.Duration(e)
	return onStep(now.Add(interval/2+r.part(interval)/2), interval)
}

// onStep returns the last step of the clock before t, for a run of an interval.
// What is whole intervals after it stays together with all that was on it.
func onStep(t time.Time, interval time.Duration) time.Time {
	step := max(1, min(stepLongest, interval/stepPart))
	return t.Add(-time.Duration(t.UnixNano() % int64(step)))
}

// next returns when the run after the one that was due at last is due. Runs
// that were missed are left out.
func (r rhythm) next(last, now time.Time) time.Time {
	e, ok := r.schedule.(Every)
	if !ok {
		return nextAfter(r.schedule, last, now)
	}
	interval := time.Duration(e)
	if missed := now.Sub(last) / interval; missed > 0 {
		last = last.Add(missed * interval)
	}
	return last.Add(interval)
}

// part returns this rhythm's share of d, the same each time.
func (r rhythm) part(d time.Duration) time.Duration {
	return time.Duration(float64(d) * float64(r.phase) / (1 << 32))
}
