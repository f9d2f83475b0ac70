package ipvs

import (
	"fmt"
	"net/netip"
)

// A ForwardMethod says how packets reach a destination (IP_VS_CONN_F_ in
// linux/ip_vs.h).
type ForwardMethod uint32

// The forwarding methods, with their letters in ipvsadm.
const (
	NAT    ForwardMethod = 0 // -m, masquerading
	Local  ForwardMethod = 1 // the director itself; who asks for it must say so
	Tunnel ForwardMethod = 2 // -i
	Direct ForwardMethod = 3 // -g, direct routing
	Bypass ForwardMethod = 4 // cache bypass; only the kernel sets it
)

// String returns the word of the policy language: "nat", "local", "tunnel",
// "dr" or "bypass".
func (m ForwardMethod) String() string {
	switch m {
	case NAT:
		return "nat"
	case Local:
		return "local"
	case Tunnel:
		return "tunnel"
	case Direct:
		return "dr"
	case Bypass:
		return "bypass"
	}
	return fmt.Sprintf("forward %d", uint32(m))
}

// A TunnelType is the encapsulation of a tunnelled destination
// (IP_VS_CONN_F_TUNNEL_TYPE_ in linux/ip_vs.h).
type TunnelType uint8

// The encapsulations; GUE needs Linux 5.2, GRE 5.3.
const (
	IPIP TunnelType = 0
	GUE  TunnelType = 1
	GRE  TunnelType = 2
)

// String returns "ipip", "gue" or "gre".
func (t TunnelType) String() string {
	switch t {
	case IPIP:
		return "ipip"
	case GUE:
		return "gue"
	case GRE:
		return "gre"
	}
	return fmt.Sprintf("tunnel type %d", uint8(t))
}

// TunnelFlags are the checksum options of GUE and GRE
// (IP_VS_TUNNEL_ENCAP_FLAG_ in linux/ip_vs.h).
type TunnelFlags uint16

// The checksum options; the zero value means none.
const (
	TunnelChecksum       TunnelFlags = 1
	TunnelRemoteChecksum TunnelFlags = 2 // GUE only
)

// Encapsulation says how packets for a tunnelled destination are wrapped. The
// zero value is plain IPIP.
type Encapsulation struct {
	Type  TunnelType
	Port  uint16 // GUE only, and then above zero
	Flags TunnelFlags
}

// Destination is a real server of a service, as it is asked of the kernel. It
// is comparable; its address names it within the service.
type Destination struct {
	Addr    netip.AddrPort
	Forward ForwardMethod

	// Weight is the share of new connections, 0 to 2147483647. Zero takes no
	// new ones and keeps those it has.
	Weight int

	// At UpperThreshold connections the destination takes no more, until they
	// are below LowerThreshold (zero: three quarters of the upper). Zero: no
	// limit.
	UpperThreshold, LowerThreshold uint32

	Encapsulation Encapsulation
}

// DestinationEntry is a destination with what the kernel counted.
type DestinationEntry struct {
	Destination
	Active     uint32 // established connections
	Inactive   uint32 // connections in any other state
	Persistent uint32 // persistence templates that point here
	Stats      Stats
}

// Stats are the counters of a service or a destination. Rates are per second.
// The kernel brings both up to date every two seconds.
type Stats struct {
	Connections, InPackets, OutPackets, InBytes, OutBytes                uint64
	ConnectionRate, InPacketRate, OutPacketRate, InByteRate, OutByteRate uint64
}
