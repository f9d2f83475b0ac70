package luaapi

import (
	"fmt"
	"math"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/args"
)

// What the tables of services and destinations have in common, whoever makes
// them. Each function reads the fields that are there over the values of its
// struct; a field that is not there leaves its value as it is.

// maxPersistence is the longest persistence the kernel keeps without wrapping.
const maxPersistence = 4294967 * time.Second

// readScheduling reads the fields of a service that are not its key.
func readScheduling(f *args.Fields, s *ipvs.Service) {
	s.Scheduler = f.String("scheduler", s.Scheduler)
	if len(s.Scheduler) == 0 || len(s.Scheduler) > 15 {
		f.Mistake("scheduler", "want the name of a scheduler, 1 to 15 bytes, got %q", s.Scheduler)
	}
	if f.Has("scheduler_flags") {
		s.SchedFlags = readSchedFlags(f, s.Scheduler)
	}
	s.Persistence = f.Duration("persistence", s.Persistence, 0)
	if s.Persistence%time.Second != 0 || s.Persistence > maxPersistence {
		f.Mistake("persistence", "want whole seconds, at most %d, got %v", int(maxPersistence.Seconds()), s.Persistence)
	}
	if f.Has("persistence_netmask") {
		s.Netmask = readNetmask(f, s.Family)
	}
	s.OnePacket = f.Bool("one_packet", s.OnePacket)
	s.PE = f.String("pe", s.PE)
	if len(s.PE) > 15 {
		f.Mistake("pe", "want the name of a persistence engine, at most 15 bytes, got %q", s.PE)
	}
}

func readSchedFlags(f *args.Fields, scheduler string) ipvs.SchedFlags {
	var all ipvs.SchedFlags
	for _, word := range f.Strings("scheduler_flags") {
		flag, err := ipvs.ParseSchedFlags(scheduler, word)
		if err != nil {
			f.Mistake("scheduler_flags", "%v, which are those of %s", err, scheduler)
		}
		all |= flag
	}
	return all
}

// schedFlagWords returns the flags of a service in the words of its scheduler.
func schedFlagWords(s ipvs.Service) []string {
	var words []string
	for _, word := range []string{s.Scheduler + "-fallback", s.Scheduler + "-port", "flag-1", "flag-2", "flag-3"} {
		if flag, err := ipvs.ParseSchedFlags(s.Scheduler, word); err == nil && s.SchedFlags&flag != 0 {
			words = append(words, word)
			s.SchedFlags &^= flag
		}
	}
	return words
}

// readNetmask reads a mask such as "255.255.255.0" or the length of a prefix.
// The mask of a single address is the zero Addr.
func readNetmask(f *args.Fields, family ipvs.Family) netip.Addr {
	const name = "persistence_netmask"
	size := 32
	if family == ipvs.INET6 {
		size = 128
	}
	v := f.Value(name)
	if text, ok := v.(lua.LString); ok && family == ipvs.INET {
		mask, err := netip.ParseAddr(string(text))
		if err != nil || !mask.Is4() {
			f.Mistake(name, `want a mask such as "255.255.255.0", or the length of a prefix, got %s`, args.Show(v))
			return netip.Addr{}
		}
		if mask == prefixMask(32, 32) {
			return netip.Addr{}
		}
		return mask
	}
	length, ok := args.Whole(v, 1, size)
	if !ok {
		f.Mistake(name, "want the length of a prefix from 1 to %d, got %s", size, args.Show(v))
		return netip.Addr{}
	}
	if length == size {
		return netip.Addr{}
	}
	return prefixMask(length, size)
}

// prefixMask returns the mask of a prefix in an address of size bits.
func prefixMask(length, size int) netip.Addr {
	ones := netip.IPv6Unspecified()
	if size == 32 {
		ones = netip.IPv4Unspecified()
	}
	b := ones.AsSlice()
	for i := range length {
		b[i/8] |= 0x80 >> (i % 8)
	}
	mask, _ := netip.AddrFromSlice(b)
	return mask
}

// netmaskValue is what persistence_netmask reads: nil for none, a mask for
// IPv4, the length of the prefix for IPv6.
func netmaskValue(mask netip.Addr) lua.LValue {
	switch {
	case !mask.IsValid():
		return lua.LNil
	case mask.Is4():
		return lua.LString(mask.String())
	}
	return lua.LNumber(prefixLength(mask))
}

// prefixLength returns how many ones a mask begins with.
func prefixLength(mask netip.Addr) int {
	length := 0
	for _, b := range mask.AsSlice() {
		length += bits.LeadingZeros8(^b)
	}
	return length
}

// readDestination reads the fields of a destination that are not its address.
func readDestination(f *args.Fields, d *ipvs.Destination) {
	d.Weight = f.Int("weight", d.Weight, 0, math.MaxInt32)
	d.UpperThreshold = uint32(f.Int("upper_threshold", int(d.UpperThreshold), 0, math.MaxInt32))
	d.LowerThreshold = uint32(f.Int("lower_threshold", int(d.LowerThreshold), 0, math.MaxInt32))
	readForwarding(f, d)
}

// forwards are the forwarding methods that can be asked for.
var forwards = []ipvs.ForwardMethod{ipvs.NAT, ipvs.Direct, ipvs.Tunnel, ipvs.Local}

// forwardWords are their names.
var forwardWords = []string{ipvs.NAT.String(), ipvs.Direct.String(), ipvs.Tunnel.String(), ipvs.Local.String()}

