package checks

import (
	"net"
	"net/netip"
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
