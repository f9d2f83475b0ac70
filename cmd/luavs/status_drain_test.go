package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/engine"
)

func TestStatusOfWhatIsOnTheWayOut(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	since := now.Add(-12 * time.Second)
	var b strings.Builder
	printStatus(&b, engine.Status{Policies: []engine.PolicyStatus{{
		Name: "web.lua", Since: since, Removed: true,
		Services: []engine.ServiceStatus{{
			Name: "web", Service: "tcp 10.0.0.1:80", Scheduler: "wrr", Leaving: true,
			Draining: []engine.DrainStatus{
				{Addr: "192.168.0.1:80", Why: "does not serve\x1b any more", Since: since, Until: now.Add(4*time.Minute + 48*time.Second), Active: 3},
				{Addr: "192.168.0.2:80", Why: "disks", Since: since, Active: 1, Hint: "a sysctl helps"},
			},
		}},
	}}}, now)
	want := `policy web.lua, removed 12s ago: its services are drained

tcp 10.0.0.1:80 wrr "web", not declared any more: deleted when all is drained
  nobody serves
  draining: 192.168.0.1:80 for 12s, 3 active connections, cut off in 4m48s: does not serve. any more
  draining: 192.168.0.2:80 for 12s, 1 active connections, as long as they last: disks
  HINT a sysctl helps
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

func TestWhatIsSaidAfterAnOrder(t *testing.T) {
	now := time.Unix(1000, 0)
	o := engine.Ordered{Service: "tcp 10.0.0.1:80", Server: "192.168.0.1:80", State: engine.StateDraining, Active: 7}
	for want, change := range map[string]func(*engine.Ordered){
		"192.168.0.1:80 in tcp 10.0.0.1:80: draining, 7 active connections":                  func(*engine.Ordered) {},
		"192.168.0.1:80 in tcp 10.0.0.1:80: draining, 7 active connections, cut off in 1m0s": func(o *engine.Ordered) { o.Until = now.Add(time.Minute) },
		"192.168.0.1:80 in tcp 10.0.0.1:80: maintenance, 7 active connections, cut off now":  func(o *engine.Ordered) { o.State, o.Until = engine.StateMaintenance, now },
		"192.168.0.1:80 in tcp 10.0.0.1:80: down, refused.":                                  func(o *engine.Ordered) { o.State, o.Reason = engine.StateDown, "refused\n" },
	} {
		o := o
		change(&o)
		if got := ordered(o, now); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestWaitingEndsWhenTheServerIsOutOrNotMarkedAnyMore(t *testing.T) {
	o := engine.Ordered{Service: "tcp 10.0.0.1:80", Server: "192.168.0.1:80"}
	for _, c := range []struct {
		name string
		mark *engine.Mark
		out  bool
		err  string
	}{
		{"it drains", &engine.Mark{Kind: engine.MarkDrain}, false, ""},
		{"it is out", &engine.Mark{Kind: engine.MarkDrain, Out: time.Unix(1, 0)}, true, ""},
		{"it was resumed", nil, false, "192.168.0.1:80 in tcp 10.0.0.1:80: somebody has resumed it, or taken it out of the policy"},
	} {
		server := engine.ServerStatus{Addr: o.Server, Mark: c.mark}
		status := engine.Status{Policies: []engine.PolicyStatus{{Services: []engine.ServiceStatus{{Service: o.Service, Servers: []engine.ServerStatus{server}}}}}}
		out, err := isOut(status, o)
		if out != c.out || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: got %v, %v", c.name, out, err)
		}
	}
}
