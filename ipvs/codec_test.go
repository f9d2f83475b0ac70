package ipvs

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// randomService returns a valid service; every field takes part.
func randomService(r *rand.Rand) Service {
	key := MarkKey(r.Uint32()|1, INET)
	family6 := r.IntN(2) == 0
	switch {
	case r.IntN(2) == 0:
		key = AddrKey([]Protocol{TCP, UDP, SCTP}[r.IntN(3)], randomAddr(r, family6))
	case family6:
		key.Family = INET6
	}
	s := Service{ServiceKey: key, Scheduler: Schedulers()[r.IntN(len(Schedulers()))]}
	s.SchedFlags = SchedFlags(r.Uint32() & flagsSched)
	s.OnePacket = key.FWMark > 0 || key.Protocol == UDP
	if r.IntN(2) == 0 {
		s.PE = "sip"
	}
	s.Persistence = time.Duration(1+r.IntN(4294967)) * time.Second
	if r.IntN(2) == 0 && key.Family == INET {
		s.Netmask = netip.AddrFrom4([4]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), 0})
	} else if key.Family == INET6 {
		s.Netmask = prefixMask(1 + r.IntN(127))
	}
	return s
}

func randomAddr(r *rand.Rand, family6 bool) netip.AddrPort {
	if !family6 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}), uint16(r.Uint32()))
	}
	b := [16]byte{0x20, 1, 0x0d, 0xb8}
	binary.NativeEndian.PutUint64(b[8:], r.Uint64())
	return netip.AddrPortFrom(netip.AddrFrom16(b), uint16(r.Uint32()))
}

func randomDestination(r *rand.Rand) Destination {
	d := Destination{Addr: randomAddr(r, r.IntN(2) == 0), Weight: int(r.Int32()), UpperThreshold: uint32(r.Int32())}
	d.Forward = ForwardMethod(r.IntN(4))
	d.LowerThreshold = d.UpperThreshold / 2
	if d.Forward == Tunnel {
		d.Encapsulation = []Encapsulation{
			{}, {Type: GUE, Port: uint16(r.Uint32() | 1), Flags: TunnelFlags(r.IntN(3))}, {Type: GRE, Flags: TunnelFlags(r.IntN(2))},
		}[r.IntN(3)]
	}
	return d
}

func FuzzServicesComeBackAsTheyWereSent(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		s := randomService(rand.New(rand.NewPCG(seed, 0)))
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		e, err := decodeService(appendService(nil, s))
		if err != nil || e.Service != s {
			t.Errorf("%v\n%s", err, cmp.Diff(s, e.Service, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
				cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })))
		}
	})
}

func FuzzDestinationsComeBackAsTheyWereSent(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := randomDestination(rand.New(rand.NewPCG(seed, 0)))
		e, err := decodeDestination(appendDestination(nil, d), INET)
		if err != nil || e.Destination != d {
			t.Errorf("sent %+v, got %+v, %v", d, e.Destination, err)
		}
	})
}

// FuzzDecoders reads garbage that ends where the slice's capacity ends, so that
// a read past the message would panic.
func FuzzDecoders(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		f.Add(appendService(nil, randomService(r)))
		f.Add(appendDestination(nil, randomDestination(r)))
	}
	f.Add(result(1, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = bytes.Clone(b)[:len(b):len(b)]
		for rest, err := b, error(nil); len(rest) > 0 && err == nil; {
			_, rest, err = nextMessage(rest)
		}
		if e, err := decodeService(b); err == nil && e.FWMark == 0 && !e.Addr.IsValid() {
			t.Errorf("a service without a key: %+v", e)
		}
		for _, family := range []Family{INET, INET6, 0} {
			if e, err := decodeDestination(b, family); err == nil && !e.Addr.IsValid() {
				t.Errorf("a destination without an address: %+v", e)
			}
		}
	})
}

