package ipvs

import (
	"errors"
	"fmt"
	"net/netip"
)

// rawDestination is what the attributes of a destination said.
type rawDestination struct {
	entry  DestinationEntry
	family Family
	addr   []byte
	port   uint16
	wide   bool
}

// decodeDestination reads the attributes of an answer to GET_DEST. Kernels
// before 3.18 leave the family out: then it is the service's.
func decodeDestination(b []byte, service Family) (DestinationEntry, error) {
	b, err := findNest(b, attrDest)
	if err != nil {
		return DestinationEntry{}, fmt.Errorf("decode destination: %w", err)
	}
	raw := rawDestination{family: service}
	var f field
	for a, err := range attributes(b) {
		if err != nil {
			return DestinationEntry{}, fmt.Errorf("decode destination: %w", err)
		}
		raw.read(a, &f)
	}
	addr, err := decodeAddr(raw.addr, raw.family)
	if err = errors.Join(f.err, err); err != nil {
		return DestinationEntry{}, fmt.Errorf("decode destination: %w", err)
	}
	e := raw.entry
	e.Addr = netip.AddrPortFrom(addr, raw.port)
	if e.Forward != Tunnel {
		e.Encapsulation = Encapsulation{} // no packet is wrapped
	}
	return e, nil
}

func (raw *rawDestination) read(a attribute, f *field) {
	e := &raw.entry
	switch a.typ {
	case destAddr:
		raw.addr = a.payload
	case destPort:
		raw.port = f.port(a)
	case destForward:
		e.Forward = ForwardMethod(f.uint32(a) & forwardMask)
	case destWeight:
		e.Weight = int(int32(f.uint32(a)))
	case destUThresh:
		e.UpperThreshold = f.uint32(a)
	case destLThresh:
		e.LowerThreshold = f.uint32(a)
	case destActive:
		e.Active = f.uint32(a)
	case destInactive:
		e.Inactive = f.uint32(a)
	case destPersistent:
		e.Persistent = f.uint32(a)
	case destAddrFamily:
		if family := Family(f.uint16(a)); family != 0 {
			raw.family = family
		}
	case destTunType:
		e.Encapsulation.Type = TunnelType(f.uint8(a))
	case destTunPort:
		e.Encapsulation.Port = f.port(a)
	case destTunFlags:
		e.Encapsulation.Flags = TunnelFlags(f.uint16(a))
	case destStats, destStats64:
		raw.wide = readStats(&e.Stats, a, a.typ == destStats64, raw.wide, f)
	}
}
