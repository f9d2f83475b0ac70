package luaapi

import (
	lua "github.com/yuin/gopher-lua"

	"luavs/engine/metrics"
	"luavs/luaapi/args"
)

// metricsModule counts for those who watch the daemon.
type metricsModule struct {
	rt             *runtime
	counter, gauge *class[*metrics.Metric]
}

// newMetrics returns the module metrics. Names may be declared while the policy
// loads.
func newMetrics(rt *runtime, L *lua.LState) *lua.LTable {
	m := &metricsModule{rt: rt}
	m.counter = metricClass("counter", map[string]func(*lua.LState, *metrics.Metric) int{"add": m.count})
	m.gauge = metricClass("gauge", map[string]func(*lua.LState, *metrics.Metric) int{"add": m.add, "set": m.set})
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"counter": func(L *lua.LState) int { return m.declare(L, "metrics.counter", metrics.Counter, m.counter) },
		"gauge":   func(L *lua.LState) int { return m.declare(L, "metrics.gauge", metrics.Gauge, m.gauge) },
	})
}

func metricClass(name string, methods map[string]func(*lua.LState, *metrics.Metric) int) *class[*metrics.Metric] {
	return &class[*metrics.Metric]{name: name, methods: methods, print: func(*metrics.Metric) string { return name }}
}

// declare is metrics.counter(name [, help]) or metrics.gauge(name [, help]).
func (m *metricsModule) declare(L *lua.LState, what string, kind metrics.Kind, c *class[*metrics.Metric]) int {
	metric, err := m.rt.metrics.Declare(m.rt.name, argText(L, 1, what), textOr(L, 2, what, ""), kind)
	if err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	L.Push(c.object(L, metric))
	return 1
}

// count is counter:add([n [, labels]]).
func (m *metricsModule) count(L *lua.LState, metric *metrics.Metric) int {
	const what = "counter:add"
	if n := numberOr(L, 2, what, 1); n < 0 {
		L.RaiseError("%s: argument 1: a counter only grows, got %v (metrics.gauge goes both ways)", what, n)
	}
	return m.change(L, what, metric, func(v, n float64) float64 { return v + n })
}

// add is gauge:add([n [, labels]]).
func (m *metricsModule) add(L *lua.LState, metric *metrics.Metric) int {
	return m.change(L, "gauge:add", metric, func(v, n float64) float64 { return v + n })
}

// set is gauge:set(n [, labels]).
func (m *metricsModule) set(L *lua.LState, metric *metrics.Metric) int {
	const what = "gauge:set"
	argNumber(L, 2, what)
	return m.change(L, what, metric, func(_, n float64) float64 { return n })
}

// change changes a figure by the number after the colon, and returns true, or
// nil and a reason.
func (m *metricsModule) change(L *lua.LState, what string, metric *metrics.Metric, f func(v, n float64) float64) int {
	m.rt.running(L, what)
	n, labels := numberOr(L, 2, what, 1), readLabels(L, what)
	if err := metric.Change(labels, func(v float64) float64 { return f(v, n) }); err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LTrue)
	return 1
}

// numberOr returns argument n of a method, which must be a number if it is there.
func numberOr(L *lua.LState, n int, what string, def float64) float64 {
	if L.Get(n) == lua.LNil {
		return def
	}
	return argNumber(L, n, what)
}

// readLabels reads the table of labels behind the number.
func readLabels(L *lua.LState, what string) (labels []metrics.Label) {
	if L.Get(3) == lua.LNil {
		return nil
	}
	f := args.Optional(L, 3, what)
	f.Each(func(name string) { labels = append(labels, metrics.Label{Name: name, Value: f.String(name, "")}) })
	f.Raise()
	return labels
}
