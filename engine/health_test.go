package engine

import (
	"testing"

	"luavs/checks"
)

func TestHealthObserve(t *testing.T) {
	for _, tt := range []struct {
		name    string
		start   State
		limits  Limits
		answers string // '+' pass, '-' fail, '?' unknown
		want    string // state after each answer
	}{
		{"a first pass decides alone", StateUnknown, Limits{Rise: 3, Fall: 3}, "+", "U"},
		{"a first fail decides alone", StateUnknown, Limits{Rise: 3, Fall: 3}, "-", "D"},
		{"fall fails in a row take it down", StateUp, Limits{Rise: 2, Fall: 3}, "---", "UUD"},
		{"a pass starts the count of fails anew", StateUp, Limits{Rise: 2, Fall: 3}, "--+--+---", "UUUUUUUUD"},
		{"rise passes in a row bring it back", StateDown, Limits{Rise: 2, Fall: 3}, "++", "DU"},
		{"a fail starts the count of passes anew", StateDown, Limits{Rise: 2, Fall: 3}, "+-+-++", "DDDDDU"},
		{"rise and fall of one turn at once", StateUp, Limits{Rise: 1, Fall: 1}, "-+-", "DUD"},
		{"unknown answers change nothing", StateUp, Limits{Rise: 2, Fall: 2}, "-?-", "UUD"},
		{"unknown answers decide nothing", StateUnknown, Limits{Rise: 1, Fall: 1}, "??+", "??U"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := Health{State: tt.start}
			var got []byte
			for _, a := range tt.answers {
				h = h.Observe(map[rune]checks.Outcome{'+': checks.Pass, '-': checks.Fail}[a], tt.limits)
				got = append(got, "?UD"[h.State])
			}
			if string(got) != tt.want {
				t.Errorf("after %s: got %s, want %s", tt.answers, got, tt.want)
			}
		})
	}
}

func TestHealthIsDecidingOnlyWhileAnswersDisagree(t *testing.T) {
	l := Limits{Rise: 2, Fall: 3}
	h := Health{State: StateUp}
	for i, tt := range []struct {
		answer   checks.Outcome
		deciding bool
	}{
		{checks.Pass, false},
		{checks.Fail, true},
		{checks.Fail, true},
		{checks.Fail, false}, // decided: down
		{checks.Pass, true},
		{checks.Fail, false},
	} {
		h = h.Observe(tt.answer, l)
		if h.Deciding() != tt.deciding {
			t.Errorf("answer %d (%v): deciding %v, want %v", i+1, tt.answer, h.Deciding(), tt.deciding)
		}
	}
}

func TestWorstOfSeveralChecks(t *testing.T) {
	for _, tt := range []struct {
		states string
		want   State
		which  int
	}{
		{"", StateUp, -1},
		{"U", StateUp, -1},
		{"UU", StateUp, -1},
		{"U?", StateUnknown, 1},
		{"?D", StateDown, 1},
		{"DU", StateDown, 0},
		{"U?D", StateDown, 2},
	} {
		var all []Health
		for _, c := range tt.states {
			all = append(all, Health{State: map[rune]State{'U': StateUp, 'D': StateDown}[c]})
		}
		if got, which := worst(all); got != tt.want || which != tt.which {
			t.Errorf("worst of %q: got %v by %d, want %v by %d", tt.states, got, which, tt.want, tt.which)
		}
	}
}
