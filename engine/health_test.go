package engine

import (
	"math/rand/v2"
	"testing"

	"luavs/checks"
)

// answer is an answer in the notation of these tests: '+' pass, 'd' degraded,
// '-' fail (connection refused), 't' fail (timeout), '?' unknown.
func answer(c rune) (checks.Outcome, checks.Cause) {
	switch c {
	case '+':
		return checks.Pass, checks.NoCause
	case 'd':
		return checks.Degraded, checks.NoCause
	case '-':
		return checks.Fail, checks.Refused
	case 't':
		return checks.Fail, checks.Timeout
	}
	return checks.Unknown, checks.Script
}

// observe returns the states after each of some answers: 'U', 'D' or '?'.
func observe(h Health, l Limits, answers string) string {
	var states []byte
	for _, c := range answers {
		o, cause := answer(c)
		h = h.Observe(o, cause, l)
		states = append(states, "?UD"[h.State])
	}
	return string(states)
}

func TestHealthObserve(t *testing.T) {
	timeouts := func(n int) Limits { return Limits{Rise: 2, Fall: 3, Causes: map[checks.Cause]int{checks.Timeout: n}} }
	for _, tt := range []struct {
		name    string
		start   Initial
		limits  Limits
		answers string
		want    string // state after each answer
	}{
		{"a first pass decides alone", InitialUnknown, Limits{Rise: 3, Fall: 3}, "+", "U"},
		{"a first fail decides alone", InitialUnknown, Limits{Rise: 3, Fall: 3}, "-", "D"},
		{"fall fails in a row take it down", InitialFullyUp, Limits{Rise: 2, Fall: 3}, "---", "UUD"},
		{"a pass starts the count of fails anew", InitialFullyUp, Limits{Rise: 2, Fall: 3}, "--+--+---", "UUUUUUUUD"},
		{"rise passes in a row bring it back", InitialFullyDown, Limits{Rise: 2, Fall: 3}, "++", "DU"},
		{"a fail starts the count of passes anew", InitialFullyDown, Limits{Rise: 2, Fall: 3}, "+-+-++", "DDDDDU"},
		{"rise and fall of one turn at once", InitialFullyUp, Limits{Rise: 1, Fall: 1}, "-+-", "DUD"},
		{"unknown answers change nothing", InitialFullyUp, Limits{Rise: 2, Fall: 2}, "-?-", "UUD"},
		{"unknown answers decide nothing", InitialUnknown, Limits{Rise: 1, Fall: 1}, "??+", "??U"},
		{"a degraded answer is a pass", InitialFullyDown, Limits{Rise: 2, Fall: 2}, "+d--d-", "DUUDDD"},

		{"initial up: one fail takes it down", InitialUp, Limits{Rise: 2, Fall: 3}, "-", "D"},
		{"initial up: after a pass it takes all of them", InitialUp, Limits{Rise: 2, Fall: 3}, "+---", "UUUD"},
		{"initial up: unknown leaves it so", InitialUp, Limits{Rise: 2, Fall: 3}, "?-", "UD"},
		{"initial down: one pass brings it up", InitialDown, Limits{Rise: 2, Fall: 3}, "+", "U"},
		{"initial down: after a fail it takes all of them", InitialDown, Limits{Rise: 2, Fall: 3}, "-++", "DDU"},

		{"a cause has a limit of its own", InitialFullyUp, timeouts(5), "ttttt", "UUUUD"},
		{"other causes have the common one", InitialFullyUp, timeouts(5), "---", "UUD"},
		{"one of a cause is enough", InitialFullyUp, timeouts(1), "t", "D"},
		{"causes add up: two thirds and two fifths", InitialFullyUp, timeouts(5), "--tt", "UUUD"},
		{"causes add up: one third and three fifths are not enough", InitialFullyUp, timeouts(5), "-tttt", "UUUUD"},
		{"a pass forgets all causes", InitialFullyUp, timeouts(5), "--tt", "UUUD"},
		{"a cause that never counts", InitialFullyUp, timeouts(0), "-tttttt--", "UUUUUUUUD"},
		{"a cause that never counts does not decide first", InitialUnknown, timeouts(0), "t+", "?U"},
		{"a first answer decides alone whatever its limit", InitialUnknown, timeouts(5), "t", "D"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := observe(Start(tt.start), tt.limits, tt.answers); got != tt.want {
				t.Errorf("after %s: got %s, want %s", tt.answers, got, tt.want)
			}
		})
	}
}

