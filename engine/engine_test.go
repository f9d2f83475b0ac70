package engine

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/checks"
	"luavs/ipvs"
)

// inBubble runs f with a running engine in virtual time, and fails if anything
// the engine started outlives Run.
func inBubble(t *testing.T, k Kernel, f func(t *testing.T, e *Engine)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		e := New(k, slog.New(slog.NewTextHandler(t.Output(), nil)))
		ended := make(chan error, 1)
		go func() { ended <- e.Run(ctx) }()
		f(t, e)
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: got %v, want context.Canceled", err)
		}
	})
}

// farm is a config of one service with two servers, checked by probe.
func farm(probe checks.Check) Config {
	c := Check{ID: "probe", Probe: probe, Schedule: Every(2 * time.Second), Timeout: time.Second, Limits: Limits{Rise: 1, Fall: 1}}
	return Config{Name: "farm", Handle: &Handle{}, Services: []Service{{
		Name: "web", Spec: ipvs.Service{ServiceKey: vip(1), Scheduler: "wrr"},
		Servers: []Server{
			{Name: "a", Destination: dest("1=1"), Checks: []Check{c}},
			{Name: "b", Destination: dest("2=3"), Checks: []Check{c}},
		},
	}}}
}

func always(r checks.Result) checks.Check {
	return checks.Func(func(context.Context, checks.Target) checks.Result { return r })
}

var passes = always(checks.Result{Outcome: checks.Pass, Reason: "status 200"})

func TestHandleIsDeadBeforeAndAfterItsConfigIsInForce(t *testing.T) {
	inBubble(t, ipvs.NewMemory(), func(t *testing.T, e *Engine) {
		ctx := t.Context()
		first, second := farm(passes), farm(passes)
		use := func(h *Handle) error {
			_, err := h.View(vip(1))
			_, startErr := h.Start(ctx, Job{Schedule: Every(time.Second), Run: func(context.Context) {}})
			weightErr := h.SetWeight(ctx, vip(1), rip(1), 1)
			if (err == nil) != (startErr == nil) || (err == nil) != (weightErr == nil) {
				t.Errorf("methods disagree: %v, %v, %v", err, startErr, weightErr)
			}
			return err
		}
		if err := use(first.Handle); !errors.Is(err, ErrNotInForce) {
			t.Errorf("before Load: got %v, want ErrNotInForce", err)
		}
		if err := e.Load(ctx, first); err != nil {
			t.Fatal(err)
		}
		if err := use(first.Handle); err != nil {
			t.Errorf("in force: %v", err)
		}
		if err := e.Load(ctx, second); err != nil {
			t.Fatal(err)
		}
		if err := use(first.Handle); !errors.Is(err, ErrNotInForce) {
			t.Errorf("replaced: got %v, want ErrNotInForce", err)
		}
		if err := use(second.Handle); err != nil {
			t.Errorf("the new one: %v", err)
		}
		if err := e.Unload(ctx, "farm"); err != nil {
			t.Fatal(err)
		}
		if err := use(second.Handle); !errors.Is(err, ErrNotInForce) {
			t.Errorf("unloaded: got %v, want ErrNotInForce", err)
		}
	})
}

