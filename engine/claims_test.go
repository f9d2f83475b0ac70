package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"luavs/ipvs"
)

// ended is a context that has.
func ended(t *testing.T) context.Context {
	ctx, end := context.WithCancel(t.Context())
	end()
	return ctx
}

// The loop of a policy that was unloaded has a service leave. That it cannot be
// asked is no sign that it has nothing to do any more.
func TestALoopThatCannotBeAskedKeepsWhatItHas(t *testing.T) {
	k := ipvs.NewMemory()
	inBubble(t, k, func(t *testing.T, e *Engine) {
		c := farm(passes)
		c.Services[0].Drain, c.Services[0].Servers[1].Drain = time.Minute, time.Minute
		if err := e.Load(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if err := k.SetConnections(vip(1), rip(2), 7, 0); err != nil {
			t.Fatal(err)
		}
		if err := e.Unload(t.Context(), "farm"); err != nil {
			t.Fatal(err)
		}
		failed := 0
		for range 50 { // whether it is asked all the same is by chance
			if err := e.do(t.Context(), func(loops fleet) error { return e.tidy(ended(t), loops) }); err != nil {
				failed++
			}
		}
		status, err := e.Status(t.Context())
		if err != nil || len(status.Policies) != 1 || !status.Policies[0].Removed || failed == 0 {
			t.Fatalf("failed %d times; got %+v, %v", failed, status, err)
		}
		time.Sleep(time.Minute + 2*ResyncEvery)
		synctest.Wait()
		if status, err = e.Status(t.Context()); err != nil || len(status.Policies) != 0 || k.String() != "" {
			t.Errorf("once it has left: %+v, %v, %s", status, err, k)
		}
	})
}

func TestAReleaseThatIsCalledOffGivesUpNothing(t *testing.T) {
	k := ipvs.NewMemory()
	inBubble(t, k, func(t *testing.T, e *Engine) {
		c := farm(passes)
		other := farm(passes).Services[0]
		other.Spec.ServiceKey = vip(2)
		c.Services = append(c.Services, other)
		if err := e.Load(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		table := k.String()
		e.Hold()
		if err := e.Load(t.Context(), farm(passes)); err != nil {
			t.Fatal(err)
		}
		for range 50 { // whether it is heard all the same would be by chance
			if err := e.Release(ended(t)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			synctest.Wait()
		}
		if got := k.String(); got != table {
			t.Errorf("the kernel holds\n%s\nwant\n%s", got, table)
		}
		if err := e.Release(t.Context()); err != nil || strings.Contains(k.String(), "10.0.0.2") {
			t.Errorf("%v, the kernel holds\n%s", err, k)
		}
	})
}

// What a loop answers for is known without asking it: who declares a service, whom
// it leaves, and that it has left.
func TestClaimsFollowTheServices(t *testing.T) {
	k := ipvs.NewMemory()
	inBubble(t, k, func(t *testing.T, e *Engine) {
		claimed := func(want map[int]string) {
			t.Helper()
			e.do(t.Context(), func(fleet) error {
				got := map[int]string{}
				for n := range 4 {
					if c, ok := e.claims[vip(n)]; ok {
						if got[n] = c.by.name; c.leaves {
							got[n] += " leaves"
						}
					}
				}
				if len(got) != len(want) {
					t.Errorf("got %v, want %v", got, want)
				}
				for n, by := range want {
					if got[n] != by {
						t.Errorf("got %v, want %v", got, want)
					}
				}
				return nil
			})
		}
		config := func(name string, numbers ...int) Config {
			c := Config{Name: name}
			for _, n := range numbers {
				s := farm(passes).Services[0]
				s.Spec.ServiceKey, s.Drain, s.Servers[1].Drain = vip(n), time.Minute, time.Minute
				c.Services = append(c.Services, s)
			}
			return c
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		must(e.Load(t.Context(), config("a", 1, 2), config("b", 3)))
		time.Sleep(3 * time.Second)
		must(k.SetConnections(vip(2), rip(2), 7, 0))
		must(k.SetConnections(vip(3), rip(2), 7, 0))
		claimed(map[int]string{1: "a", 2: "a", 3: "b"})
		must(e.Load(t.Context(), config("a", 1)))
		claimed(map[int]string{1: "a", 2: "a leaves", 3: "b"})
		must(e.Load(t.Context(), config("a", 3), config("b", 1, 2)))
		claimed(map[int]string{1: "b", 2: "b", 3: "a"})
		must(e.Unload(t.Context(), "b"))
		time.Sleep(2 * ResyncEvery) // it is known then who has no connections
		claimed(map[int]string{2: "b leaves", 3: "a"})
		time.Sleep(2 * time.Minute)
		claimed(map[int]string{3: "a"})
		e.Hold()
		must(e.Unload(t.Context(), "a"))
		claimed(map[int]string{})
		must(e.Release(t.Context()))
		claimed(map[int]string{3: "a leaves"})
		time.Sleep(2 * time.Minute)
		claimed(map[int]string{})
	})
}