// FuzzExchange gives the client datagrams of garbage for every request.
func FuzzExchange(f *testing.F) {
	f.Add(data(2, 0, appendService(nil, testService)), uint8(5))
	f.Add(result(2, 0), uint8(16))
	f.Add(done(2, 0), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		kernel := &fakeKernel{answer: func([]message) [][]byte {
			n := min(int(cut), len(b))
			return [][]byte{b[:n], b[n:], b}
		}}
		c := dialFake(t, kernel)
		c.Services()
		c.Service(testService.ServiceKey)
		c.Destinations(testService.ServiceKey)
		c.Apply(adds(3))
	})
}

func TestStatisticsOf64BitsAreBetterThanOf32(t *testing.T) {
	nest := func(typ uint16, width, conns int) []byte {
		b := openNest(nil, typ)
		counter := make([]byte, width)
		binary.NativeEndian.PutUint32(counter[endOfLow(width):], uint32(conns))
		b = appendAttr(b, statsConns, counter...)
		b = appendAttr(b, 11) // IPVS_STATS_ATTR_PAD
		closeNest(b, 0)
		return b
	}
	small, large := nest(destStats, 4, 5), nest(destStats64, 8, 7)
	for name, test := range map[string]struct {
		stats []byte
		want  uint64
	}{
		"both, 32 first": {append(bytes.Clone(small), large...), 7},
		"both, 64 first": {append(bytes.Clone(large), small...), 7},
		"an old kernel":  {small, 5},
	} {
		b := openNest(nil, attrDest)
		b = append(appendDestinationKey(b, testDestination(1).Addr), test.stats...)
		closeNest(b, 0)
		e, err := decodeDestination(b, INET)
		if err != nil || e.Stats.Connections != test.want {
			t.Errorf("%s: %v, %v", name, e.Stats, err)
		}
	}
}

// endOfLow is where the low 32 bits of a counter are.
func endOfLow(width int) int {
	if width == 8 && binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		return 4
	}
	return 0
}

func TestEveryCounterIsRead(t *testing.T) {
	var f field
	var s Stats
	nest := []byte{}
	for typ := uint16(statsConns); typ <= statsOutBPS; typ++ {
		nest = appendUint32(nest, typ, uint32(typ))
	}
	readStats(&s, attribute{payload: nest}, true, false, &f)
	want := Stats{Connections: 1, InPackets: 2, OutPackets: 3, InBytes: 4, OutBytes: 5,
		ConnectionRate: 6, InPacketRate: 7, OutPacketRate: 8, InByteRate: 9, OutByteRate: 10}
	if s != want || f.err != nil {
		t.Errorf("%+v, %v", s, f.err)
	}
}

func TestAnOldKernelDoesNotSayTheFamilyOfADestination(t *testing.T) {
	b := openNest(nil, attrDest)
	b = appendAddr(b, destAddr, netip.MustParseAddr("2001:db8::9"))
	b = appendUint32(b, destWeight, 3)
	closeNest(b, 0)
	e, err := decodeDestination(b, INET6)
	if err != nil || e.Addr.Addr() != netip.MustParseAddr("2001:db8::9") {
		t.Errorf("%v, %v", e, err)
	}
	if e, err = decodeDestination(b, INET); err != nil || e.Addr.Addr() != netip.MustParseAddr("32.1.13.184") {
		t.Errorf("%v, %v", e, err)
	}
}

func TestNothingIsReadPastTheDatagram(t *testing.T) {
	b := data(1, 0, appendService(nil, testService))
	for n := range len(b) {
		if m, _, err := nextMessage(b[:n]); err == nil { // the rest is within its capacity
			t.Errorf("%d bytes of %d gave %+v", n, len(b), m)
		}
	}
	attrs := appendService(nil, testService)
	for n := range len(attrs) {
		if e, err := decodeService(attrs[:n]); err == nil {
			t.Errorf("%d bytes of %d gave %+v", n, len(attrs), e)
		}
	}
}

func TestEncapsulationOfWhatIsNoTunnelIsNotRead(t *testing.T) {
	b := openNest(nil, attrDest)
	b = appendDestinationKey(b, testDestination(1).Addr)
	b = appendAttr(b, destTunType, byte(GRE))
	closeNest(b, 0)
	if e, err := decodeDestination(b, INET); err != nil || e.Encapsulation != (Encapsulation{}) {
		t.Errorf("%+v, %v", e, err)
	}
}
