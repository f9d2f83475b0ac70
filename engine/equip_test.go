package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"luavs/checks"
)

// again is a farm of two servers with checks that change may alter.
func again(change func(*Check)) Config {
	c := farm(passes)
	for i := range c.Services[0].Servers {
		change(&c.Services[0].Servers[i].Checks[0])
	}
	return c
}

func TestAReloadLeavesChecksAsTheyAre(t *testing.T) {
	unchanged := func(*Check) {}
	for _, tt := range []struct {
		name   string
		change func(*Check)
		same   bool // the watch goes on
		beat   bool // at the same time as before
	}{
		{"nothing changed", unchanged, true, true},
		{"another probe of the same settings", func(c *Check) { c.Probe = always(checks.Result{}) }, true, true},
		{"other limits", func(c *Check) { c.Limits.Fall = 9 }, true, true},
		{"another pause", func(c *Check) { c.Schedule = Every(time.Hour) }, true, false},
		{"shared now", func(c *Check) { c.Shared = true }, true, true},
		{"another check", func(c *Check) { c.ID = "another" }, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := idleLoop(t.Context())
				l.replace(again(unchanged))
				l.settle()
				s := l.services[vip(1)]
				before := s.servers[0].checks[0]
				time.Sleep(time.Second)
				l.queue.take(before)
				l.answer(before, checks.Result{Outcome: checks.Pass, Reason: "first"}, time.Now())
				due := l.queue.when(before)
				l.replace(again(tt.change))
				after := s.servers[0].checks[0]
				if same := after == before; same != tt.same || same == before.gone {
					t.Errorf("the same watch: %v, gone: %v, want %v", same, before.gone, tt.same)
				}
				if beat := l.queue.when(after).Equal(due); beat != tt.beat {
					t.Errorf("due as before: %v, want %v", beat, tt.beat)
				}
				if after.health.State != StateUp || len(l.queue.slots) != 2 {
					t.Errorf("health %v, %d watches are due, want up and 2", after.health.State, len(l.queue.slots))
				}
			})
		})
	}
}

// TestARunThatAReloadBrokeOffIsStartedAgain has an answer come after the config
// that asked for it.
func TestARunThatAReloadBrokeOffIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := idleLoop(t.Context())
		l.replace(farm(passes))
		l.settle()
		w := l.services[vip(1)].servers[0].checks[0]
		l.queue.take(w)
		l.probe(w, time.Now(), time.Now())
		l.replace(farm(always(checks.Result{Outcome: checks.Fail})))
		if !w.due.taken() {
			t.Error("a check that was under way is not due")
		}
		late := <-l.inbox
		if late(); w.answered || l.gate.running != 0 {
			t.Errorf("an answer to the config before counts: %v; %d run", w.answered, l.gate.running)
		}
	})
}

// TestSharedChecksAreDroppedWithTheLastWhoAsks takes servers out of two services
// that share them, one by one.
func TestSharedChecksAreDroppedWithTheLastWhoAsks(t *testing.T) {
	l := idleLoop(t.Context())
	config := sharingFarm(2, 2, tcpCheck(0))
	load := func(servers ...int) {
		c := config
		c.Services = nil
		for i, s := range config.Services {
			s.Servers = s.Servers[:servers[i]]
			c.Services = append(c.Services, s)
		}
		l.replace(c)
		l.settle()
	}
	for _, step := range []struct {
		servers []int
		watches int
	}{{[]int{2, 2}, 2}, {[]int{1, 2}, 2}, {[]int{2, 1}, 2}, {[]int{1, 1}, 1}, {[]int{0, 1}, 1}, {[]int{0, 0}, 0}, {[]int{2, 2}, 2}} {
		load(step.servers...)
		watches := map[*watch]int{}
		for _, srv := range l.servers() {
			watches[srv.checks[0]]++
		}
		for w, n := range watches {
			if w.gone || len(w.users) != n || !w.due.taken() {
				t.Errorf("%v: a watch of %d servers has %d users, gone %v", step.servers, n, len(w.users), w.gone)
			}
		}
		if len(watches) != step.watches || len(l.queue.slots) != step.watches {
			t.Errorf("%v: %d watches, %d are due, want %d", step.servers, len(watches), len(l.queue.slots), step.watches)
		}
	}
}
