package main

import (
	"context"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"luavs/engine"
	"luavs/engine/metrics"
	"luavs/ipvs"
	"luavs/luaapi"
	"luavs/luaapi/reload"
)

// exposition is a line of the text form: a figure, or what is said of those that
// follow.
var exposition = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})?) (?:[0-9.e+-]+|NaN|[+-]Inf))$`)
})

// watchedStatus is a status with what is odd.
func watchedStatus() engine.Status {
	server := func(addr string, state engine.State) engine.ServerStatus {
		return engine.ServerStatus{Addr: addr, State: state, Serves: 2, Active: 3, Inactive: 4}
	}
	return engine.Status{Paths: engine.PathFigures{Changes: 5, Refusals: 1}, Problems: []string{"a", "b"}, State: "disk full", Policies: []engine.PolicyStatus{
		{Name: "web.lua", Since: time.Unix(1e9, 5e8), Figures: engine.Figures{Loads: 3, Checks: 1e9, Changes: 7, Refusals: 2, LateP50: 0.5, LateP99: 12},
			Services: []engine.ServiceStatus{
				{Name: `odd "name"\`, Service: "tcp 10.0.0.1:80", Servers: []engine.ServerStatus{server("192.168.0.1:80", engine.StateUp), server("[2001:db8::1]:80", engine.StateDown)}},
				{Name: "empty", Service: "fwmark 7 inet6"},
				{Name: "removed", Service: "tcp 10.0.0.9:80", Leaving: true},
			}},
		{Name: "api.lua"},
	}}
}

// figuresOf returns the figures of a daemon with a status, and their text.
func figuresOf(t *testing.T, status engine.Status) ([]metrics.Family, string) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	w := watched{
		status:  func(context.Context) (engine.Status, error) { return status, nil },
		set:     reload.New(nil, engine.New(ipvs.NewMemory(), quiet), luaapi.Options{Log: quiet}),
		counted: metrics.NewRegistry(), began: time.Now(),
	}
	families, err := w.figures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := metrics.Write(&b, families); err != nil {
		t.Fatal(err)
	}
	return families, b.String()
}

// Each figure is there once, and each line is as Prometheus reads it.
func TestFiguresAreAsPrometheusReadsThem(t *testing.T) {
	_, text := figuresOf(t, watchedStatus())
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		m := exposition().FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		switch {
		case m == nil:
			t.Errorf("no line of the text form: %s", line)
		case m[3] != "" && seen[m[3]]:
			t.Errorf("twice: %s", line)
		default:
			seen[m[3]] = true
		}
	}
	for _, want := range []string{
		"luavs_problems 2\n", "luavs_state_unwritten 1\n", "luavs_reloads_total{policy=\"web.lua\"} 2\n", "luavs_reloads_total{policy=\"api.lua\"} 0\n",
		"luavs_check_lateness_seconds{policy=\"web.lua\",quantile=\"0.99\"} 0.012\n", "luavs_policy_loaded_time_seconds{policy=\"web.lua\"} 1.0000000005e+09\n",
		"luavs_servers{policy=\"web.lua\",service=\"tcp 10.0.0.1:80\",name=\"odd \\\"name\\\"\\\\\",state=\"down\"} 1\n",
		"luavs_servers{policy=\"web.lua\",service=\"fwmark 7 inet6\",name=\"empty\",state=\"up\"} 0\n",
		"server=\"[2001:db8::1]:80\"} 0\n",
		"luavs_kernel_changes_total{policy=\"web.lua\"} 7\n", "luavs_kernel_changes_total{policy=\"\"} 5\n", "luavs_kernel_refusals_total{policy=\"\"} 1\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s\nin\n%s", want, text)
		}
	}
}

// An alarm for who has nobody must not ring for who is taken out on purpose.
func TestWhoLeavesHasNoFigureOfWhoServes(t *testing.T) {
	_, text := figuresOf(t, watchedStatus())
	if !strings.Contains(text, "luavs_serving{policy=\"web.lua\",service=\"fwmark 7 inet6\",name=\"empty\"} 0\n") {
		t.Errorf("a virtual server without servers has no figure of who serves:\n%s", text)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "luavs_serving{") && strings.Contains(line, "removed") {
			t.Errorf("one that leaves has: %s", line)
		}
	}
}

func TestEachFigureIsDocumentedAndTheOtherWayRound(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	families, text := figuresOf(t, watchedStatus())
	for _, f := range families {
		if !strings.Contains(string(page), f.Name) {
			t.Errorf("%s is not in docs/operations.md", f.Name)
		}
	}
	for _, name := range regexp.MustCompile("`(luavs_[a-z_]+)").FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(text, "# TYPE "+name[1]+" ") {
			t.Errorf("docs/operations.md names %s, which is not there", name[1])
		}
	}
}
