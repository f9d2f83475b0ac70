package engine

import (
	"math/rand/v2"
	"time"
)

// next returns when the watch is due again after an answer. Quick and slow
// looks are counted from the last run and do not shift the beat.
func (w *watch) next(now time.Time) time.Time {
	if limit := w.check.awaits(); limit > 0 {
		return now.Add(limit)
	}
	switch {
	case w.beat.IsZero():
		w.beat = w.rhythm().second(now)
	case !w.beat.After(now):
		w.beat = w.rhythm().next(w.beat, now)
	}
	switch {
	case w.health.Deciding() && w.check.Fast > 0:
		return sooner(w.beat, later(w.started().Add(w.check.Fast), now))
	case w.health.Deciding():
		return w.beat
	case w.health.State == StateDown && w.check.Slow > 0:
		return later(w.started().Add(w.check.Slow).Add(w.jitter()), now)
	case w.beat.IsZero():
		return w.beat
	}
	return w.beat.Add(w.jitter())
}

// jitter returns how much later than its time the next run is to start.
func (w *watch) jitter() time.Duration {
	if w.check.Jitter == 0 {
		return 0
	}
	return rand.N(w.check.Jitter)
}

// sooner returns the earlier of two times; the zero time is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
