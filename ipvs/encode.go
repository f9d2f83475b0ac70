package ipvs

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"time"
)

// Encoding and decoding stand in pairs, encode.go and decode.go. What is
// encoded has passed Validate.

// appendKey appends the identity of a service, which every request needs.
func appendKey(b []byte, k ServiceKey) []byte {
	b = appendUint16(b, svcAF, uint16(k.Family))
	if k.FWMark > 0 {
		return appendUint32(b, svcFWMark, k.FWMark)
	}
	b = appendUint16(b, svcProtocol, uint16(k.Protocol))
	b = appendAddr(b, svcAddr, k.Addr.Addr())
	return appendPort(b, svcPort, k.Addr.Port())
}

func appendKeyNest(b []byte, k ServiceKey) []byte {
	start := len(b)
	b = appendKey(openNest(b, attrService), k)
	closeNest(b, start)
	return b
}

// appendService appends the whole of a service. All flags are set or cleared:
// the mask is full. A persistence engine left out is removed by the kernel.
func appendService(b []byte, s Service) []byte {
	start := len(b)
	b = appendKey(openNest(b, attrService), s.ServiceKey)
	b = appendName(b, svcSchedName, s.Scheduler)
	if s.PE != "" {
		b = appendName(b, svcPEName, s.PE)
	}
	var flags [8]byte
	binary.NativeEndian.PutUint32(flags[:4], serviceFlags(s))
	binary.NativeEndian.PutUint32(flags[4:], ^uint32(0))
	b = appendAttr(b, svcFlags, flags[:]...)
	b = appendUint32(b, svcTimeout, uint32(s.Persistence/time.Second))
	b = appendNetmask(b, s.Netmask, s.Family)
	closeNest(b, start)
	return b
}

func serviceFlags(s Service) uint32 {
	flags := uint32(s.SchedFlags)
	if s.Persistence > 0 {
		flags |= flagPersistent
	}
	if s.OnePacket {
		flags |= flagOnePacket
	}
	return flags
}

func appendNetmask(b []byte, mask netip.Addr, f Family) []byte {
	if f == INET6 {
		return appendUint32(b, svcNetmask, prefixLen(mask))
	}
	full := [4]byte{255, 255, 255, 255}
	if mask.IsValid() {
		full = mask.As4()
	}
	return appendAttr(b, svcNetmask, full[:]...)
}

// prefixLen counts the leading ones of an IPv6 mask; no mask is a full one.
func prefixLen(mask netip.Addr) uint32 {
	if !mask.IsValid() {
		return 128
	}
	full := mask.As16()
	high, low := binary.BigEndian.Uint64(full[:8]), binary.BigEndian.Uint64(full[8:])
	if ones := bits.LeadingZeros64(^high); ones < 64 {
		return uint32(ones)
	}
	return uint32(64 + bits.LeadingZeros64(^low))
}

// appendAddr appends the 4 or 16 bytes of an address.
func appendAddr(b []byte, typ uint16, a netip.Addr) []byte {
	if a.Is4() {
		four := a.As4()
		return appendAttr(b, typ, four[:]...)
	}
	full := a.As16()
	return appendAttr(b, typ, full[:]...)
}

// appendDestinationKey appends the identity of a destination. Without the
// family the kernel would cut an IPv6 address in an IPv4 service.
func appendDestinationKey(b []byte, addr netip.AddrPort) []byte {
	b = appendUint16(b, destAddrFamily, uint16(FamilyOf(addr.Addr())))
	b = appendAddr(b, destAddr, addr.Addr())
	return appendPort(b, destPort, addr.Port())
}

func appendDestinationKeyNest(b []byte, addr netip.AddrPort) []byte {
	start := len(b)
	b = appendDestinationKey(openNest(b, attrDest), addr)
	closeNest(b, start)
	return b
}

// appendDestination appends the whole of a destination. The encapsulation goes
// with every tunnel, because a set without it makes it plain IPIP.
func appendDestination(b []byte, d Destination) []byte {
	start := len(b)
	b = appendDestinationKey(openNest(b, attrDest), d.Addr)
	b = appendUint32(b, destForward, uint32(d.Forward))
	b = appendUint32(b, destWeight, uint32(d.Weight))
	b = appendUint32(b, destUThresh, d.UpperThreshold)
	b = appendUint32(b, destLThresh, d.LowerThreshold)
	if d.Forward == Tunnel {
		b = appendAttr(b, destTunType, byte(d.Encapsulation.Type))
		b = appendPort(b, destTunPort, d.Encapsulation.Port)
		b = appendUint16(b, destTunFlags, uint16(d.Encapsulation.Flags))
	}
	closeNest(b, start)
	return b
}