func TestEachLimitIsExact(t *testing.T) {
	for n := 1; n <= 1000; n++ {
		h := Start(InitialFullyUp)
		for i := 1; i <= n; i++ {
			h = h.Observe(checks.Fail, checks.Refused, Limits{Rise: 1, Fall: n})
			if (h.State == StateDown) != (i == n) {
				t.Fatalf("fall = %d: %v after %d fails", n, h.State, i)
			}
		}
	}
}

// counter is HAProxy's counter, as its documentation and sources have it: a
// number from 0 to rise+fall-1, up from rise on.
type counter struct{ h, rise, fall int }

func (c *counter) observe(pass bool) {
	if pass {
		if c.h < c.rise+c.fall-1 {
			c.h++
		}
		if c.h >= c.rise {
			c.h = c.rise + c.fall - 1
		}
		return
	}
	if c.h > 0 {
		c.h--
	}
	if c.h < c.rise {
		c.h = 0
	}
}

func (c *counter) up() bool { return c.h >= c.rise }

// interval is which of its intervals HAProxy takes.
func (c *counter) interval() string {
	switch c.h {
	case c.rise + c.fall - 1:
		return "inter"
	case 0:
		return "downinter"
	}
	return "fastinter"
}

func (h Health) interval() string {
	switch {
	case h.Deciding():
		return "fastinter"
	case h.State == StateDown:
		return "downinter"
	}
	return "inter"
}

// TestHealthIsTheCounterOfHAProxy compares both on answers by chance.
func TestHealthIsTheCounterOfHAProxy(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		l := Limits{Rise: 1 + random.IntN(6), Fall: 1 + random.IntN(6)}
		full := l.Rise + l.Fall - 1
		initial := []Initial{InitialFullyUp, InitialUp, InitialDown, InitialFullyDown}[random.IntN(4)]
		c := counter{h: map[Initial]int{InitialFullyUp: full, InitialUp: l.Rise, InitialDown: l.Rise - 1}[initial], rise: l.Rise, fall: l.Fall}
		h, said := Start(initial), ""
		for range 40 {
			pass := random.IntN(2) == 0
			o, letter := checks.Fail, "-"
			if pass {
				o, letter = checks.Pass, "+"
			}
			said += letter
			c.observe(pass)
			h = h.Observe(o, checks.NoCause, l)
			if c.up() != (h.State == StateUp) || c.interval() != h.interval() {
				t.Fatalf("rise %d fall %d initial %d after %s: %v and %s, HAProxy has h = %d",
					l.Rise, l.Fall, initial, said, h.State, h.interval(), c.h)
			}
		}
	}
}

func TestProgressUnderOtherLimits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before Limits
		said   string
		after  Limits
		more   string // answers that turn it, the last of them just so
	}{
		{"the same", Limits{Rise: 1, Fall: 5}, "--", Limits{Rise: 2, Fall: 5}, "---"},
		{"fewer are needed", Limits{Rise: 1, Fall: 5}, "--", Limits{Rise: 1, Fall: 3}, "-"},
		{"fewer than there were: one more", Limits{Rise: 1, Fall: 5}, "----", Limits{Rise: 1, Fall: 2}, "-"},
		{"more are needed", Limits{Rise: 1, Fall: 3}, "--", Limits{Rise: 1, Fall: 5}, "---"},
		{"on the way up", Limits{Rise: 5, Fall: 1}, "-++", Limits{Rise: 3, Fall: 1}, "+"},
	} {
		h := Start(InitialFullyUp)
		for _, c := range tt.said {
			o, cause := answer(c)
			h = h.Observe(o, cause, tt.before)
		}
		state := h.State
		h = h.under(tt.after)
		for i, c := range tt.more {
			o, cause := answer(c)
			h = h.Observe(o, cause, tt.after)
			if turned := h.State != state; turned != (i == len(tt.more)-1) {
				t.Errorf("%s: after %d more: %v", tt.name, i+1, h.State)
			}
		}
	}
}
