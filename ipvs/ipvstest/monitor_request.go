//go:build kernel

package ipvstest

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/mdlayher/netlink"

	"luavs/ipvs"
)

// The numbers of requests and their attributes are those of linux/ip_vs.h. They
// are read here without the code that sends them, so that a mistake there is not
// made here too.

const (
	genericHeader = 4 // struct genlmsghdr

	// IPVS_CMD_
	cmdGetService     = 4
	cmdGetDestination = 8
	cmdFlush          = 17
)

// commands are the requests that change the table, but for flush.
var commands = map[uint8]ipvs.Op{
	1: ipvs.AddService, 2: ipvs.SetService, 3: ipvs.DelService,
	5: ipvs.AddDestination, 6: ipvs.SetDestination, 7: ipvs.DelDestination,
}

// decodeRequest reads the attributes of a request (IPVS_CMD_ATTR_).
func decodeRequest(op ipvs.Op, attributes []byte) (ipvs.Change, error) {
	c := ipvs.Change{Op: op}
	ad, err := netlink.NewAttributeDecoder(attributes)
	if err != nil {
		return c, err
	}
	for ad.Next() {
		switch ad.Type() {
		case 1:
			ad.Nested(func(nest *netlink.AttributeDecoder) (err error) {
				c.Service, err = decodeService(nest)
				return err
			})
		case 2:
			ad.Nested(func(nest *netlink.AttributeDecoder) (err error) {
				c.Destination, err = decodeDestination(nest, c.Service.Family)
				return err
			})
		}
	}
	return c, ad.Err()
}

// decodeService reads IPVS_SVC_ATTR_.
func decodeService(ad *netlink.AttributeDecoder) (s ipvs.Service, err error) {
	var addr, netmask []byte
	var port uint16
	var flags, timeout uint32
	for ad.Next() {
		switch ad.Type() {
		case 1:
			s.Family = ipvs.Family(ad.Uint16())
		case 2:
			s.Protocol = ipvs.Protocol(ad.Uint16())
		case 3:
			addr = ad.Bytes()
		case 4:
			port = bigEndian(ad)
		case 5:
			s.FWMark = ad.Uint32()
		case 6:
			s.Scheduler = ad.String()
		case 7:
			ad.Do(func(b []byte) error { flags = binary.NativeEndian.Uint32(b); return nil })
		case 8:
			timeout = ad.Uint32()
		case 9:
			netmask = ad.Bytes()
		case 11:
			s.PE = ad.String()
		}
	}
	const persistent, onePacket, scheduler = 0x1, 0x4, 0x38 // IP_VS_SVC_F_
	s.OnePacket, s.SchedFlags = flags&onePacket != 0, ipvs.SchedFlags(flags&scheduler)
	if flags&persistent != 0 {
		s.Persistence = time.Duration(timeout) * time.Second
	}
	if s.FWMark == 0 {
		s.Addr, err = address(addr, s.Family, port)
	}
	if netmask != nil {
		s.Netmask = decodeNetmask(netmask, s.Family)
	}
	return s, err
}

// decodeNetmask reads a mask for IPv4, and the length of a prefix for IPv6. One of
// full length is none.
func decodeNetmask(b []byte, f ipvs.Family) netip.Addr {
	if f == ipvs.INET {
		if binary.BigEndian.Uint32(b) == math.MaxUint32 {
			return netip.Addr{}
		}
		return netip.AddrFrom4([4]byte(b))
	}
	length := binary.NativeEndian.Uint32(b)
	if length == 128 {
		return netip.Addr{}
	}
	var ones [16]byte
	for i := range length {
		ones[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom16(ones)
}

// decodeDestination reads IPVS_DEST_ATTR_; the family is the service's unless
// the destination has one of its own.
func decodeDestination(ad *netlink.AttributeDecoder, f ipvs.Family) (d ipvs.Destination, err error) {
	var addr []byte
	var port uint16
	var tunnel ipvs.Encapsulation
	for ad.Next() {
		switch ad.Type() {
		case 1:
			addr = ad.Bytes()
		case 2:
			port = bigEndian(ad)
		case 3:
			d.Forward = ipvs.ForwardMethod(ad.Uint32() & 7) // IP_VS_CONN_F_FWD_MASK
		case 4:
			d.Weight = int(int32(ad.Uint32()))
		case 5:
			d.UpperThreshold = ad.Uint32()
		case 6:
			d.LowerThreshold = ad.Uint32()
		case 11:
			f = ipvs.Family(ad.Uint16())
		case 13:
			tunnel.Type = ipvs.TunnelType(ad.Uint8())
		case 14:
			tunnel.Port = bigEndian(ad)
		case 15:
			tunnel.Flags = ipvs.TunnelFlags(ad.Uint16())
		}
	}
	if d.Forward == ipvs.Tunnel {
		d.Encapsulation = tunnel
	}
	d.Addr, err = address(addr, f, port)
	return d, err
}

func bigEndian(ad *netlink.AttributeDecoder) (v uint16) {
	ad.Do(func(b []byte) error { v = binary.BigEndian.Uint16(b); return nil })
	return v
}

// address reads a union nf_inet_addr, of which some send no more than they need.
func address(b []byte, f ipvs.Family, port uint16) (netip.AddrPort, error) {
	switch {
	case f == ipvs.INET && len(b) >= 4:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[:4])), port), nil
	case f == ipvs.INET6 && len(b) == 16:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b)), port), nil
	}
	return netip.AddrPort{}, fmt.Errorf("an address of %d bytes and %v", len(b), f)
}
