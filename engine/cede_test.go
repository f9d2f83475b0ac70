package engine

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// A service that was given up for another policy is left alone until that has it: a
// decision that was under way comes to nothing, and so do the answers of a check that
// another service has as well.
func TestWhatIsCededIsLeftAlone(t *testing.T) {
	k := ipvs.NewMemory()
	var failing atomic.Bool
	var under atomic.Pointer[chan struct{}]
	probe := checks.Func(func(_ context.Context, target checks.Target) checks.Result {
		if failing.Load() && target.Addr == rip(1) {
			return checks.Result{Outcome: checks.Fail, Cause: checks.Refused, Reason: "gone"}
		}
		return checks.Result{Outcome: checks.Pass}
	})
	inBubble(t, k, func(t *testing.T, e *Engine) {
		c := farm(probe)
		for i := range c.Services[0].Servers {
			c.Services[0].Servers[i].Checks[0].Shared = true
		}
		other := c.Services[0]
		other.Name, other.Spec.ServiceKey = "other", vip(2)
		c.Services = append(c.Services, other)
		c.Services[0].Decider = decideFunc(func(v *ServiceView) ([]ipvs.Destination, error) {
			if wait := under.Load(); wait != nil {
				<-*wait
				return nil, nil // nobody serves
			}
			return []ipvs.Destination{dest("1=1"), dest("2=3")}, nil
		})
		if err := e.Load(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		wait := make(chan struct{})
		under.Store(&wait)
		if err := c.Handle.Decide(t.Context(), vip(1)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := e.do(t.Context(), func(loops fleet) error {
			return loops["farm"].do(t.Context(), func() error { loops["farm"].cede([]ipvs.ServiceKey{vip(1)}); return nil })
		}); err != nil {
			t.Fatal(err)
		}
		close(wait)
		failing.Store(true)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		const first = "-A -t 10.0.0.1:80 -s wrr\n-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1\n-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3\n"
		const second = "-A -t 10.0.0.2:80 -s wrr\n-a -t 10.0.0.2:80 -r 192.168.0.2:80 -m -w 3\n"
		if got := k.String(); got != first+second {
			t.Errorf("the kernel holds\n%s\nwant\n%s", got, first+second)
		}
	})
}
