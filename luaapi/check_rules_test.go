package luaapi

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"luavs/checks"
	"luavs/engine"
)

// declaredCheck returns the check that a Lua expression makes.
func declaredCheck(t *testing.T, expression string) engine.Check {
	t.Helper()
	src := fmt.Sprintf("virtual_server '10.0.0.1:80' { check = %s, real_server '192.168.0.1:80' }", expression)
	return load(t, "policy.lua", src, Options{}).Config().Services[0].Servers[0].Checks[0]
}

// pauseOf is how long after an answer a check runs again.
func pauseOf(c engine.Check, h engine.Health) time.Duration {
	if h.Deciding() && c.Fast > 0 {
		return c.Fast
	}
	return time.Duration(c.Schedule.(engine.Every))
}

// checker is keepalived's: up or not, how many retries are used up, and when
// it runs next.
type checker struct {
	up                bool
	retried, retry    int
	delayLoop, before time.Duration
	next              time.Duration
}

// observe: any success resets the counter, and from down one is enough. A fail
// while up is forgiven as long as there are retries left.
func (c *checker) observe(pass bool) {
	c.next = c.delayLoop
	switch {
	case pass:
		c.up, c.retried = true, 0
	case c.up && c.retried < c.retry:
		c.retried++
		c.next = c.before
	case c.up:
		c.up = false
	}
}

func TestKeepalivedRules(t *testing.T) {
	const loop = time.Minute
	for _, tt := range []struct {
		check string
		model checker
	}{
		{`check.tcp { rules = "keepalived" }`, checker{retry: 1, delayLoop: loop, before: time.Second}},
		{`check.http { rules = "keepalived" }`, checker{retry: 1, delayLoop: loop, before: 3 * time.Second}},
		{`check.exec { "true", rules = "keepalived" }`, checker{retry: 0, delayLoop: loop}},
		{`check.tcp { rules = "keepalived", fall = 4, every = "10s" }`, checker{retry: 3, delayLoop: 10 * time.Second, before: time.Second}},
		{`check.tcp { rules = "keepalived", initial = "down" }`, checker{retry: 1, delayLoop: loop, before: time.Second}}, // alpha
	} {
		check := declaredCheck(t, tt.check)
		for seed := range uint64(200) {
			random := rand.New(rand.NewPCG(seed, 0))
			model, h, said := tt.model, engine.Start(check.Initial), ""
			// The counter is preloaded, so that the first answer is decisive.
			model.up, model.retried = h.State == engine.StateUp, model.retry
			for range 30 {
				o, letter := checks.Fail, "-"
				if random.IntN(2) == 0 {
					o, letter = checks.Pass, "+"
				}
				said += letter
				model.observe(o == checks.Pass)
				h = h.Observe(o, checks.NoCause, check.Limits)
				if model.up != (h.State == engine.StateUp) || model.next != pauseOf(check, h) {
					t.Fatalf("%s after %s: %v, again in %v; keepalived: up %v, again in %v",
						tt.check, said, h.State, pauseOf(check, h), model.up, model.next)
				}
			}
		}
	}
}

func TestRulesOfHAProxyAndLdirectord(t *testing.T) {
	haproxy := declaredCheck(t, `check.tcp { rules = "haproxy" }`)
	if got := engine.Start(haproxy.Initial).Observe(checks.Fail, checks.Refused, haproxy.Limits); got.State != engine.StateDown {
		t.Errorf("haproxy: %v after a first fail, want down", got.State)
	}
	ldirectord := declaredCheck(t, `check.tcp { rules = "ldirectord" }`)
	h := engine.Start(ldirectord.Initial)
	for i, tt := range []struct {
		o    checks.Outcome
		want engine.State
	}{{checks.Pass, engine.StateUp}, {checks.Fail, engine.StateDown}, {checks.Pass, engine.StateUp}} {
		if h = h.Observe(tt.o, checks.NoCause, ldirectord.Limits); h.State != tt.want {
			t.Errorf("ldirectord: answer %d: %v, want %v", i+1, h.State, tt.want)
		}
	}
}
