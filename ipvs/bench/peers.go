//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"

	cloudflare "github.com/cloudflare/ipvs"
	"github.com/cloudflare/ipvs/netmask"
	moby "github.com/moby/ipvs"

	"luavs/ipvs"
)

// peer opens one of the clients that are compared. The first is ours.
type peer struct {
	name string
	open func() (client, error)
}

var peers = []peer{
	{"luavs", func() (client, error) { c, err := ipvs.Dial(); return ours{c}, err }},
	{"moby/ipvs", func() (client, error) { h, err := moby.New(""); return mobys{h}, err }},
	{"cloudflare/ipvs", func() (client, error) { c, err := cloudflare.New(); return cloudflares{c}, err }},
	{"ipvsadm", func() (client, error) { return ipvsadm{}, nil }},
}

type ours struct{ c *ipvs.Client }

func (o ours) close() { o.c.Close() }

func (o ours) build(services []service) error {
	var changes []ipvs.Change
	for _, s := range services {
		svc := ipvs.Service{ServiceKey: ipvs.AddrKey(ipvs.TCP, s.addr), Scheduler: "wrr"}
		changes = append(changes, ipvs.Change{Op: ipvs.AddService, Service: svc})
		for _, d := range s.dests {
			changes = append(changes, ipvs.Change{Op: ipvs.AddDestination, Service: svc, Destination: ipvs.Destination{Addr: d, Weight: 1}})
		}
	}
	return errors.Join(o.c.Apply(changes)...)
}

func (o ours) weigh(services []service, weight int) error {
	var changes []ipvs.Change
	for _, s := range services {
		svc := ipvs.Service{ServiceKey: ipvs.AddrKey(ipvs.TCP, s.addr)}
		for _, d := range s.dests {
			changes = append(changes, ipvs.Change{Op: ipvs.SetDestination, Service: svc, Destination: ipvs.Destination{Addr: d, Weight: weight}})
		}
	}
	return errors.Join(o.c.Apply(changes)...)
}

func (o ours) dump() (n int, err error) {
	table, err := o.c.Table()
	for _, e := range table {
		n += len(e.Destinations)
	}
	return n, err
}

type mobys struct{ h *moby.Handle }

func (m mobys) close() { m.h.Close() }

func (m mobys) service(s service) *moby.Service {
	return &moby.Service{
		Address: net.IP(s.addr.Addr().AsSlice()), Port: s.addr.Port(), Protocol: 6,
		SchedName: "wrr", AddressFamily: 2, Netmask: 0xffffffff,
	}
}

func (m mobys) destination(d netip.AddrPort, weight int) *moby.Destination {
	return &moby.Destination{Address: net.IP(d.Addr().AsSlice()), Port: d.Port(), Weight: weight, AddressFamily: 2}
}

func (m mobys) build(services []service) error {
	for _, s := range services {
		svc := m.service(s)
		if err := m.h.NewService(svc); err != nil {
			return err
		}
		for _, d := range s.dests {
			if err := m.h.NewDestination(svc, m.destination(d, 1)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m mobys) weigh(services []service, weight int) error {
	for _, s := range services {
		svc := m.service(s)
		for _, d := range s.dests {
			if err := m.h.UpdateDestination(svc, m.destination(d, weight)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m mobys) dump() (n int, err error) {
	services, err := m.h.GetServices()
	if err != nil {
		return 0, err
	}
	for _, s := range services {
		dests, err := m.h.GetDestinations(s)
		if err != nil {
			return 0, err
		}
		n += len(dests)
	}
	return n, nil
}

type cloudflares struct{ c cloudflare.Client }

func (cloudflares) close() {} // it has no Close

func (cloudflares) service(s service) cloudflare.Service {
	return cloudflare.Service{
		Address: s.addr.Addr(), Port: s.addr.Port(), Protocol: cloudflare.TCP, Family: cloudflare.INET,
		Scheduler: "wrr", Netmask: netmask.MaskFrom4([4]byte{255, 255, 255, 255}),
	}
}

func (cloudflares) destination(d netip.AddrPort, weight int) cloudflare.Destination {
	return cloudflare.Destination{Address: d.Addr(), Port: d.Port(), Weight: uint32(weight), Family: cloudflare.INET}
}

func (c cloudflares) build(services []service) error {
	for _, s := range services {
		svc := c.service(s)
		if err := c.c.CreateService(svc); err != nil {
			return err
		}
		for _, d := range s.dests {
			if err := c.c.CreateDestination(svc, c.destination(d, 1)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c cloudflares) weigh(services []service, weight int) error {
	for _, s := range services {
		svc := c.service(s)
		for _, d := range s.dests {
			if err := c.c.UpdateDestination(svc, c.destination(d, weight)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c cloudflares) dump() (n int, err error) {
	services, err := c.c.Services()
	if err != nil {
		return 0, err
	}
	for _, s := range services {
		dests, err := c.c.Destinations(s.Service)
		if err != nil {
			return 0, err
		}
		n += len(dests)
	}
	return n, nil
}

// ipvsadm is one process for each piece of work: ipvsadm -R, which reads what
// it is to do from its input, and ipvsadm -Ln.
type ipvsadm struct{}

func (ipvsadm) close() {}

func (ipvsadm) restore(text string) error {
	cmd := exec.Command("ipvsadm", "-R")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		return fmt.Errorf("ipvsadm -R: %v %s", err, out)
	}
	return nil
}

func (a ipvsadm) build(services []service) error {
	var b strings.Builder
	for _, s := range services {
		fmt.Fprintf(&b, "-A -t %v -s wrr\n", s.addr)
		for _, d := range s.dests {
			fmt.Fprintf(&b, "-a -t %v -r %v -m -w 1\n", s.addr, d)
		}
	}
	return a.restore(b.String())
}

func (a ipvsadm) weigh(services []service, weight int) error {
	var b strings.Builder
	for _, s := range services {
		for _, d := range s.dests {
			fmt.Fprintf(&b, "-e -t %v -r %v -m -w %d\n", s.addr, d, weight)
		}
	}
	return a.restore(b.String())
}

func (ipvsadm) dump() (int, error) {
	out, err := exec.Command("ipvsadm", "-Ln").Output()
	return bytes.Count(out, []byte("\n  -> ")) - 1, err // the header has one too
}
