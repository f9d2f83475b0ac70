package engine

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// sharingFarm is a config of services over servers that they have in common.
func sharingFarm(services, servers int, c Check) Config {
	config := Config{Name: "farm"}
	for i := range services {
		s := Service{Name: fmt.Sprint(i), Spec: ipvs.Service{ServiceKey: vip(i + 1), Scheduler: "wrr"}}
		s.Spec.ServiceKey.Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 80)
		for j := range servers {
			s.Servers = append(s.Servers, Server{Name: fmt.Sprint(j), Destination: dest(fmt.Sprintf("%d=1", j+1)), Checks: []Check{c}})
		}
		config.Services = append(config.Services, s)
	}
	return config
}

func tcpCheck(port uint16) Check {
	tcp := checks.TCP{Route: checks.Route{Port: port}}
	return Check{ID: tcp.String(), Probe: tcp, Shared: true, Schedule: Every(time.Second), Timeout: time.Second, Limits: Limits{Rise: 1, Fall: 1}}
}

func TestWhatIsOneQuestion(t *testing.T) {
	const a, b = "192.168.0.1:80", "192.168.0.1:443"
	plain, port := tcpCheck(0), tcpCheck(8080)
	changed := func(change func(*Check)) Check {
		c := tcpCheck(0)
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name  string
		one   Check
		at    string
		other Check
		on    string
		same  bool
	}{
		{"the same", plain, a, tcpCheck(0), a, true},
		{"another server", plain, a, plain, b, false},
		{"another server, and one port is asked of both", port, a, port, b, true},
		{"another port, and none is asked", changed(func(c *Check) { c.Probe = checks.ICMP{} }), a, changed(func(c *Check) { c.Probe = checks.ICMP{} }), b, true},
		{"another pace", plain, a, changed(func(c *Check) { c.Schedule = Every(time.Minute) }), a, false},
		{"another timeout", plain, a, changed(func(c *Check) { c.Timeout++ }), a, false},
		{"another limit", plain, a, changed(func(c *Check) { c.Limits.Fall++ }), a, false},
		{"another limit for a cause", plain, a, changed(func(c *Check) { c.Limits.Causes = map[checks.Cause]int{checks.TLS: 2} }), a, false},
		{"another initial state", plain, a, changed(func(c *Check) { c.Initial = InitialUp }), a, false},
		{"another weight when degraded", plain, a, changed(func(c *Check) { c.Degraded = checks.Advice{Kind: checks.SetWeight} }), a, false},
		{"another slow pause", plain, a, changed(func(c *Check) { c.Slow = time.Minute }), a, false},
	} {
		all := newSharing()
		one := &watch{check: &tt.one}
		all.add(one, netip.MustParseAddrPort(tt.at))
		if same := all.find(&tt.other, netip.MustParseAddrPort(tt.on)) == one; same != tt.same {
			t.Errorf("%s: one question %v, want %v", tt.name, same, tt.same)
		}
	}
}

func TestASharedProbeIsToldOfNoService(t *testing.T) {
	for shared, want := range map[bool]string{true: "", false: "tcp 10.0.0.1:80"} {
		l := idleLoop(t.Context())
		c := farm(passes)
		c.Services[0].Servers[0].Checks[0].Shared = shared
		l.replace(c)
		if got := l.services[vip(1)].servers[0].checks[0].target(); got.Service != want || got.Addr != rip(1) {
			t.Errorf("shared %v: told of %q at %v, want %q", shared, got.Service, got.Addr, want)
		}
	}
}

// TestMemoryOfManyServers bounds what a watched server costs besides its
// declaration: 10,000 servers, each with a check of its own that has answered,
// and the table of a memory kernel.
func TestMemoryOfManyServers(t *testing.T) {
	for _, services := range []int{1, 2000} {
		const all, most = 10000, 1200
		if each := memoryOfAServer(t, services, all/services); each > most {
			t.Errorf("in %d services a server costs %d bytes, want at most %d", services, each, most)
		}
	}
}

// BenchmarkMemoryOfAServer reports that.
func BenchmarkMemoryOfAServer(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(memoryOfAServer(b, 1, 4000)), "B/server")
	}
}

// memoryOfAServer returns what a server costs in so many services of so many
// servers, all of which are up and serve.
func memoryOfAServer(t testing.TB, services, servers int) uint64 {
	c := farm(passes).Services[0].Servers[0].Checks[0]
	config := sharingFarm(services, servers, c)
	l := idleLoop(t.Context())
	before := heapNow()
	l.replace(config)
	l.settle()
	now := time.Now()
	for _, srv := range l.servers() {
		l.answer(srv.checks[0], checks.Result{Outcome: checks.Pass, Reason: "status 200", Took: time.Millisecond}, now)
	}
	l.settle()
	l.unread = true
	l.settle()
	each := (heapNow() - before) / uint64(services*servers)
	runtime.KeepAlive(l)
	runtime.KeepAlive(config)
	return each
}

func heapNow() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkSharedAnswer is what one answer costs that 2,000 services want to
// know, and that changes no verdict.
func BenchmarkSharedAnswer(b *testing.B) {
	c := farm(checks.Func(func(context.Context, checks.Target) checks.Result { return checks.Result{} })).Services[0].Servers[0].Checks[0]
	c.Shared = true
	l := idleLoop(b.Context())
	config := sharingFarm(2000, 1, c)
	l.replace(config)
	l.settle()
	w := l.services[config.Services[0].Spec.ServiceKey].servers[0].checks[0]
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		l.answer(w, checks.Result{Outcome: checks.Pass}, now)
		l.settle()
	}
}

// BenchmarkReload is what it costs to put 10,000 servers in force again.
func BenchmarkReload(b *testing.B) {
	config := sharingFarm(2000, 5, tcpCheck(0))
	l := idleLoop(b.Context())
	l.replace(config)
	l.settle()
	for b.Loop() {
		l.replace(config)
		l.settle()
	}
}
