package engine

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

func TestWhatAnAnswerSaysOfTheNetwork(t *testing.T) {
	for name, c := range map[string]struct {
		result checks.Result
		want   reply
	}{
		"a pass":                   {checks.Result{Outcome: checks.Pass}, voice},
		"a degraded answer":        {checks.Result{Outcome: checks.Degraded, Cause: checks.Status}, voice},
		"a refusal":                {checks.Result{Outcome: checks.Fail, Cause: checks.Refused}, voice},
		"a wrong status":           {checks.Result{Outcome: checks.Fail, Cause: checks.Status}, voice},
		"a bad certificate":        {checks.Result{Outcome: checks.Fail, Cause: checks.TLS}, voice},
		"no answer in time":        {checks.Result{Outcome: checks.Fail, Cause: checks.Timeout}, silence},
		"no route":                 {checks.Result{Outcome: checks.Fail, Cause: checks.Unreachable}, silence},
		"a program's exit code":    {checks.Result{Outcome: checks.Fail, Cause: checks.Exit}, saysNothing},
		"a function's verdict":     {checks.Result{Outcome: checks.Fail, Cause: checks.Verdict}, saysNothing},
		"a fault on our side":      {checks.Result{Cause: checks.Local}, saysNothing},
		"a program that was ended": {checks.Result{Outcome: checks.Fail, Cause: checks.Signal}, saysNothing},
	} {
		if got := replyOf(c.result); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

// lossy is a network of four servers that may be lost, and what says how each of
// them is: it goes by what its check answered last.
type lossy struct {
	lost  atomic.Bool
	takes time.Duration // to say it
}

// Check implements [checks.Check].
func (n *lossy) Check(ctx context.Context, t checks.Target) checks.Result {
	if n.lost.Load() {
		<-ctx.Done()
		return checks.Result{Outcome: checks.Fail, Cause: checks.Timeout, Reason: "no answer"}
	}
	return checks.Result{Outcome: checks.Pass, Reason: "status 200", Advice: checks.Advice{Kind: checks.SetWeight, Value: 7}}
}

// Combine implements [Combiner].
func (n *lossy) Combine(ctx context.Context, v *ServerView) checks.Result {
	time.Sleep(n.takes)
	r := v.Checks[0].Last
	return checks.Result{Outcome: r.Outcome, Cause: checks.Verdict, Reason: "of my own: " + r.Reason, Advice: checks.Advice{Kind: checks.ScaleWeight, Value: 300}}
}

// load puts it in force, as two services.
func (n *lossy) load(t *testing.T, e *Engine, fall int) {
	c := Config{Name: "lossy", Isolation: Isolation{Hosts: 3, Services: 2, Hold: time.Hour}}
	for i := range 2 {
		s := Service{Name: strconv.Itoa(i), Spec: ipvs.Service{ServiceKey: vip(i + 1), Scheduler: "wrr"}}
		for j := range 2 {
			check := Check{ID: "lossy", Probe: n, Schedule: Every(2 * time.Second), Timeout: time.Second, Limits: Limits{Rise: 1, Fall: fall}}
			d := ipvs.Destination{Addr: rip(2*i + j + 1), Weight: 1}
			s.Servers = append(s.Servers, Server{Name: d.Addr.String(), Destination: d, Checks: []Check{check}, Combiner: n})
		}
		c.Services = append(c.Services, s)
	}
	e.home = machineWith("")
	if err := e.Load(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// TestACombinerDoesNotJudgeBySilenceThatDoesNotCount loses the network twice, of
// servers whose combiner takes any fail for the server's.
func TestACombinerDoesNotJudgeBySilenceThatDoesNotCount(t *testing.T) {
	for _, c := range []struct {
		name  string
		fall  int
		takes time.Duration
	}{
		{"one that takes servers down before it is clear", 3, 0},
		{"one that takes them down with the check", 1, 0},
		{"one whose answer comes when it is clear", 1, 1900 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, kernel := &lossy{takes: c.takes}, ipvs.NewMemory()
			inBubble(t, kernel, func(t *testing.T, e *Engine) {
				n.load(t, e, c.fall)
				time.Sleep(10 * time.Second)
				want := kernel.String()
				if strings.Count(want, "-w 21\n") != 4 {
					t.Fatalf("the table is\n%s\nwant all four with the weight that is advised", want)
				}
				for range 2 {
					n.lost.Store(true)
					time.Sleep(12 * time.Second)
					for range 10 {
						synctest.Wait()
						if got := kernel.String(); got != want {
							t.Fatalf("while the network is lost, the table was\n%s\nand is\n%s", want, got)
						}
						time.Sleep(time.Second)
					}
					n.lost.Store(false)
					for range 10 {
						time.Sleep(time.Second)
						synctest.Wait()
						if got := kernel.String(); got != want {
							t.Fatalf("when it is back, the table was\n%s\nand is\n%s", want, got)
						}
					}
				}
			})
		})
	}
}
