package ipvs

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// parseConnection reads a line of /proc/net/ip_vs_conn:
//
//	TCP 0A000002 C350 0A000001 0050 0A000009 0050 ESTABLISHED     899
//
// Addresses and ports are hexadecimal, IPv6 ones with colons and all zeros;
// behind the seconds there may be a persistence engine and its data, which may
// hold spaces.
func parseConnection(line []byte) (Connection, error) {
	l := connectionLine{rest: line}
	var c Connection
	protocol := l.word()
	c.Client = l.addrPort()
	virtual := l.addrPort()
	c.Destination = l.addrPort()
	c.State = l.state()
	c.Expires = time.Duration(l.number(l.word(), 10, 32)) * time.Second
	c.PE, c.PEData = l.engine()
	c.Protocol = l.protocol(protocol)
	if l.err == nil && FamilyOf(c.Client.Addr()) != FamilyOf(virtual.Addr()) {
		l.err = fmt.Errorf("a client of another family than the service")
	}
	if l.err != nil {
		return Connection{}, fmt.Errorf("%q: %w", line, l.err)
	}
	c.Template = c.Client.Port() == 0 && (c.State == "NONE" || c.State == "ASSURED")
	if c.Protocol == 0 {
		c.FWMark = markOf(virtual.Addr())
	} else {
		c.Virtual = virtual
	}
	return c, nil
}

// markOf returns the firewall mark that stands in the place of an address.
func markOf(a netip.Addr) uint32 { return binary.BigEndian.Uint32(a.AsSlice()) }

// A connectionLine takes a line apart and keeps the first error.
type connectionLine struct {
	rest []byte
	err  error
}

func (l *connectionLine) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
}

// word returns what stands before the next spaces.
func (l *connectionLine) word() []byte {
	l.rest = bytes.TrimLeft(l.rest, " ")
	end := bytes.IndexByte(l.rest, ' ')
	if end < 0 {
		end = len(l.rest)
	}
	word := l.rest[:end]
	l.rest = l.rest[end:]
	if len(word) == 0 {
		l.fail("ends too early")
	}
	return word
}

// number reads digits of a base up to 16, for a number of so many bits.
func (l *connectionLine) number(word []byte, base uint64, size int) uint64 {
	n := uint64(0)
	for _, c := range word {
		digit := uint64(strings.IndexByte("0123456789ABCDEF", c))
		if n = n*base + digit; digit >= base || n >= 1<<size {
			l.fail("%q is not a number of %d bits", word, size)
			return 0
		}
	}
	return n
}

func (l *connectionLine) addrPort() netip.AddrPort {
	addr := l.addr(l.word())
	return netip.AddrPortFrom(addr, uint16(l.number(l.word(), 16, 16)))
}

func (l *connectionLine) addr(word []byte) netip.Addr {
	if len(word) == 8 {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(l.number(word, 16, 32)))
		return netip.AddrFrom4(b)
	}
	if len(word) != len("0000:0000:0000:0000:0000:0000:0000:0000") {
		l.fail("%q is not an address", word)
		return netip.Addr{}
	}
	var b [16]byte
	for i := range 8 {
		group := word[5*i:]
		if i < 7 && group[4] != ':' {
			l.fail("%q is not an address", word)
		}
		if _, err := hex.Decode(b[2*i:], group[:4]); err != nil {
			l.fail("%q: %w", word, err)
		}
	}
	return netip.AddrFrom16(b)
}

// protocol reads a name, or IP_N for a number without one.
func (l *connectionLine) protocol(word []byte) Protocol {
	switch string(word) {
	case "IP":
		return 0
	case "TCP":
		return TCP
	case "UDP":
		return UDP
	case "SCTP":
		return SCTP
	case "ICMP":
		return 1
	case "ICMPv6":
		return 58
	}
	digits, found := bytes.CutPrefix(word, []byte("IP_"))
	if !found {
		l.fail("%q is not a protocol", word)
		return 0
	}
	n := l.number(digits, 10, 8)
	if n == 0 {
		l.fail("%q is not a protocol", word)
	}
	return Protocol(n)
}

// state returns the word without allocating one that is known.
func (l *connectionLine) state() string {
	word := l.word()
	for _, known := range connectionStates {
		if string(word) == known {
			return known
		}
	}
	return string(word)
}

// engine returns what is behind the seconds, if anything is.
func (l *connectionLine) engine() (name, data string) {
	if len(bytes.TrimLeft(l.rest, " ")) == 0 {
		return "", ""
	}
	name = string(l.word())
	if len(l.rest) > 0 {
		data = string(l.rest[1:])
	}
	return name, data
}