// readForwarding reads forward and tunnel.
func readForwarding(f *args.Fields, d *ipvs.Destination) {
	word := f.Enum("forward", "", forwardWords...)
	if i := slices.Index(forwardWords, word); i >= 0 {
		d.Forward = forwards[i]
	}
	if !f.Has("tunnel") {
		return
	}
	if d.Forward != ipvs.Tunnel {
		f.Mistake("tunnel", `says how packets are wrapped, which needs forward = "tunnel"`)
	}
	d.Encapsulation = readTunnel(f)
}

// checksums are the options of an encapsulation, as ipvsadm has them
// (--tun-csum, --tun-remcsum).
var checksums = map[string]ipvs.TunnelFlags{"none": 0, "csum": ipvs.TunnelChecksum, "remcsum": ipvs.TunnelRemoteChecksum}

// readTunnel reads tunnel: a word, or a table with the word as type.
func readTunnel(f *args.Fields) ipvs.Encapsulation {
	var e ipvs.Encapsulation
	types := []string{ipvs.IPIP.String(), ipvs.GUE.String(), ipvs.GRE.String()}
	word := ""
	if _, ok := f.Value("tunnel").(lua.LString); ok {
		word = f.Enum("tunnel", types[0], types...)
	} else if t := f.Sub("tunnel"); t != nil {
		word = t.Enum("type", types[0], types...)
		e.Port = uint16(t.Int("port", 0, 1, math.MaxUint16))
		e.Flags = checksums[t.Enum("checksum", "none", "none", "csum", "remcsum")]
	}
	e.Type = ipvs.TunnelType(max(0, slices.Index(types, word)))
	if e.Type == ipvs.GUE && e.Port == 0 {
		f.Mistake("tunnel", `gue needs a port: tunnel = { type = "gue", port = 5555 }`)
	}
	return e
}

// tunnelValue is what tunnel reads: a new table in the form it is written.
func tunnelValue(L *lua.LState, e ipvs.Encapsulation) lua.LValue {
	t := L.NewTable()
	t.RawSetString("type", lua.LString(e.Type.String()))
	if e.Port > 0 {
		t.RawSetString("port", lua.LNumber(e.Port))
	}
	for word, flags := range checksums {
		if flags == e.Flags {
			t.RawSetString("checksum", lua.LString(word))
		}
	}
	return t
}

// readAddr reads addr and port: addr = "10.0.0.1", port = 80, or both in addr.
func readAddr(f *args.Fields) netip.AddrPort {
	text, port := f.String("addr", ""), f.Int("port", -1, 0, math.MaxUint16)
	if _, ok := f.Value("addr").(lua.LString); !ok {
		if !f.Has("addr") {
			f.Mistake("addr", `is missing: addr = "10.0.0.1:80", or addr = "10.0.0.1", port = 80`)
		}
		return netip.AddrPort{}
	}
	if both, err := parseServer(text); err == nil {
		if f.Has("port") && port != int(both.Port()) {
			f.Mistake("port", "addr has port %d already", both.Port())
		}
		return both
	}
	ip, err := netip.ParseAddr(text)
	switch {
	case err != nil || ip.Zone() != "":
		f.Mistake("addr", "%v", explainAddr(text))
	case !f.Has("port"):
		f.Mistake("port", `is missing: addr = %q`, netip.AddrPortFrom(ip, 80))
	case port >= 0:
		return netip.AddrPortFrom(ip.Unmap(), uint16(port))
	}
	return netip.AddrPort{}
}

var protocols = map[string]ipvs.Protocol{"tcp": ipvs.TCP, "udp": ipvs.UDP, "sctp": ipvs.SCTP}

// readKey reads the fields that name a service: addr, port and protocol, or
// fwmark and family.
func readKey(f *args.Fields) ipvs.ServiceKey {
	if !f.Has("fwmark") {
		if f.Has("family") {
			f.Mistake("family", "is the address's own; it can be set for a fwmark only")
		}
		protocol := protocols[f.Enum("protocol", "tcp", "tcp", "udp", "sctp")]
		return ipvs.AddrKey(protocol, readAddr(f))
	}
	for _, name := range []string{"addr", "port", "protocol"} {
		if f.Has(name) {
			f.Mistake(name, "a service of a firewall mark has none; leave it or fwmark out")
		}
	}
	family := ipvs.INET
	if f.Enum("family", "inet", "inet", "inet6") == "inet6" {
		family = ipvs.INET6
	}
	return ipvs.MarkKey(uint32(f.Int("fwmark", 0, 1, math.MaxUint32)), family)
}

// parseKey reads the text of a key: "10.0.0.1:80", "udp 10.0.0.1:53",
// "fwmark 7" or "fwmark 7 inet6".
func parseKey(text string) (ipvs.ServiceKey, error) {
	words := strings.Fields(text)
	if len(words) == 1 {
		words = []string{"tcp", words[0]}
	}
	if len(words) == 2 {
		if protocol, ok := protocols[words[0]]; ok {
			addr, err := parseServer(words[1])
			return ipvs.AddrKey(protocol, addr), err
		}
		words = append(words, "inet")
	}
	return parseMark(text, words)
}

func parseMark(text string, words []string) (ipvs.ServiceKey, error) {
	families := map[string]ipvs.Family{"inet": ipvs.INET, "inet6": ipvs.INET6}
	if len(words) == 3 && words[0] == "fwmark" && families[words[2]] != 0 {
		if mark, err := strconv.ParseUint(words[1], 10, 32); err == nil && mark > 0 {
			return ipvs.MarkKey(uint32(mark), families[words[2]]), nil
		}
	}
	return ipvs.ServiceKey{}, fmt.Errorf(`want a service such as "10.0.0.1:80", "udp 10.0.0.1:53" or "fwmark 7 inet6", got %q`, text)
}
