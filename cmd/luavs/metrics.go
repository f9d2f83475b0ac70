package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"runtime"
	"slices"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
	"luavs/engine/metrics"
	"luavs/luaapi/reload"
)

// metricsAddress adds the flag for Prometheus.
func (f *flags) metricsAddress() *string {
	return f.String("metrics", "", "`address` to answer GET /metrics on for Prometheus, such as 127.0.0.1:9754; none by default")
}

// watched is what the daemon tells those who watch it.
type watched struct {
	status  func(context.Context) (engine.Status, error)
	set     *reload.Set
	counted *metrics.Registry // by policies
	began   time.Time
}

// figures returns the daemon's own figures and those of policies.
func (w watched) figures(ctx context.Context) ([]metrics.Family, error) {
	status, err := w.status(ctx)
	if err != nil {
		return nil, err
	}
	all := append(w.daemon(status), policyFigures(status)...)
	return append(append(all, serverFigures(status)...), w.counted.Families()...), nil
}

// listenMetrics opens the address; nil if there is none.
func listenMetrics(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("metrics address: %w; choose another with --metrics", err)
	}
	return l, nil
}

// serve answers on a listener until ctx ends; not at all if there is none.
func (w watched) serve(ctx context.Context, l net.Listener) error {
	if l == nil {
		return nil
	}
	return admin.ServeMetrics(ctx, l, w.figures)
}

// daemon is what is known of the daemon as a whole.
func (w watched) daemon(status engine.Status) []metrics.Family {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	loaded, refused := w.set.Loads()
	loads := metrics.Family{Name: "luavs_loads_total", Help: "Texts of policies that were loaded or refused.", Kind: metrics.Counter}
	loads.Add(float64(loaded), "result", "loaded")
	loads.Add(float64(refused), "result", "refused")
	return []metrics.Family{
		one("luavs_info", "The version of LuaVS and of Go.", metrics.Gauge, 1, "version", version, "go", runtime.Version()),
		one("luavs_uptime_seconds", "How long the daemon runs.", metrics.Gauge, time.Since(w.began).Seconds()),
		one("luavs_memory_bytes", "Memory taken from the system.", metrics.Gauge, float64(memory.Sys-memory.HeapReleased)),
		one("luavs_goroutines", "Goroutines of the daemon.", metrics.Gauge, float64(runtime.NumGoroutine())),
		loads,
		one("luavs_problems", "Policy files that are not in force as they are.", metrics.Gauge, float64(len(status.Problems))),
		one("luavs_state_unwritten", "Whether the state on disk cannot be written.", metrics.Gauge, truth(status.State != "")),
	}
}

// one is a family of one figure.
func one(name, help string, kind metrics.Kind, value float64, labels ...string) metrics.Family {
	f := metrics.Family{Name: name, Help: help, Kind: kind}
	f.Add(value, labels...)
	return f
}

// policyFigures are those of each policy.
func policyFigures(status engine.Status) []metrics.Family {
	checks := metrics.Family{Name: "luavs_checks_total", Help: "Runs of checks that were begun.", Kind: metrics.Counter}
	late := metrics.Family{Name: "luavs_check_lateness_seconds", Help: "How much later than due checks began in the last minute or two.", Kind: metrics.Summary}
	changes := metrics.Family{Name: "luavs_kernel_changes_total", Help: "Changes that the kernel took.", Kind: metrics.Counter}
	refusals := metrics.Family{Name: "luavs_kernel_refusals_total", Help: "Changes that the kernel did not take.", Kind: metrics.Counter}
	reloads := metrics.Family{Name: "luavs_reloads_total", Help: "Times that a policy was put in force anew.", Kind: metrics.Counter}
	since := metrics.Family{Name: "luavs_policy_loaded_time_seconds", Help: "When the policy's present text was put in force.", Kind: metrics.Gauge}
	changes.Add(float64(status.Paths.Changes), "policy", "")
	refusals.Add(float64(status.Paths.Refusals), "policy", "")
	services := metrics.Family{Name: "luavs_services", Help: "Virtual servers.", Kind: metrics.Gauge}
	for _, p := range status.Policies {
		f := p.Figures
		checks.Add(float64(f.Checks), "policy", p.Name)
		late.Add(f.LateP50/1000, "policy", p.Name, "quantile", "0.5")
		late.Add(f.LateP99/1000, "policy", p.Name, "quantile", "0.99")
		changes.Add(float64(f.Changes), "policy", p.Name)
		refusals.Add(float64(f.Refusals), "policy", p.Name)
		reloads.Add(float64(max(f.Loads, 1)-1), "policy", p.Name)
		since.Add(float64(p.Since.UnixMilli())/1000, "policy", p.Name)
		services.Add(float64(len(p.Services)), "policy", p.Name)
	}
	return []metrics.Family{services, checks, late, changes, refusals, reloads, since}
}

// serverFigures are those of each virtual server and its real servers.
func serverFigures(status engine.Status) []metrics.Family {
	states := metrics.Family{Name: "luavs_servers", Help: "Real servers of a virtual server by their state.", Kind: metrics.Gauge}
	serving := metrics.Family{Name: "luavs_serving", Help: "Destinations that serve a virtual server, sorry servers included.", Kind: metrics.Gauge}
	up := metrics.Family{Name: "luavs_server_up", Help: "Whether the real server is up.", Kind: metrics.Gauge}
	weight := metrics.Family{Name: "luavs_server_weight", Help: "The weight with which the real server serves when it does.", Kind: metrics.Gauge}
	active := metrics.Family{Name: "luavs_server_active_connections", Help: "As the kernel counts them.", Kind: metrics.Gauge}
	inactive := metrics.Family{Name: "luavs_server_inactive_connections", Help: "As the kernel counts them.", Kind: metrics.Gauge}
	for _, p := range status.Policies {
		for _, s := range p.Services {
			of := []string{"policy", p.Name, "service", s.Service, "name", s.Name}
			if !s.Leaving { // nobody serves it any more, and nobody is to
				serving.Add(float64(len(s.Members)), of...)
			}
			count := map[engine.State]int{engine.StateUp: 0, engine.StateDown: 0}
			for _, server := range s.Servers {
				count[server.State]++
				who := append(of[:len(of):len(of)], "server", server.Addr)
				up.Add(truth(server.State == engine.StateUp), who...)
				weight.Add(float64(server.Serves), who...)
				active.Add(float64(server.Active), who...)
				inactive.Add(float64(server.Inactive), who...)
			}
			for _, state := range slices.Sorted(maps.Keys(count)) {
				states.Add(float64(count[state]), append(of[:len(of):len(of)], "state", state.String())...)
			}
		}
	}
	return []metrics.Family{serving, states, up, weight, active, inactive}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
