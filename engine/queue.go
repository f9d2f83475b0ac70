package engine

import "time"

// A timer is something that is due at a time. It stands in one queue at most.
type timer interface {
	seat() *seat                     // the queue's own
	ring(l *loop, at, now time.Time) // it was due at a time; called by the loop, must not block
}

// A seat is the place of a timer in its queue, plus one; zero: it is in none.
type seat int32

func (s seat) taken() bool { return s > 0 }

// timed is a timer with a function of its own, of those of which there are few.
type timed struct {
	due seat
	run func(now time.Time)
}

func (t *timed) seat() *seat { return &t.due }

func (t *timed) ring(_ *loop, _, now time.Time) { t.run(now) }

// queue holds what is due, soonest first. It is not for concurrent use. The
// zero queue is empty.
type queue struct{ slots []slot }

// anchored returns t as what passes by the monotonic clock, of which now has a
// reading. Times without one compare with others by the clock on the wall, and
// an order of both kinds is none once that clock is set. A time of day of a
// schedule has none, nor has what was read from the disk.
func anchored(t, now time.Time) time.Time {
	if t.IsZero() || t != t.Round(0) {
		return t
	}
	return now.Add(t.Sub(now))
}

// slot is a place in the queue, which is a binary heap. The time stands in it,
// and not with the rest in memory that is elsewhere: of thousands, most are
// compared only.
type slot struct {
	at    time.Time
	timer timer
}

// put makes t due at a time, wherever it stood before. The zero time takes it
// out. A time of day is due when so much time has passed as it is away now: what
// the clock is set to meanwhile is for [loop.spread].
func (q *queue) put(t timer, at time.Time) {
	if at.IsZero() {
		q.take(t)
		return
	}
	s := slot{anchored(at, time.Now()), t}
	if !t.seat().taken() {
		q.slots = append(q.slots, s)
		*t.seat() = seat(len(q.slots))
	}
	q.settle(int(*t.seat())-1, s)
}

// take takes t out, if it is in.
func (q *queue) take(t timer) {
	if !t.seat().taken() {
		return
	}
	at, end := int(*t.seat())-1, len(q.slots)-1
	last := q.slots[end]
	q.slots[end] = slot{}
	q.slots = q.slots[:end]
	*t.seat() = 0
	if at < end {
		q.settle(at, last)
	}
}

// settle puts s in a free place, or in one further up or down.
func (q *queue) settle(at int, s slot) {
	for at > 0 && s.at.Before(q.slots[(at-1)/2].at) {
		q.set(at, q.slots[(at-1)/2])
		at = (at - 1) / 2
	}
	for {
		child := 2*at + 1
		if child+1 < len(q.slots) && q.slots[child+1].at.Before(q.slots[child].at) {
			child++
		}
		if child >= len(q.slots) || !q.slots[child].at.Before(s.at) {
			q.set(at, s)
			return
		}
		q.set(at, q.slots[child])
		at = child
	}
}

func (q *queue) set(at int, s slot) {
	q.slots[at] = s
	*s.timer.seat() = seat(at + 1)
}

// when returns when t is due, or the zero time if it never is.
func (q *queue) when(t timer) time.Time {
	if !t.seat().taken() {
		return time.Time{}
	}
	return q.slots[*t.seat()-1].at
}

// next returns when the soonest is due, or the zero time if nothing ever is.
func (q *queue) next() time.Time {
	if len(q.slots) == 0 {
		return time.Time{}
	}
	return q.slots[0].at
}

// ring takes out of the loop's queue all that is due now, and tells whether
// anything was.
func (l *loop) ring(now time.Time) (rang bool) {
	q := &l.queue
	for len(q.slots) > 0 && !q.slots[0].at.After(now) {
		due := q.slots[0]
		q.take(due.timer)
		due.timer.ring(l, due.at, now)
		rang = true
	}
	return rang
}
