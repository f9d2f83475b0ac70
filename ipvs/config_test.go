package ipvs

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"
)

// answering returns a client of a kernel that answers every request with the
// attributes, once each.
func answering(t testing.TB, answers ...[]byte) *Client {
	return dialFake(t, &fakeKernel{answer: func(m []message) [][]byte {
		var out [][]byte
		for _, attrs := range answers {
			out = append(out, data(m[0].seq, 0, attrs))
		}
		return append(out, result(m[0].seq, 0))
	}})
}

func TestInfoIsRead(t *testing.T) {
	attrs := appendUint32(appendUint32(nil, infoVersion, 0x010201), infoTableSize, 1<<20)
	newer := appendUint32(attrs, 77, 1)
	for _, answer := range [][]byte{attrs, newer} {
		if info, err := answering(t, answer).Info(); err != nil || info != (Info{"1.2.1", 1 << 20}) {
			t.Errorf("%+v, %v", info, err)
		}
	}
}

func TestTimeoutsAreReadAndSent(t *testing.T) {
	want := Timeouts{TCP: 900 * time.Second, TCPFIN: time.Second, UDP: maxTimeout}
	if got, err := answering(t, appendTimeouts(nil, want)).Timeouts(); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	udp := appendUint32(nil, attrTimeoutUDP, 300) // of a kernel without TCP
	if got, err := answering(t, udp).Timeouts(); err != nil || got != (Timeouts{UDP: 300 * time.Second}) {
		t.Errorf("%+v, %v", got, err)
	}
	f := &fakeKernel{answer: acknowledge}
	c := dialFake(t, f)
	if err := c.SetTimeouts(want); err != nil {
		t.Fatal(err)
	}
	sent, err := decodeTimeouts(f.sent[0][0].body[genericHeader:])
	if err != nil || sent != want || command(f.sent[0][0]) != cmdSetConfig {
		t.Errorf("sent %+v, %v", sent, err)
	}
	if err := c.SetTimeouts(Timeouts{TCP: -1}); !errors.Is(err, syscall.EINVAL) || len(f.sent) != 1 {
		t.Errorf("%v, and %d requests", err, len(f.sent))
	}
}

func TestAnswersThatAreNotInfoOrTimeoutsAreErrors(t *testing.T) {
	short := appendUint16(nil, infoVersion, 1)
	shortTimeout := appendUint16(nil, attrTimeoutTCP, 1)
	for name, answers := range map[string][][]byte{
		"none":               nil,
		"two":                {appendUint32(nil, infoVersion, 1), appendUint32(nil, infoVersion, 1)},
		"without a version":  {appendUint32(nil, infoTableSize, 1)},
		"two bytes":          {short},
		"a truncated number": {appendUint32(nil, infoVersion, 1)[:6]},
	} {
		if info, err := answering(t, answers...).Info(); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
	if got, err := answering(t, shortTimeout).Timeouts(); !errors.Is(err, ErrNoAnswer) || !strings.Contains(err.Error(), "2 bytes instead of 4") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTimeoutsAreRefusedWithAReason(t *testing.T) {
	for reason, timeouts := range map[string]Timeouts{
		"set timeouts: tcp timeout -1s is not within 0 and 2147483 s":           {TCP: -time.Second},
		"set timeouts: tcpfin timeout 596h31m24s is not within 0 and 2147483 s": {TCPFIN: maxTimeout + time.Second},
		"set timeouts: udp timeout 1.5s is not in whole seconds":                {UDP: 1500 * time.Millisecond},
	} {
		if err := timeouts.Validate(); err == nil || err.Error() != reason {
			t.Error(err)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(appendTimeouts(nil, defaultTimeouts()))
	f.Add(appendUint32(nil, infoVersion, 0x010201))
	f.Fuzz(func(t *testing.T, b []byte) {
		if info, err := decodeInfo(b); err == nil && info.Version == "" {
			t.Errorf("%+v", info)
		}
		timeouts, err := decodeTimeouts(b)
		if err != nil || timeouts.Validate() != nil {
			return
		}
		if again, err := decodeTimeouts(appendTimeouts(nil, timeouts)); err != nil || again != timeouts {
			t.Errorf("%+v came back as %+v, %v", timeouts, again, err)
		}
	})
}
