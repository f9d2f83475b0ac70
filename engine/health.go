package engine

import (
	"maps"

	"luavs/checks"
)

// Limits say how many answers in a row turn a verdict.
type Limits struct {
	Rise int // passes that bring a server up; 1 or more
	Fall int // fails that take it down; 1 or more

	// Causes has other numbers of fails for some causes. 0 means that such a
	// fail says nothing about the server, like an unknown answer.
	Causes map[checks.Cause]int
}

// says returns which verdict an answer speaks for, and how many like it turn
// one; StateUnknown if it speaks for none.
func (l Limits) says(o checks.Outcome, c checks.Cause) (State, int) {
	switch o {
	case checks.Pass, checks.Degraded:
		return StateUp, l.Rise
	case checks.Fail:
		need, named := l.Causes[c]
		if !named {
			need = l.Fall
		}
		if need > 0 {
			return StateDown, need
		}
	}
	return StateUnknown, 0
}

// Initial is what is thought of a server before its first answer: the
// init-state of HAProxy.
type Initial uint8

// The initial verdicts. The zero value is InitialUnknown.
const (
	InitialUnknown   Initial = iota // nothing: the first answer decides alone
	InitialUp                       // up; one fail takes it down
	InitialDown                     // down; one pass brings it up
	InitialFullyUp                  // up, as after many passes
	InitialFullyDown                // down, as after many fails
)

// whole is how far answers must go to turn a verdict. An answer of which n are
// needed goes one nth of it, rounded up: exact for n up to 32768.
const whole = 1 << 30

// Health is what is remembered of one check on one server. The zero Health
// knows nothing yet.
type Health struct {
	State  State
	Streak int32 // answers in a row that speak against State
	lean   int32 // how far they went, of whole
}

// Start is the health before the first answer.
func Start(i Initial) Health {
	switch i {
	case InitialUp:
		return Health{State: StateUp, lean: whole - 1}
	case InitialDown:
		return Health{State: StateDown, lean: whole - 1}
	case InitialFullyUp:
		return Health{State: StateUp}
	case InitialFullyDown:
		return Health{State: StateDown}
	}
	return Health{}
}

// Observe returns h after one more answer. If nothing is known, it decides
// alone. Otherwise rise passes or fall fails in a row turn the verdict, and an
// answer that agrees with it starts the count anew: the rules of HAProxy's
// counter. Fails of several causes add up: with three needed of one and five of
// another, each goes a third or a fifth of the way. An unknown answer changes
// nothing.
func (h Health) Observe(o checks.Outcome, c checks.Cause, l Limits) Health {
	said, need := l.says(o, c)
	switch {
	case said == StateUnknown:
		return h
	case said == h.State:
		return Health{State: said}
	}
	h.Streak++
	h.lean += part(need)
	if h.State == StateUnknown || h.lean >= whole {
		return Health{State: said}
	}
	return h
}

// part is how far an answer goes of which so many are needed.
func part(need int) int32 { return int32((whole + need - 1) / need) }

// under returns h as it is after a change of the limits: the answers that it
// has counted go as far as they do now, and one more at least is needed.
func (h Health) under(l Limits) Health {
	need := l.Fall
	if h.State == StateDown {
		need = l.Rise
	}
	if h.Streak > 0 {
		h.lean = int32(min(int64(h.Streak)*int64(part(need)), whole-1))
	}
	return h
}

// equal tells whether two limits are the same.
func (l Limits) equal(other Limits) bool {
	return l.Rise == other.Rise && l.Fall == other.Fall && maps.Equal(l.Causes, other.Causes)
}

// Deciding tells whether the next answers may turn the verdict, so that a quick
// look is worth its cost.
func (h Health) Deciding() bool { return h.lean > 0 }
