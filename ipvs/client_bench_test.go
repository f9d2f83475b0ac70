package ipvs

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// A recorded kernel answers every list of services and of destinations with
// the same datagrams.
type recordedKernel struct {
	services, destinations []byte
	end                    []byte
	queue                  [][]byte
}

func (k *recordedKernel) family() (uint16, error) { return firstFamily, nil }

func (k *recordedKernel) send(datagram []byte) error {
	answer := k.destinations
	if datagram[messageHeader] == cmdGetService {
		answer = k.services
	}
	for _, b := range [][]byte{answer, k.end} {
		for rest := b; len(rest) > 0; rest = rest[binary.NativeEndian.Uint32(rest):] {
			copy(rest[8:12], datagram[8:12]) // its number
		}
	}
	k.queue = append(k.queue[:0], answer, k.end)
	return nil
}

func (k *recordedKernel) receive(bool) ([]byte, error) {
	next := k.queue[0]
	k.queue = k.queue[1:]
	return next, nil
}

// full are the attributes of a destination with all its counters.
func full(d Destination) []byte {
	b := appendDestination(nil, d)
	nest := len(b)
	b = openNest(b, destStats64)
	for typ := uint16(statsConns); typ <= statsOutBPS; typ++ {
		b = appendAttr(b, typ, 1, 2, 3, 4, 5, 6, 7, 8)
	}
	closeNest(b, nest)
	closeNest(b, 0)
	return b
}

// record returns a kernel of services with as many destinations each.
func record(services, destinations int) *recordedKernel {
	k := &recordedKernel{end: done(0, 0)}
	for i := range services {
		s := testService
		s.Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 80)
		k.services = append(k.services, data(0, 0, appendService(nil, s))...)
	}
	for i := range destinations {
		k.destinations = append(k.destinations, data(0, 0, full(testDestination(i)))...)
	}
	return k
}

func (k *recordedKernel) client(b testing.TB) *Client {
	c := dialFake(b, &fakeKernel{})
	c.transport = k
	return c
}

func TestAListIsReadWithoutAnAllocationForEachDestination(t *testing.T) {
	c := record(1, 1000).client(t)
	read := func() {
		if list, err := c.Destinations(testService.ServiceKey); err != nil || len(list) != 1000 {
			t.Fatal(len(list), err)
		}
	}
	read()
	if n := testing.AllocsPerRun(10, read); n > 20 {
		t.Errorf("%v allocations for 1,000 destinations", n)
	}
	c = record(100, 5).client(t)
	read = func() {
		if table, err := c.Table(); err != nil || len(table) != 100 || len(table[99].Destinations) != 5 {
			t.Fatal(len(table), err)
		}
	}
	read()
	if n := testing.AllocsPerRun(10, read); n > 500 {
		t.Errorf("%v allocations for 100 services of 5 destinations", n)
	}
}

func BenchmarkListDestinations(b *testing.B) {
	c := record(1, 1000).client(b)
	b.ReportAllocs()
	for b.Loop() {
		c.Destinations(testService.ServiceKey)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*1000), "ns/destination")
}

func BenchmarkTable(b *testing.B) {
	c := record(2000, 5).client(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Table(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*10000), "ns/destination")
}

func BenchmarkDecodeDestination(b *testing.B) {
	body := full(testDestination(1))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeDestination(body, INET); err != nil {
			b.Fatal(err)
		}
	}
}
