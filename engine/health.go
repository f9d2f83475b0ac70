package engine

import "luavs/checks"

// Limits say how many answers in a row turn a verdict.
type Limits struct {
	Rise int // passes that bring a server up; 1 or more
	Fall int // fails that take it down; 1 or more
}

// Health is what is remembered of one check on one server. The zero Health
// knows nothing yet.
type Health struct {
	State  State
	Streak int // answers in a row that speak against State
}

// Observe returns h after one more outcome. The first answer decides alone.
// Afterwards rise passes or fall fails in a row turn the verdict, and any
// answer that agrees with it starts the count anew: the rules of HAProxy's
// counter with init-state none. An unknown outcome changes nothing.
func (h Health) Observe(o checks.Outcome, l Limits) Health {
	said, need := StateDown, l.Fall
	switch o {
	case checks.Unknown:
		return h
	case checks.Pass, checks.Degraded:
		said, need = StateUp, l.Rise
	}
	switch {
	case said == h.State:
		return Health{State: h.State}
	case h.State == StateUnknown || h.Streak+1 >= need:
		return Health{State: said}
	}
	return Health{State: h.State, Streak: h.Streak + 1}
}

// Deciding tells whether the last answers speak against the verdict, so that a
// quick next look is worth its cost.
func (h Health) Deciding() bool { return h.Streak > 0 }

// worst combines the checks of a server: down if any is down, else unknown if
// any is unknown, else up. It returns which check decided, or -1 for up.
func worst(all []Health) (State, int) {
	state, which := StateUp, -1
	for i, h := range all {
		switch {
		case h.State == StateDown:
			return StateDown, i
		case h.State == StateUnknown && state == StateUp:
			state, which = StateUnknown, i
		}
	}
	return state, which
}
