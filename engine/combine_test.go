package engine

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// watches makes checks of states: "U?D".
func watches(states string) []*watch {
	var all []*watch
	for _, c := range states {
		all = append(all, &watch{health: Health{State: map[rune]State{'U': StateUp, 'D': StateDown}[c]}})
	}
	return all
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
		if got, which := worst(watches(tt.states)); got != tt.want || which != tt.which {
			t.Errorf("worst of %q: got %v by %d, want %v by %d", tt.states, got, which, tt.want, tt.which)
		}
	}
}

// TestServerOfKeepalivedsCheckers: it is up if and only if no checker has
// failed; the first that fails takes it down, the last that recovers brings it
// up.
func TestServerOfKeepalivedsCheckers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	limits := Limits{Rise: 1, Fall: 2}
	all := watches("UUU")
	failed, retried := map[int]bool{}, map[int]bool{}
	for range 5000 {
		i, pass := random.IntN(len(all)), random.IntN(3) > 0
		o := checks.Pass
		switch {
		case pass:
			delete(failed, i)
			delete(retried, i)
		case retried[i]:
			o, failed[i] = checks.Fail, true
		default:
			o, retried[i] = checks.Fail, true
		}
		all[i].health = all[i].health.Observe(o, checks.NoCause, limits)
		if state, _ := worst(all); (state == StateUp) != (len(failed) == 0) {
			t.Fatalf("%v with %d failed checkers", state, len(failed))
		}
	}
}

// of is a rule for the first n checks.
func of(least, n int) *Rule {
	r := &Rule{Least: least}
	for i := range n {
		r.Parts = append(r.Parts, Part{Check: i})
	}
	return r
}

func TestRules(t *testing.T) {
	// the first check, and one of the two others
	nested := &Rule{Least: 2, Parts: []Part{{Check: 0}, {Rule: &Rule{Least: 1, Parts: []Part{{Check: 1}, {Check: 2}}}}}}
	for _, tt := range []struct {
		name   string
		rule   *Rule
		states string
		want   State
		which  int
	}{
		{"all are up", of(3, 3), "UUU", StateUp, -1},
		{"one of all is down", of(3, 3), "U?D", StateDown, 2},
		{"one of all is not known", of(3, 3), "U?U", StateUnknown, 1},
		{"any: one is enough", of(1, 3), "DU?", StateUp, -1},
		{"any: none", of(1, 3), "DDD", StateDown, 0},
		{"any: one may be", of(1, 3), "D?D", StateUnknown, 1},
		{"two of three", of(2, 3), "UDU", StateUp, -1},
		{"two of three: not any more", of(2, 3), "DUD", StateDown, 0},
		{"two of three: it depends", of(2, 3), "DU?", StateUnknown, 2},
		{"two of three: it does not depend", of(2, 3), "UU?", StateUp, -1},
		{"two of three: cannot be", of(2, 3), "D?D", StateDown, 0},
		{"nested: both parts", nested, "UDU", StateUp, -1},
		{"nested: the first is missing", nested, "DUU", StateDown, 0},
		{"nested: the second part is missing", nested, "UDD", StateDown, 1},
		{"nested: the second part is not known", nested, "UD?", StateUnknown, 2},
	} {
		if got, which := tt.rule.judge(watches(tt.states)); got != tt.want || which != tt.which {
			t.Errorf("%s (%s): got %v by %d, want %v by %d", tt.name, tt.states, got, which, tt.want, tt.which)
		}
	}
}

// combineFunc is a function used as a Combiner.
type combineFunc func(ctx context.Context, v *ServerView) checks.Result

func (f combineFunc) Combine(ctx context.Context, v *ServerView) checks.Result { return f(ctx, v) }

// pair is a server with two checks, a and b, and a function that wants one of
// them; or breaks, as its mode says.
type pair struct {
	mu    sync.Mutex
	up    map[string]bool
	mode  string
	asked int // since the mode was set
}

func (p *pair) set(id string, up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up[id] = up
}

func (p *pair) tell(mode string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode, p.asked = mode, 0
}

// Combine implements [Combiner].
func (p *pair) Combine(ctx context.Context, v *ServerView) checks.Result {
	p.mu.Lock()
	p.asked++
	mode := p.mode
	p.mu.Unlock()
	switch mode {
	case "break":
		return checks.Result{Cause: checks.Script, Reason: "policy.lua:7: oops"}
	case "panic":
		panic("at the disco")
	case "hang":
		<-ctx.Done()
		return checks.Result{Cause: checks.Script, Reason: context.Cause(ctx).Error()}
	}
	for _, c := range v.Checks {
		if c.State == StateUp {
			return checks.Result{Outcome: checks.Pass, Reason: c.ID + " is up"}
		}
	}
	return checks.Result{Outcome: checks.Fail, Cause: checks.Verdict, Reason: "neither"}
}

func (p *pair) check(id string) Check {
	probe := checks.Func(func(context.Context, checks.Target) checks.Result {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.up[id] {
			return checks.Result{Outcome: checks.Pass}
		}
		return checks.Result{Outcome: checks.Fail, Cause: checks.Refused}
	})
	return Check{ID: id, Probe: probe, Schedule: Every(time.Second), Timeout: time.Second, Limits: Limits{Rise: 1, Fall: 1}}
}

func (p *pair) load(t *testing.T, e *Engine) {
	c := farm(passes)
	srv := c.Services[0].Servers[0]
	srv.Checks, srv.Combiner = []Check{p.check("a"), p.check("b")}, p
	c.Services[0].Servers = []Server{srv}
	if err := e.Load(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func TestACombinerDecides(t *testing.T) {
	p := &pair{up: map[string]bool{"a": true}}
	inBubble(t, ipvs.NewMemory(), func(t *testing.T, e *Engine) {
		expect := func(after string, state State, reason string) {
			t.Helper()
			time.Sleep(3 * time.Second)
			synctest.Wait()
			status, err := e.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s := status.Policies[0].Services[0]
			if srv := s.Servers[0]; srv.State != state || !strings.Contains(srv.Reason, reason) || !s.Settled {
				t.Errorf("%s: got %v %q, settled %v; want %v %q", after, srv.State, srv.Reason, s.Settled, state, reason)
			}
		}
		p.load(t, e)
		expect("one is up", StateUp, "a is up")
		p.set("a", false)
		expect("none is up", StateDown, "neither")
		p.set("b", true)
		expect("the other is up", StateUp, "b is up")
		p.tell("break")
		p.set("b", false)
		expect("an error changes nothing", StateUp, "policy.lua:7: oops")
		p.tell("panic")
		expect("nor does a panic", StateUp, "at the disco")
		p.tell("hang")
		expect("nor one that never ends", StateUp, "at the disco")
		if p.asked != 1 {
			t.Errorf("asked %d times at once", p.asked)
		}
		p.load(t, e)
		expect("a reload keeps the verdict", StateUp, "")
		p.tell("either")
		time.Sleep(decideWithin)
		expect("and it goes on", StateDown, "neither")
	})
}
