package engine

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// BenchmarkLateness asks 4,000 servers once a second each, and reports how much
// later than due the checks begin, with the time for which they are gathered. The
// servers are addresses of the loopback network.
func BenchmarkLateness(b *testing.B) {
	const servers = 4000
	l, err := net.Listen("tcp4", ":0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			conn.Close()
		}
	}()
	port := l.Addr().(*net.TCPAddr).AddrPort().Port()
	c := Config{Name: "bench", Services: []Service{{Spec: ipvs.Service{ServiceKey: vip(1), Scheduler: "rr"}}}}
	for i := range servers {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 9, byte(i / 250), byte(i%250 + 1)}), port)
		c.Services[0].Servers = append(c.Services[0].Servers, Server{
			Name: addr.String(), Destination: ipvs.Destination{Addr: addr, Weight: 1},
			Checks: []Check{{ID: "tcp", Probe: checks.TCP{}, Schedule: Every(time.Second), Timeout: time.Second, Limits: Limits{Rise: 1, Fall: 1}}},
		})
	}
	e := New(ipvs.NewMemory(), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()
	if err := e.Load(ctx, c); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		time.Sleep(5 * time.Second)
	}
	status, err := e.Status(ctx)
	if err != nil {
		b.Fatal(err)
	}
	stop()
	<-ended
	p := status.Policies[0]
	b.ReportMetric(float64(p.Figures.Checks)/b.Elapsed().Seconds(), "checks/s")
	b.ReportMetric(p.Figures.LateP50, "late-p50-ms")
	b.ReportMetric(p.Figures.LateP99, "late-p99-ms")
	for _, s := range p.Services[0].Servers {
		if s.State != StateUp {
			b.Fatal(fmt.Errorf("%s is %v: %s", s.Addr, s.State, s.Reason))
		}
	}
}
