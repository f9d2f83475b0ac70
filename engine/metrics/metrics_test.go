package metrics

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// text is what Write writes.
func text(t *testing.T, families []Family) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, families); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheTextForm(t *testing.T) {
	up := Family{Name: "up", Help: "Whether it is\nup, or \\not.", Kind: Gauge}
	up.Add(1, "server", `a"b\c`+"\n", "zone", "\xff")
	up.Add(0)
	late := Family{Name: "late_seconds", Kind: Summary}
	late.Add(0.25e-9, "quantile", "0.5")
	want := `# HELP up Whether it is\nup, or \\not.
# TYPE up gauge
up{server="a\"b\\c\n",zone="` + "\uFFFD" + `"} 1
up 0
# TYPE late_seconds summary
late_seconds{quantile="0.5"} 2.5e-10
`
	if diff := cmp.Diff(want, text(t, []Family{up, {Name: "none", Kind: Counter}, late})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func add(n float64) func(float64) float64 { return func(v float64) float64 { return v + n } }

// must declares a metric that is right.
func must(t *testing.T, r *Registry, policy, name string, kind Kind) *Metric {
	t.Helper()
	m, err := r.Declare(policy, name, "", kind)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func change(t *testing.T, m *Metric, n float64, labels ...Label) {
	t.Helper()
	if err := m.Change(labels, add(n)); err != nil {
		t.Fatal(err)
	}
}

func TestARegistryCounts(t *testing.T) {
	r := NewRegistry()
	a, b := must(t, r, "a.lua", "orders_total", Counter), must(t, r, "b.lua", "orders_total", Counter)
	change(t, a, 1, Label{"shop", "x"}, Label{"kind", "y"})
	change(t, a, 2, Label{"kind", "y"}, Label{"shop", "x"})
	change(t, a, 1)
	change(t, b, 7)
	change(t, must(t, r, "a.lua", "load", Gauge), -0.5)
	again, err := r.Declare("a.lua", "orders_total", "Orders.", Counter) // as after a reload
	if err != nil {
		t.Fatal(err)
	}
	change(t, again, 1)
	want := `# TYPE load gauge
load{policy="a.lua"} -0.5
# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{policy="a.lua",kind="y",shop="x"} 3
orders_total{policy="a.lua"} 2
orders_total{policy="b.lua"} 7
`
	if diff := cmp.Diff(want, text(t, r.Families())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.Forget("a.lua")
	if got := text(t, r.Families()); got != "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total{policy=\"b.lua\"} 7\n" {
		t.Errorf("after a policy is gone:\n%s", got)
	}
	change(t, a, 5) // of code that still runs
	if got := text(t, r.Families()); !strings.Contains(got, `orders_total{policy="a.lua"} 5`) {
		t.Errorf("what is counted anew:\n%s", got)
	}
}

func TestARegistryRefuses(t *testing.T) {
	r := NewRegistry()
	m := must(t, r, "a.lua", "known", Gauge)
	declare := func(name, help string) error { _, err := r.Declare("a.lua", name, help, Counter); return err }
	many := make([]Label, MaxLabels+1)
	for want, err := range map[string]error{
		"want a name of letters":             declare("a-b", ""),
		`got ""`:                             declare("", ""),
		"LuaVS's own":                        declare("luavs_x", ""),
		"longer than 1024 bytes":             declare("x", strings.Repeat("x", MaxHelp+1)),
		"known is a gauge already":           declare("known", ""),
		"11 labels: want at most 10":         m.Change(many, add(1)),
		`label "a b": want a name`:           m.Change([]Label{{"a b", ""}}, add(1)),
		`other than "policy"`:                m.Change([]Label{{"policy", ""}}, add(1)),
		`label "__x"`:                        m.Change([]Label{{"__x", ""}}, add(1)),
		`label "a:b"`:                        m.Change([]Label{{"a:b", ""}}, add(1)),
		"a value of 257 bytes: want at most": m.Change([]Label{{"a", strings.Repeat("x", MaxValue+1)}}, add(1)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if got := text(t, r.Families()); got != "" {
		t.Errorf("counted\n%s", got)
	}
}

func TestARegistryIsBounded(t *testing.T) {
	r := NewRegistry()
	m := must(t, r, "a.lua", "x", Gauge)
	for i := range MaxSeries {
		change(t, m, 1, Label{"n", fmt.Sprint(i)})
	}
	if err := m.Change(nil, add(1)); err == nil || !strings.Contains(err.Error(), "1000 figures, which is the limit") {
		t.Errorf("got %v", err)
	}
	change(t, m, 1, Label{"n", "7"})              // what is there can change
	change(t, must(t, r, "b.lua", "x", Gauge), 1) // and others have their own
	for i := range MaxNames - 1 {
		must(t, r, "a.lua", fmt.Sprintf("y%d", i), Gauge)
	}
	if _, err := r.Declare("a.lua", "one_more", "", Gauge); err == nil || !strings.Contains(err.Error(), "100 names, which is the limit") {
		t.Errorf("got %v", err)
	}
	must(t, r, "a.lua", "y7", Gauge)
}

// Whatever a label says, each figure is one line.
func FuzzText(f *testing.F) {
	f.Add("a\"b\\\n", "help\n")
	f.Fuzz(func(t *testing.T, value, help string) {
		x := Family{Name: "x", Help: help, Kind: Gauge}
		x.Add(1, "l", value)
		lines := strings.Split(text(t, []Family{x}), "\n")
		if n := len(lines); n != 3 && !(n == 4 && help != "") || !strings.HasSuffix(lines[len(lines)-2], `"} 1`) {
			t.Errorf("wrote %q", lines)
		}
	})
}
