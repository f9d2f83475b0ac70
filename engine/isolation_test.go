package engine

import (
	"net/netip"
	"testing"
	"time"

	"luavs/checks"
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

func TestChecksOfThisMachineSayNothingOfTheNetwork(t *testing.T) {
	of := func(addr string, probe checks.Check) *watch {
		srv := &server{decl: &Server{}}
		srv.decl.Destination.Addr = rip(1)
		if addr == "loopback" {
			srv.decl.Destination.Addr = netip.MustParseAddrPort("127.0.0.1:80")
		}
		return &watch{check: &Check{Probe: probe}, users: []*server{srv}}
	}
	for name, c := range map[string]struct {
		w    *watch
		want bool
	}{
		"a server on the network":   {of("", passes), false},
		"one on this machine":       {of("loopback", passes), true},
		"a file":                    {of("", &checks.File{Path: "/run/x"}), true},
		"reports that are awaited":  {of("", checks.TTL{Limit: time.Second}), true},
		"a program, of the network": {of("", checks.Func(nil)), false},
	} {
		if got := c.w.stays(); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
