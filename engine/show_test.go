package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"luavs/ipvs"
)

// TestAViewIsMadeForWhoeverAsks looks at a service before and after a change, and
// from many goroutines at once.
func TestAViewIsMadeForWhoeverAsks(t *testing.T) {
	inBubble(t, ipvs.NewMemory(), func(t *testing.T, e *Engine) {
		c := farm(passes)
		if err := e.Load(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		look := func() *ServiceView {
			v, err := c.Handle.View(vip(1))
			if err != nil {
				t.Error(err)
				return &ServiceView{}
			}
			return v
		}
		first := look()
		if first.Servers[0].State != StateUnknown || look() != first {
			t.Errorf("got %v, and another view though nothing changed", first.Servers[0].State)
		}
		time.Sleep(11*time.Second + time.Millisecond)
		synctest.Wait()
		second := look()
		if first.Servers[0].State != StateUnknown || second.Servers[0].State != StateUp || len(second.Members) != 2 {
			t.Errorf("the old view says %v, the new one %v with %v", first.Servers[0].State, second.Servers[0].State, second.Members)
		}
		c.Handle.SetWeight(t.Context(), vip(1), rip(1), 7)
		views := make(chan *ServiceView)
		for range 8 {
			go func() { views <- look() }()
		}
		for range 8 {
			if v := <-views; v.Server(rip(1)).Configured != 7 || v.Servers[1] != second.Servers[1] {
				t.Errorf("weight %d, want 7; and the other server's copy as before", v.Server(rip(1)).Configured)
			}
		}
	})
}

func TestViewsAreDroppedAtWhichNobodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := idleLoop(t.Context())
		l.replace(farm(passes))
		l.settle()
		s := l.services[vip(1)]
		copies := func() (n int) {
			for _, srv := range s.servers {
				if srv.view != nil {
					n++
				}
			}
			return n
		}
		if s.shown.view.Load() != nil || copies() != 0 {
			t.Error("there is a view, and nobody has asked")
		}
		s.show(l.name)
		s.shown.looked.Store(true)
		if l.renewViews(); copies() != 2 || l.atHand(vip(1)) == nil {
			t.Errorf("%d copies of servers, want both: somebody has looked", copies())
		}
		l.renewViews()
		if l.renewViews(); copies() != 0 || s.shown.view.Load() != nil {
			t.Errorf("%d copies of servers at which nobody looks any more", copies())
		}
	})
}

func TestAServerOfAViewIsFoundHoweverManyThereAre(t *testing.T) {
	for _, n := range []int{0, 1, indexFrom - 1, indexFrom, 500} {
		l := idleLoop(t.Context())
		c := sharingFarm(1, n, tcpCheck(0))
		l.replace(c)
		v := l.services[c.Services[0].Spec.ServiceKey].show(l.name)
		for i := range n {
			if sv := v.Server(rip(i + 1)); sv != v.Servers[i] {
				t.Errorf("%d servers: number %d is not found", n, i)
			}
		}
		if v.Server(rip(n+1)) != nil {
			t.Errorf("%d servers: one is found that is not there", n)
		}
	}
}

// BenchmarkViewServer looks each of 4,000 servers of a view up, as a policy does.
func BenchmarkViewServer(b *testing.B) {
	l := idleLoop(b.Context())
	c := sharingFarm(1, 4000, tcpCheck(0))
	l.replace(c)
	s := l.services[c.Services[0].Spec.ServiceKey]
	for b.Loop() {
		v := s.copy(l.name)
		for _, srv := range s.servers {
			if v.Server(srv.addr()) == nil {
				b.Fatal("not found")
			}
		}
	}
}
