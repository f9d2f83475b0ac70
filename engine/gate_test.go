package engine

import (
	"strings"
	"testing"
	"time"
)

// TestGateIsFair plays who starts when probes of services a, b and c enter in
// some order and one ends at a time.
func TestGateIsFair(t *testing.T) {
	services := map[byte]*service{'a': {}, 'b': {}, 'c': {}}
	for _, tt := range []struct {
		name    string
		most    int
		enter   string // a probe of the service; upper case: it is dropped while it waits
		started string
	}{
		{"all fit", 3, "abc", "abc"},
		{"first come first served", 1, "abc", "abc"},
		{"services take turns", 1, "aaaaabbc", "aabcabaa"},
		{"and so with several at once", 2, "aaaaabbc", "aaabcaba"},
		{"what is dropped takes no turn", 1, "aAaAb", "aba"},
		{"nobody is left", 1, "aA", "a"},
	} {
		g := newGate(tt.most)
		started, letter := "", map[*watch]string{}
		for _, c := range tt.enter {
			low := strings.ToLower(string(c))
			w := &watch{users: []*server{{service: services[low[0]]}}, gone: string(c) != low}
			letter[w] = low
			if g.enter(w, time.Time{}) {
				started += low
			}
		}
		for g.running > 0 {
			if next, ok := g.leave(); ok {
				started += letter[next.watch]
			}
			if g.running > tt.most {
				t.Fatalf("%s: %d run at once", tt.name, g.running)
			}
		}
		if started != tt.started || g.waiting != 0 || len(g.of) != 0 {
			t.Errorf("%s: started %s, want %s; %d wait", tt.name, started, tt.started, g.waiting)
		}
	}
}

func TestAGateThatIsSetAnewSendsAwayWhoWaits(t *testing.T) {
	g := newGate(1)
	s := &service{}
	for range 3 {
		g.enter(&watch{users: []*server{{service: s}}}, time.Time{})
	}
	g.reset(2)
	if g.running != 1 || g.waiting != 0 || !g.enter(&watch{users: []*server{{service: s}}}, time.Time{}) {
		t.Errorf("after reset: %d run, %d wait", g.running, g.waiting)
	}
	if _, ok := g.leave(); ok {
		t.Error("one that was sent away started")
	}
}
