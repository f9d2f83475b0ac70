package ipvs

import (
	"fmt"
	"net/netip"
	"time"
)

// A Family says which packets a service takes: the AF_ constants of the kernel.
type Family uint16

// The two families IPVS knows (linux/socket.h).
const (
	INET  Family = 2
	INET6 Family = 10
)

// String returns "inet" or "inet6", the words of ip(8).
func (f Family) String() string {
	switch f {
	case INET:
		return "inet"
	case INET6:
		return "inet6"
	}
	return fmt.Sprintf("family %d", uint16(f))
}

// FamilyOf returns the family of an address.
func FamilyOf(a netip.Addr) Family {
	if a.Is4() || a.Is4In6() {
		return INET
	}
	return INET6
}

// A Protocol is an IP protocol number (linux/in.h).
type Protocol uint16

// The protocols IPVS balances.
const (
	TCP  Protocol = 6
	UDP  Protocol = 17
	SCTP Protocol = 132
)

// String returns "tcp", "udp" or "sctp".
func (p Protocol) String() string {
	switch p {
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case SCTP:
		return "sctp"
	}
	return fmt.Sprintf("protocol %d", uint16(p))
}

// ServiceKey names a service: either protocol, address and port, or a firewall
// mark with a family. It is comparable; two services are the same service if
// their keys are equal.
type ServiceKey struct {
	Protocol Protocol       // zero with a firewall mark
	Addr     netip.AddrPort // zero with a firewall mark; never a v4-in-v6 address
	FWMark   uint32         // above zero, or the service has an address
	Family   Family         // the address's own; with a mark, whose packets it takes
}

// AddrKey returns the key of the service at an address.
func AddrKey(p Protocol, addr netip.AddrPort) ServiceKey {
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	return ServiceKey{Protocol: p, Addr: addr, Family: FamilyOf(addr.Addr())}
}

// MarkKey returns the key of the service of a firewall mark.
func MarkKey(mark uint32, f Family) ServiceKey {
	return ServiceKey{FWMark: mark, Family: f}
}

// String returns "tcp 10.0.0.1:80" or "fwmark 7 inet".
func (k ServiceKey) String() string {
	if k.FWMark > 0 {
		return fmt.Sprintf("fwmark %d %v", k.FWMark, k.Family)
	}
	return k.Protocol.String() + " " + k.Addr.String()
}

// SchedFlags are the scheduler's own flags (IP_VS_SVC_F_SCHED1 to 3 in
// linux/ip_vs.h). Their meaning depends on the scheduler; for sh and mh the
// first is fallback and the second port.
type SchedFlags uint32

// The three bits a scheduler may use.
const (
	SchedFlag1 SchedFlags = 0x08
	SchedFlag2 SchedFlags = 0x10
	SchedFlag3 SchedFlags = 0x20
)

// Service is a virtual service as it is asked of the kernel. It is comparable.
type Service struct {
	ServiceKey

	// Scheduler is the name of a scheduler, such as "wrr": 1 to 15 bytes. The
	// kernel loads the module ip_vs_NAME when it is first used.
	Scheduler  string
	SchedFlags SchedFlags

	// Persistence is how long a client stays with its destination, in whole
	// seconds up to 4294967 s. Zero: every connection is scheduled on its own.
	Persistence time.Duration

	// Netmask groups clients for persistence: for IPv4 a mask such as
	// 255.255.255.0, for IPv6 the mask of a prefix such as ffff:ffff::.
	// The zero Addr means one client each, and is what a read returns for a
	// full-length mask.
	Netmask netip.Addr

	// OnePacket schedules every UDP datagram on its own.
	OnePacket bool

	// PE names a persistence engine, such as "sip"; empty for none.
	PE string
}

// Entry is a service with its destinations, as the kernel holds them.
type Entry struct {
	Service
	Stats        Stats
	Destinations []DestinationEntry // sorted by address and port
}

// Table is a list of services, sorted by key.
type Table []Entry
