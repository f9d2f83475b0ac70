package ipvs

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// findNest returns the payload of the top-level attribute of that type.
func findNest(b []byte, typ uint16) ([]byte, error) {
	for a, err := range attributes(b) {
		if err != nil {
			return nil, err
		}
		if a.typ == typ {
			return a.payload, nil
		}
	}
	return nil, fmt.Errorf("no attribute %d", typ)
}

// rawService is what the attributes of a service said, before their meaning,
// which depends on the family and may come later, is known.
type rawService struct {
	entry   Entry
	addr    []byte
	port    uint16
	netmask attribute
	flags   uint32
	timeout uint32
	wide    bool
}

// decodeService reads the attributes of an answer to GET_SERVICE.
func decodeService(b []byte) (Entry, error) {
	b, err := findNest(b, attrService)
	if err != nil {
		return Entry{}, fmt.Errorf("decode service: %w", err)
	}
	var raw rawService
	var f field
	for a, err := range attributes(b) {
		if err != nil {
			return Entry{}, fmt.Errorf("decode service: %w", err)
		}
		raw.read(a, &f)
	}
	e, err := raw.service()
	if err = errors.Join(f.err, err); err != nil {
		return Entry{}, fmt.Errorf("decode service: %w", err)
	}
	return e, nil
}

func (raw *rawService) read(a attribute, f *field) {
	e := &raw.entry
	switch a.typ {
	case svcAF:
		e.Family = Family(f.uint16(a))
	case svcProtocol:
		e.Protocol = Protocol(f.uint16(a))
	case svcAddr:
		raw.addr = a.payload
	case svcPort:
		raw.port = f.port(a)
	case svcFWMark:
		e.FWMark = f.uint32(a)
	case svcSchedName:
		e.Scheduler = f.known(a, schedulers)
	case svcFlags:
		if f.sized(a, 8) {
			raw.flags = f.uint32(attribute{a.typ, a.payload[:4]})
		}
	case svcTimeout:
		raw.timeout = f.uint32(a)
	case svcNetmask:
		raw.netmask = a
	case svcPEName:
		e.PE = f.name(a)
	case svcStats, svcStats64:
		raw.wide = readStats(&e.Stats, a, a.typ == svcStats64, raw.wide, f)
	}
}

// service gives the attributes their meaning.
func (raw *rawService) service() (Entry, error) {
	e := raw.entry
	if e.Family != INET && e.Family != INET6 {
		return Entry{}, fmt.Errorf("unknown %v", e.Family)
	}
	e.OnePacket = raw.flags&flagOnePacket != 0
	e.SchedFlags = SchedFlags(raw.flags & flagsSched)
	if raw.flags&flagPersistent != 0 {
		e.Persistence = time.Duration(raw.timeout) * time.Second
	}
	var err error
	if e.Persistence > 0 && raw.netmask.payload != nil {
		if e.Netmask, err = decodeNetmask(raw.netmask, e.Family); err != nil {
			return Entry{}, err
		}
	}
	if e.FWMark > 0 {
		e.Protocol = 0
		return e, nil
	}
	addr, err := decodeAddr(raw.addr, e.Family)
	if err != nil {
		return Entry{}, err
	}
	e.Addr = netip.AddrPortFrom(addr, raw.port)
	return e, nil
}

// decodeNetmask returns no mask for one of full length.
func decodeNetmask(a attribute, f Family) (netip.Addr, error) {
	var num field
	if f == INET6 {
		n := num.uint32(a)
		if num.err == nil && (n == 0 || n > 128) {
			return netip.Addr{}, fmt.Errorf("prefix of %d bits", n)
		}
		if num.err != nil || n == 128 {
			return netip.Addr{}, num.err
		}
		return prefixMask(int(n)), nil
	}
	if !num.sized(a, 4) {
		return netip.Addr{}, num.err
	}
	mask := netip.AddrFrom4([4]byte(a.payload))
	if mask == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return netip.Addr{}, nil
	}
	return mask, nil
}

// prefixMask returns the IPv6 mask of n leading ones.
func prefixMask(n int) netip.Addr {
	ones := [16]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}
	prefix, _ := netip.AddrFrom16(ones).Prefix(n)
	return prefix.Addr()
}

// decodeAddr reads an address of the family, which the kernel pads to 16 bytes.
func decodeAddr(b []byte, f Family) (netip.Addr, error) {
	switch {
	case f == INET && len(b) >= 4:
		return netip.AddrFrom4([4]byte(b)), nil
	case f == INET6 && len(b) >= 16:
		return netip.AddrFrom16([16]byte(b)), nil
	}
	return netip.Addr{}, fmt.Errorf("%v address of %d bytes", f, len(b))
}

// readStats reads the nest unless 64-bit counters, which are better, have been
// read already. It returns whether they have now.
func readStats(s *Stats, nest attribute, wide, hadWide bool, f *field) bool {
	if hadWide && !wide {
		return true
	}
	for a, err := range attributes(nest.payload) {
		if err != nil {
			f.err = err
			break
		}
		if counter := s.counter(a.typ); counter != nil {
			*counter = f.counter(a)
		}
	}
	return wide
}

func (s *Stats) counter(typ uint16) *uint64 {
	switch typ {
	case statsConns:
		return &s.Connections
	case statsInPkts:
		return &s.InPackets
	case statsOutPkts:
		return &s.OutPackets
	case statsInBytes:
		return &s.InBytes
	case statsOutBytes:
		return &s.OutBytes
	case statsCPS:
		return &s.ConnectionRate
	case statsInPPS:
		return &s.InPacketRate
	case statsOutPPS:
		return &s.OutPacketRate
	case statsInBPS:
		return &s.InByteRate
	case statsOutBPS:
		return &s.OutByteRate
	}
	return nil
}
