package ipvs

import (
	"errors"
	"fmt"
	"time"
)

// Info says what IPVS a kernel has.
type Info struct {
	// Version is that of the interface. It is "1.2.1" since 2008, and so tells
	// nothing of what a kernel can do.
	Version string

	// ConnectionTable is the number of buckets of the connection table, 4096
	// if the module was not told another.
	ConnectionTable int
}

// Timeouts say how long a connection without packets is kept, in whole seconds
// up to 2147483 s. In SetTimeouts zero leaves one as it is; in a read it means
// that the kernel is built without that protocol. The kernel's defaults are
// 900, 120 and 300 s.
type Timeouts struct {
	TCP    time.Duration // established
	TCPFIN time.Duration // after a FIN
	UDP    time.Duration
}

// maxTimeout is what kernels with 1000 ticks a second take.
const maxTimeout = 2147483 * time.Second

// Validate refuses with an [*Error] what not every kernel takes.
func (t Timeouts) Validate() error { return t.fault().error("set timeouts") }

func (t Timeouts) fault() *fault {
	for _, named := range []struct {
		name  string
		value time.Duration
	}{{"tcp", t.TCP}, {"tcpfin", t.TCPFIN}, {"udp", t.UDP}} {
		switch {
		case named.value < 0 || named.value > maxTimeout:
			return invalid("%s timeout %v is not within 0 and %d s", named.name, named.value, int64(maxTimeout/time.Second))
		case named.value%time.Second != 0:
			return invalid("%s timeout %v is not in whole seconds", named.name, named.value)
		}
	}
	return nil
}

func appendTimeouts(b []byte, t Timeouts) []byte {
	b = appendUint32(b, attrTimeoutTCP, uint32(t.TCP/time.Second))
	b = appendUint32(b, attrTimeoutTCPFIN, uint32(t.TCPFIN/time.Second))
	return appendUint32(b, attrTimeoutUDP, uint32(t.UDP/time.Second))
}

func decodeTimeouts(b []byte) (Timeouts, error) {
	var t Timeouts
	err := readAttributes(b, func(a attribute, f *field) {
		switch a.typ {
		case attrTimeoutTCP:
			t.TCP = time.Duration(f.uint32(a)) * time.Second
		case attrTimeoutTCPFIN:
			t.TCPFIN = time.Duration(f.uint32(a)) * time.Second
		case attrTimeoutUDP:
			t.UDP = time.Duration(f.uint32(a)) * time.Second
		}
	})
	if err != nil {
		return Timeouts{}, fmt.Errorf("decode timeouts: %w", err)
	}
	return t, nil
}

func decodeInfo(b []byte) (Info, error) {
	var info Info
	err := readAttributes(b, func(a attribute, f *field) {
		switch a.typ {
		case infoVersion:
			v := f.uint32(a)
			info.Version = fmt.Sprintf("%d.%d.%d", v>>16&0xff, v>>8&0xff, v&0xff)
		case infoTableSize:
			info.ConnectionTable = int(f.uint32(a))
		}
	})
	if err == nil && info.Version == "" {
		err = errors.New("no version")
	}
	if err != nil {
		return Info{}, fmt.Errorf("decode info: %w", err)
	}
	return info, nil
}
