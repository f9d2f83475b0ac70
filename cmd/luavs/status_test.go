package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/engine"
)

func TestStatusForAPerson(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	member := engine.MemberStatus{Addr: "192.168.0.1:80", Forward: "nat", Weight: 1}
	many := make([]engine.MemberStatus, maxMembers+7)
	for i := range many {
		many[i] = member
	}
	var b strings.Builder
	printStatus(&b, engine.Status{Problems: []string{"a.lua:1: oops"}, Policies: []engine.PolicyStatus{{
		Name: "web.lua", Since: now.Add(-3*time.Hour - 12*time.Minute), Problem: "probes start 3s late",
		Restarted: "2 times in a row, at last because of a memory limit", Figures: engine.Figures{LateP99: 5.75},
		Services: []engine.ServiceStatus{
			{
				Name: "web", Service: "tcp 10.0.0.1:80", Scheduler: "wrr", Settled: true,
				Problem: "web.lua:3: \x1b[31mred\n" + strings.Repeat("x", 2000), Members: []engine.MemberStatus{member},
				Servers: []engine.ServerStatus{
					{Name: "192.168.0.1:80", Addr: "192.168.0.1:80", Weight: 10, Serves: 5, State: engine.StateUp, Since: now.Add(-41 * time.Second), Reason: "status 200"},
					{Name: "web2", Addr: "192.168.0.2:80", Weight: 3, Serves: 3, State: engine.StateDown, Since: now.Add(-90 * time.Second), Reason: "connection refused"},
				},
			},
			{Name: "tcp 10.0.0.2:80", Service: "tcp 10.0.0.2:80", Scheduler: "wlc", Sources: []engine.SourceStatus{
				{Source: "file /etc/web.yaml", Servers: 3}, {Source: "dns web.example.org A", Problem: "no answer"},
			}},
			{Name: "tcp 10.0.0.3:80", Service: "tcp 10.0.0.3:80", Scheduler: "wlc", Settled: true, Quorum: engine.QuorumLost, Members: many},
		},
	}}}, now)
	want := `NOT IN FORCE a.lua:1: oops
policy web.lua, in force for 3h12m, 99 % of its checks begin within 5.75 ms of their time
  RESTARTED 2 times in a row, at last because of a memory limit
  PROBLEM probes start 3s late

tcp 10.0.0.1:80 wrr "web"
  PROBLEM web.lua:3: .[31mred.` + strings.Repeat("x", 1000-len("web.lua:3: .[31mred.")) + `...
  serving: 192.168.0.1:80 nat weight 1
  SERVER               STATE  FOR    WEIGHT   ACTIVE  INACTIVE  REASON
  192.168.0.1:80       up     41s    5 of 10  0       0         status 200
  web2 192.168.0.2:80  down   1m30s  3        0       0         connection refused

tcp 10.0.0.2:80 wlc, first checks are under way
  PROBLEM dns web.example.org A: no answer
  nobody serves
  SERVER  STATE  FOR  WEIGHT  ACTIVE  INACTIVE  REASON

tcp 10.0.0.3:80 wlc, quorum lost
  serving:` + strings.Repeat(" 192.168.0.1:80 nat weight 1,", maxMembers-1) + ` 192.168.0.1:80 nat weight 1 and 7 more
  SERVER  STATE  FOR  WEIGHT  ACTIVE  INACTIVE  REASON
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}
