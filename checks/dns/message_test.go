package dns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/net/dns/dnsmessage"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("x", 63)
	for text, want := range map[string]string{
		"www.example":  "www.example.",
		"www.example.": "www.example.",
		".":            ".",
		long + "." + long + "." + long + ".short": long + "." + long + "." + long + ".short.",
		"":            `! label "": `,
		"a..b":        `! label "": `,
		"a.b..":       `! label "": `,
		long + "x.b":  "! label ",
		"a b":         `! label "a b": `,
		"caf\u00e9.x": "! label ",
		long + "." + long + "." + long + "." + long: "! want at most 253 characters",
	} {
		name, err := NewName(text)
		if wrong, refused := strings.CutPrefix(want, "! "); refused {
			if err == nil || !strings.HasPrefix(err.Error(), wrong) {
				t.Errorf("%s: got %v, want %s", text, err, wrong)
			}
		} else if err != nil || name.String() != want {
			t.Errorf("%s: got %v, %v", text, name, err)
		}
	}
}

func TestNamesOfAddresses(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.1":        "1.2.0.192.in-addr.arpa.",
		"::ffff:192.0.2.1": "1.2.0.192.in-addr.arpa.",
		"2001:db8::10":     "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
	} {
		if got := Reverse(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %s, want %s", addr, got, want)
		}
	}
}

func TestCodesAndTypesHaveNames(t *testing.T) {
	for code, want := range map[dnsmessage.RCode]string{0: "NOERROR", 3: "NXDOMAIN", 10: "NOTZONE", 15: "15"} {
		if got := CodeName(code); got != want {
			t.Errorf("%d is %s, want %s", code, got, want)
		}
	}
	for _, name := range Types() {
		if kind := TypeOf(name); kind.String() != "Type"+name {
			t.Errorf("%s is %v", name, kind)
		}
	}
	if kind := TypeOf("AXFR"); kind != 0 {
		t.Errorf("AXFR is %v", kind)
	}
}

func TestWhatIsSent(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*Query)
		recurse bool
		edns    int
	}{
		{"as usual", func(*Query) {}, true, 1232},
		{"without EDNS", func(q *Query) { q.EDNS = 0 }, true, 0},
		{"large answers", func(q *Query) { q.EDNS = 4096 }, true, 4096},
		{"without recursion", func(q *Query) { q.NoRecursion = true }, false, 1232},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := NewQuery(mustName(t, "www.example"), dnsmessage.TypeMX)
			tt.change(&q)
			wire, err := q.Wire()
			var m dnsmessage.Message
			if err != nil || m.Unpack(wire) != nil {
				t.Fatalf("%x, %v", wire, err)
			}
			size := 0
			for _, r := range m.Additionals {
				size = int(r.Header.Class) // where OPT has it (RFC 6891, 6.1.2)
			}
			if m.ID != q.ID || m.RecursionDesired != tt.recurse || size != tt.edns || len(m.Questions) != 1 || m.Questions[0] != q.Question {
				t.Errorf("sent %+v", m)
			}
		})
	}
	if _, err := (Query{Question: dnsmessage.Question{Name: dnsmessage.MustNewName("www")}}).Wire(); err == nil {
		t.Error("a name that is not whole is sent")
	}
}

func TestMessagesOfAStream(t *testing.T) {
	var stream bytes.Buffer
	for _, text := range []string{"first", "", strings.Repeat("x", 65535)} {
		if err := Send(&stream, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := Receive(iotest.OneByteReader(&stream))
		if err != nil || string(got) != text {
			t.Errorf("%d bytes of %d, %v", len(got), len(text), err)
		}
	}
	if _, err := Receive(strings.NewReader("\x00")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a length: %v", err)
	}
	_, err := Receive(strings.NewReader("\x00\x05abc"))
	var cut *CutError
	if !errors.As(err, &cut) || !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "3 of 5 bytes received: unexpected EOF" {
		t.Errorf("half a message: %v", err)
	}
}

// Whatever comes, what is taken for an answer has our ID, and its records end.
func FuzzAnswer(f *testing.F) {
	q := Query{ID: 7, Question: dnsmessage.Question{Name: mustName(f, "www.example"), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}, EDNS: DefaultEDNS}
	wire, err := q.Wire()
	var m dnsmessage.Message
	if err != nil || m.Unpack(wire) != nil {
		f.Fatal(err)
	}
	f.Add(wire)
	m = right(m)
	if wire, err = m.Pack(); err != nil {
		f.Fatal(err)
	}
	f.Add(wire)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := q.Read(data)
		if err == nil && (len(data) < 12 || binary.BigEndian.Uint16(data) != 7 || data[2]&0x80 == 0) {
			t.Errorf("%x is taken for an answer", data)
		}
		count := 0
		for _, err := range m.Records() {
			if err == nil { // else it is the end
				count++
			}
		}
		if count > len(data) {
			t.Errorf("%x has %d records", data, count)
		}
	})
}

// The text of the files of a machine is read whatever it is.
func FuzzFilesOfTheMachine(f *testing.F) {
	f.Add("nameserver 192.0.2.53\noptions ndots:2\n")
	f.Add("127.0.0.1 localhost\n")
	f.Fuzz(func(t *testing.T, text string) {
		if r := parseResolvConf(text); r.Dots < 0 || r.Dots > 15 {
			t.Errorf("%d dots", r.Dots)
		}
		for _, ip := range addressesIn(text, "localhost") {
			if len(namesIn(text, ip)) == 0 {
				t.Errorf("%v has no name", ip)
			}
		}
	})
}
