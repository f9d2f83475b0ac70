package engine

import (
	"time"

	"luavs/checks"
)

// maxSaid is how many different answers are looked up to find one that was heard
// before.
const maxSaid = 64

// said has answers that were heard lately, without the time they took: most
// servers say the same as others, and so the memory of one does for all.
type said map[checks.Result]*checks.Result

// share returns an answer that never changes.
func (s said) share(r checks.Result) *checks.Result {
	known := s[r]
	if known == nil {
		if len(s) == maxSaid {
			clear(s)
		}
		known = &r
		s[r] = known
	}
	return known
}

// hears keeps the answer of a run.
func (w *watch) hears(r checks.Result, at time.Time, s said) {
	w.took, r.Took = r.Took, 0
	w.answered, w.at = true, at
	if w.last == nil || *w.last != r {
		w.last = s.share(r)
	}
}

// presumes has a watch that has not answered say why it is thought to be as it
// is.
func (w *watch) presumes(health Health, reason string) {
	r := w.result()
	r.Reason = reason
	w.health, w.last = health, &r
}

// advise keeps the advice that is in force.
func (w *watch) advise(a checks.Advice) {
	switch {
	case a == (checks.Advice{}):
		w.advice = nil
	case w.advice == nil || *w.advice != a:
		w.advice = new(checks.Advice)
		*w.advice = a
	}
}

// advised returns the advice that is in force.
func (w *watch) advised() checks.Advice {
	if w.advice == nil {
		return checks.Advice{}
	}
	return *w.advice
}
