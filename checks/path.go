package checks

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// through is the route with what it needs to lead through the target's
// service, if it is to.
//
// It needs a source: where the virtual address is one of this machine, the
// kernel would ask it from itself, and a server that has it too takes no
// packets from there. The source is the one that the server's own address would
// be asked from.
func (r Route) through(t Target) (Route, error) {
	if t.PathMark == 0 {
		return r, nil
	}
	r.Mark = t.PathMark
	if !r.Source.IsValid() && sameFamily(t.Addr.Addr(), r.to(t).Addr()) {
		source, err := sourceTowards(t.Addr.Addr())
		if err != nil {
			return r, err
		}
		r.Source = source
	}
	return r, nil
}

// Way returns the address that is asked about a target, and the route there. A
// source that cannot be told is left out: connecting says why.
func (r Route) Way(t Target) (netip.AddrPort, Route) {
	to := r.to(t)
	r, _ = r.through(t)
	return to, r
}

// sameFamily tells whether both addresses are of IPv4, or of IPv6.
func sameFamily(a, b netip.Addr) bool { return a.Unmap().Is4() == b.Unmap().Is4() }

// sourceTowards returns the local address that the kernel chooses for packets
// to an address. No packet is sent.
func sourceTowards(to netip.Addr) (netip.Addr, error) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
	if err != nil {
		return netip.Addr{}, err
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

// acceptLocal are the switches that have an interface take packets from an
// address of this machine (ip-sysctl: accept_local).
const acceptLocal = "/proc/sys/net/ipv4/conf/*/accept_local"

// Unheard says why this machine hears no packets from an address, such as the
// answers that real servers give from the virtual address under direct routing
// and tunnelling; empty if nothing speaks against it. IPv6 has no such rule.
func Unheard(from netip.Addr) string {
	if !from.Is4() || !isLocal(from) {
		return ""
	}
	switches, _ := filepath.Glob(acceptLocal)
	on := func(file string) bool {
		text, err := os.ReadFile(file)
		return err != nil || strings.TrimSpace(string(text)) != "0"
	}
	if len(switches) == 0 || slices.ContainsFunc(switches, on) {
		return ""
	}
	return fmt.Sprintf("answers from %v, an address of this machine, are dropped: set net.ipv4.conf.IF.accept_local=1 for the interface they come in by", from)
}

func isLocal(a netip.Addr) bool {
	all, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(all, func(n net.Addr) bool {
		prefix, ok := n.(*net.IPNet)
		return ok && prefix.IP.Equal(net.IP(a.AsSlice()))
	})
}
