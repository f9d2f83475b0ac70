//go:build kernel

package ipvs_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

// The benchmarks run once for each count, in a network namespace of their own:
// deleted destinations slow additions down for minutes. Run them with
//
//	-bench Kernel -benchtime 1x -count N

func dialBench(b *testing.B) *ipvs.Client {
	ipvstest.Namespace(b)
	c, err := ipvs.Dial()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

// BenchmarkKernelOneService adds 2,000 destinations to a service, sets the
// weight of each and lists them.
func BenchmarkKernelOneService(b *testing.B) {
	const n = 2000
	c := dialBench(b)
	adds := many(n)
	sets := slices.Clone(adds[1:])
	for i := range sets {
		sets[i].Op, sets[i].Destination.Weight = ipvs.SetDestination, 2
	}
	b.ReportMetric(perChange(n, func() { refused(b, c.Apply(adds)) }), "ns/add")
	b.ReportMetric(perChange(n, func() { refused(b, c.Apply(sets)) }), "ns/set")
	b.ReportMetric(perChange(n, func() { listed(b, c, n) }), "ns/listed")
}

// BenchmarkKernelManyServices builds 2,000 services of 5 destinations and lists
// the whole table five times.
func BenchmarkKernelManyServices(b *testing.B) {
	const services, each, reads = 2000, 5, 5
	c := dialBench(b)
	changes := table(services, each)
	b.ReportMetric(perChange(len(changes), func() { refused(b, c.Apply(changes)) }), "ns/built")
	b.ReportMetric(perChange(reads, func() {
		for range reads {
			listed(b, c, services*each)
		}
	})/1e6, "ms/table")
}

// table adds services with destinations.
func table(services, each int) []ipvs.Change {
	var changes []ipvs.Change
	for i := range services {
		key := ipvs.AddrKey(ipvs.TCP, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 80))
		s := ipvs.Service{ServiceKey: key, Scheduler: "rr"}
		changes = append(changes, ipvs.Change{Op: ipvs.AddService, Service: s})
		for j := range each {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(j + 1), byte(i >> 8), byte(i)}), 80)
			changes = append(changes, ipvs.Change{Op: ipvs.AddDestination, Service: s, Destination: ipvs.Destination{Addr: at, Weight: 1}})
		}
	}
	return changes
}

func listed(b *testing.B, c *ipvs.Client, destinations int) {
	t, err := c.Table()
	n := 0
	for _, e := range t {
		n += len(e.Destinations)
	}
	if err != nil || n != destinations {
		b.Errorf("%d destinations, %v", n, err)
	}
}

func perChange(n int, work func()) float64 {
	start := time.Now()
	work()
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

func refused(b *testing.B, errs []error) {
	if errs != nil {
		b.Error(errors.Join(errs...))
	}
}
