package ipvs

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"time"
)

// Connections lists the connections of SetConnections that the filter wants,
// those of one destination after the other. The active ones are ESTABLISHED,
// the others in a state behind that. Their clients are made up: of 192.0.2.0/24
// or 2001:db8::/64. One that came to a firewall mark has TCP and the mark's
// family, and came to address and port 0.
func (m *Memory) Connections(filter ConnectionFilter) iter.Seq2[Connection, error] {
	return func(yield func(Connection, error) bool) {
		if f := filter.fault(); f != nil {
			yield(Connection{}, f.error("list connections"))
			return
		}
		table, err := m.Table()
		if err != nil {
			yield(Connection{}, err)
			return
		}
		for _, e := range table {
			for _, d := range e.Destinations {
				for c := range simulated(e.ServiceKey, d) {
					if filter.Matches(c) && !yield(c, nil) {
						return
					}
				}
			}
		}
	}
}

// simulated makes up the connections of a destination.
func simulated(k ServiceKey, d DestinationEntry) iter.Seq[Connection] {
	c := Connection{Protocol: k.Protocol, Virtual: k.Addr, Destination: d.Addr}
	if k.FWMark > 0 {
		c.Protocol, c.Virtual = TCP, netip.AddrPortFrom(zeroAddr(k.Family), 0)
	}
	return func(yield func(Connection) bool) {
		for i := range uint64(d.Active) + uint64(d.Inactive) {
			c.Client = madeUpClient(k.Family, i)
			c.State, c.Expires = simulatedState(c.Protocol, i < uint64(d.Active))
			if !yield(c) {
				return
			}
		}
	}
}

func zeroAddr(f Family) netip.Addr {
	if f == INET6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// madeUpClient returns the i-th client: each address has 60,000 ports.
func madeUpClient(f Family, i uint64) netip.AddrPort {
	const ports = 60000
	port := uint16(1024 + i%ports)
	host := i/ports + 1
	if f == INET6 {
		b := netip.MustParseAddr("2001:db8::").As16()
		binary.BigEndian.PutUint64(b[8:], host)
		return netip.AddrPortFrom(netip.AddrFrom16(b), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(host)}), port)
}

// simulatedState returns a state with the kernel's timeout of it.
func simulatedState(p Protocol, active bool) (string, time.Duration) {
	switch {
	case p == UDP:
		return "UDP", defaultTimeouts().UDP
	case active:
		return "ESTABLISHED", defaultTimeouts().TCP
	case p == SCTP:
		return "CLOSED", 10 * time.Second
	}
	return "FIN_WAIT", defaultTimeouts().TCPFIN
}
