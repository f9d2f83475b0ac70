//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"time"
)

// A client does the work in the way that is quickest for it.
type client interface {
	// build adds services with their destinations.
	build(services []service) error
	// weigh sets the weight of every destination.
	weigh(services []service, weight int) error
	// dump reads the whole table and returns how many destinations it has.
	dump() (int, error)
	close()
}

// service is what every peer is told to make: TCP, wrr, NAT.
type service struct {
	addr  netip.AddrPort
	dests []netip.AddrPort
}

// farm returns n services of m destinations each.
func farm(n, m int) []service {
	services := make([]service, n)
	for i := range services {
		services[i].addr = addr(10, i, 80)
		for j := range m {
			services[i].dests = append(services[i].dests, addr(11, i*m+j, 8080))
		}
	}
	return services
}

func addr(first byte, n int, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{first, byte(n / 250 / 250), byte(n / 250 % 250), byte(n%250 + 1)}), port)
}

// work is something to be timed.
type work struct {
	name string
	run  func(c client) (time.Duration, error)
}

var works = []work{
	{"2,000 destinations added to one service", func(c client) (time.Duration, error) {
		return timed(func() error { return c.build(farm(1, 2000)) })
	}},
	{"2,000 weights changed in one service", func(c client) (time.Duration, error) {
		services := farm(1, 2000)
		if err := c.build(services); err != nil {
			return 0, err
		}
		return timed(func() error { return c.weigh(services, 7) })
	}},
	{"2,000 services of 5 destinations built", func(c client) (time.Duration, error) {
		return timed(func() error { return c.build(farm(2000, 5)) })
	}},
	{"2,000 services of 5 destinations read", func(c client) (time.Duration, error) {
		if err := c.build(farm(2000, 5)); err != nil {
			return 0, err
		}
		return timed(func() error {
			n, err := c.dump()
			if err == nil && n != 10000 {
				err = fmt.Errorf("read %d destinations, want 10000", n)
			}
			return err
		})
	}},
}

func timed(f func() error) (time.Duration, error) {
	started := time.Now()
	err := f()
	return time.Since(started), err
}