func TestJobsStartedByCodeRunUntilTheyAreCancelled(t *testing.T) {
	inBubble(t, ipvs.NewMemory(), func(t *testing.T, e *Engine) {
		c := farm(passes)
		if err := e.Load(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		var runs, late atomic.Int32
		cancel, err := c.Handle.Start(t.Context(), Job{Schedule: Every(time.Second), Run: func(context.Context) { runs.Add(1) }})
		if err != nil {
			t.Fatal(err)
		}
		once := Once(time.Now().Add(90 * time.Second))
		if _, err := c.Handle.Start(t.Context(), Job{Schedule: once, Run: func(context.Context) { late.Add(1) }}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Second + time.Millisecond)
		cancel()
		time.Sleep(time.Hour)
		if runs.Load() != 10 || late.Load() != 1 {
			t.Errorf("ran %d times in ten seconds and %d times once; want 10 and 1", runs.Load(), late.Load())
		}
	})
}

func TestEngineThatDoesNotRunSaysSo(t *testing.T) {
	e := New(ipvs.NewMemory(), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := e.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := e.Load(t.Context(), farm(passes)); !errors.Is(err, ErrStopped) {
		t.Errorf("Load: got %v, want ErrStopped", err)
	}
	if _, err := e.Status(t.Context()); !errors.Is(err, ErrStopped) {
		t.Errorf("Status: got %v, want ErrStopped", err)
	}
}

func TestRunEndsAlthoughProbesAndDecidersHang(t *testing.T) {
	hangs := checks.Func(func(ctx context.Context, _ checks.Target) checks.Result {
		<-ctx.Done()
		return checks.Result{}
	})
	inBubble(t, ipvs.NewMemory(), func(t *testing.T, e *Engine) {
		if err := e.Load(t.Context(), farm(hangs)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2500 * time.Millisecond)
	})
}

func TestStatusIsACopyThatSurvivesJSON(t *testing.T) {
	inBubble(t, ipvs.NewMemory(), func(t *testing.T, e *Engine) {
		started := time.Now()
		failing := checks.Func(func(_ context.Context, t checks.Target) checks.Result {
			if t.Addr == rip(1) {
				return checks.Result{Outcome: checks.Pass, Reason: "status 200"}
			}
			return checks.Result{Outcome: checks.Fail, Cause: checks.Refused, Reason: "connection refused"}
		})
		if err := e.Load(t.Context(), farm(failing)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		status, err := e.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p := status.Policies[0]
		s := p.Services[0]
		if p.Name != "farm" || !p.Since.Equal(started) || s.Service != "tcp 10.0.0.1:80" || !s.Settled {
			t.Errorf("got %+v", p)
		}
		if diff := cmp.Diff([]MemberStatus{{"192.168.0.1:80", "nat", 1}}, s.Members); diff != "" {
			t.Error(diff)
		}
		b := s.Servers[1]
		if b.State != StateDown || b.Reason != "connection refused" || b.Checks[0].Cause != "refused" || b.Checks[0].Runs == 0 {
			t.Errorf("server b: got %+v", b)
		}
		text, err := json.Marshal(status)
		if err != nil {
			t.Fatal(err)
		}
		var again Status
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(status, again); diff != "" {
			t.Errorf("after JSON (-before +after):\n%s", diff)
		}
		if !strings.Contains(string(text), `"state":"down"`) {
			t.Errorf("states are not words: %s", text)
		}
	})
}

func TestStateRefusesUnknownWords(t *testing.T) {
	var s State
	if err := s.UnmarshalText([]byte("upp")); err == nil {
		t.Error(`"upp" is taken for a state`)
	}
}

func TestConnectionCountsReachTheViews(t *testing.T) {
	k := ipvs.NewMemory()
	inBubble(t, k, func(t *testing.T, e *Engine) {
		c := farm(passes)
		if err := e.Load(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if err := k.SetConnections(vip(1), rip(2), 7, 600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(ResyncEvery)
		synctest.Wait()
		v, err := c.Handle.View(vip(1))
		if err != nil {
			t.Fatal(err)
		}
		if s := v.Server(rip(2)); s.Active != 7 || s.Inactive != 600 {
			t.Errorf("got %d active, %d inactive, want 7 and 600", s.Active, s.Inactive)
		}
	})
}

func TestSomebodyElsesChangeStandsNoLongerThanTheResync(t *testing.T) {
	for _, every := range []time.Duration{time.Second, 40 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			k := ipvs.NewMemory()
			e := New(k, slog.New(slog.DiscardHandler))
			e.UseResync(every)
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- e.Run(ctx) }()
			defer func() { stop(); <-ended }()
			if err := e.Load(ctx, farm(passes)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(every + every/4)
			k.Apply([]ipvs.Change{{Op: ipvs.DelService, Service: ipvs.Service{ServiceKey: vip(1)}}})
			for _, look := range []struct {
				after time.Duration
				want  int
			}{{every / 2, 0}, {every / 2, 1}} {
				time.Sleep(look.after)
				if table, _ := k.Table(); len(table) != look.want {
					t.Errorf("every %v, %v later: %d services, want %d", every, look.after, len(table), look.want)
				}
			}
		})
	}
}

// idleLoop is a loop that does not run, over an empty kernel.
func idleLoop(ctx context.Context) *loop {
	kernel, log := ipvs.NewMemory(), slog.New(slog.DiscardHandler)
	return newLoop(ctx, "test", kernel, newPaths(kernel, log, PathMarks), newPulse(log), newRecords(), log)
}

// BenchmarkAnswer is what one answer costs the loop that does not change a
// verdict: with 4,000 servers there are that many a second.
func BenchmarkAnswer(b *testing.B) {
	l := idleLoop(b.Context())
	l.replace(farm(passes))
	l.settle()
	w := l.services[vip(1)].servers[0].checks[0]
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		l.answer(w, checks.Result{Outcome: checks.Pass}, now)
		l.settle()
	}
}

// BenchmarkTurn is what it costs that one of a thousand servers of a service
// goes down or comes up.
func BenchmarkTurn(b *testing.B) {
	l := idleLoop(b.Context())
	c := farm(passes)
	for n := 3; n <= 1000; n++ {
		srv := c.Services[0].Servers[0]
		srv.Destination.Addr = rip(n)
		c.Services[0].Servers = append(c.Services[0].Servers, srv)
	}
	l.replace(c)
	l.settle()
	now := time.Now()
	for _, srv := range l.servers() {
		l.answer(srv.checks[0], checks.Result{Outcome: checks.Pass}, now)
	}
	w := l.services[vip(1)].servers[0].checks[0]
	outcomes := []checks.Outcome{checks.Fail, checks.Pass}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		l.answer(w, checks.Result{Outcome: outcomes[n%2]}, now)
		l.settle()
	}
}
