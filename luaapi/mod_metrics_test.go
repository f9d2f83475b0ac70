package luaapi

import (
	"strings"
	"testing"

	"luavs/engine/metrics"
)

// counted is what a bench has counted, as text.
func counted(t *testing.T, b *bench) string {
	t.Helper()
	var text strings.Builder
	if err := metrics.Write(&text, b.rt.metrics.Families()); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestMetrics(t *testing.T) {
	b := newBench(t)
	b.rt.loading.Store(true)
	b.must(t, `orders = metrics.counter("orders_total", "Orders.") load = metrics.gauge("load")`)
	b.rt.loading.Store(false)
	got := b.must(t, `orders:add() orders:add(2.5, { shop = "x", kind = "y z" }) load:set(7) load:add(-2) load:add() print(load:set(1, { zone = "a" }), tostring(orders), tostring(load))`)
	if got != "true\tcounter\tgauge" {
		t.Errorf("printed %q", got)
	}
	want := `# TYPE load gauge
load{policy="test.lua",zone="a"} 1
load{policy="test.lua"} 6
# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{policy="test.lua",kind="y z",shop="x"} 2.5
orders_total{policy="test.lua"} 1
`
	if got := counted(t, b); got != want {
		t.Errorf("counted\n%s\nwant\n%s", got, want)
	}
}

func TestMetricsRefuse(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "a wrong name", script: `metrics.counter("a b")`, err: `metrics.counter: want a name of letters, digits and _ such as "shop_orders_total", got "a b"`},
		{name: "a name of ours", script: `metrics.gauge("luavs_servers")`, err: `names that begin with luavs_ are LuaVS's own`},
		{name: "two kinds", script: `metrics.gauge("x") metrics.counter("x")`, err: `metrics.counter: x is a gauge already`},
		{name: "less than nothing", script: `metrics.counter("x"):add(-1)`, err: `counter:add: argument 1: a counter only grows, got -1 (metrics.gauge goes both ways)`},
		{name: "no number", script: `metrics.gauge("x"):set()`, err: `gauge:set: argument 2: want a number, got nil`},
		{name: "infinity", script: `metrics.gauge("x"):set(1/0)`, err: `want a number`},
		{name: "a label that is no text", script: `metrics.gauge("x"):set(1, { n = 5 })`, err: `field "n": want a string, got 5`},
		{name: "labels that are none", script: `metrics.gauge("x"):set(1, "y")`, err: `gauge:set: argument 3: want a table, got "y"`},
		{name: "a label of ours", script: `print(metrics.gauge("x"):set(1, { policy = "y" }))`, want: "nil\tlabel \"policy\": want a name of letters, digits and _ other than \"policy\""},
		{name: "a method it has not", script: `metrics.counter("x"):set(1)`, err: `a counter has no field "set"`},
		{name: "too many", script: `local g, last, why = metrics.gauge("x") for i = 1, 1001 do last, why = g:set(i, { n = tostring(i) }) end print(last, why)`,
			want: "nil\tthis policy has 1000 figures, which is the limit: use fewer different labels"},
	})
}

func TestMetricsDoNotChangeWhileThePolicyLoads(t *testing.T) {
	for _, call := range []string{`metrics.counter("x"):add()`, `metrics.gauge("x"):set(1)`} {
		b := newBench(t)
		b.rt.loading.Store(true)
		if _, err := b.run(t, t.Context(), call); err == nil || !strings.Contains(err.Error(), "a policy only declares while it loads") {
			t.Errorf("%s: error %v", call, err)
		}
	}
}
