package checks

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"luavs/checks/dns"
	"luavs/checks/servertest"
)

func TestDNSWithNSD(t *testing.T) {
	addr := nsd(t)
	of := func(kind, name string, answers ...string) DNS { return DNS{Type: kind, Name: name, Answers: answers} }
	tests := []struct {
		name  string
		check DNS
		want  Result
	}{
		{"an address", of("A", "www.example", "192.0.2.11"), passing("NOERROR, 2 records")},
		{"both addresses, in any order", of("A", "WWW.example.", "192.0.2.11", "192.0.2.10"), pass},
		{"another address", of("A", "www.example", "192.0.2.12"), fail(Body, `answer: "192.0.2.12" not found in 2 A records`)},
		{"an address behind a CNAME", of("a", "alias.example", "192.0.2.10"), pass},
		{"AAAA", of("AAAA", "www.example", "2001:DB8:0::10"), pass},
		{"CNAME", of("CNAME", "alias.example", "www.example"), pass},
		{"NS", of("NS", "example", "NS1.example."), pass},
		{"MX", of("MX", "example", "10 mail.example"), pass},
		{"MX of another preference", of("MX", "example", "20 mail.example"), fail(Body, `answer: "20 mail.example" not found in 1 MX records`)},
		{"SRV", of("SRV", "_ldap._tcp.example", "0 5 389 ldap.example"), pass},
		{"PTR", of("PTR", "10.2.0.192.in-addr.example", "www.example"), pass},
		{"TXT, joined", of("TXT", "example", "v=spf1 -all"), pass},
		{"SOA", of("SOA", "example", "ns1.example admin.example 2026010101 3600 600 86400 300"), pass},
		{"a serial that matches", DNS{Name: "example", AnswerMatch: regexp.MustCompile(` 2026\d{6} `)}, pass},
		{"a serial that does not", DNS{Name: "example", AnswerMatch: regexp.MustCompile(` 2027\d{6} `)},
			fail(Body, `answer: a match of " 2027\\d{6} " not found in 1 SOA records`)},
		{"no record of the type is a pass", of("AAAA", "ns1.example"), passing("NOERROR, 0 records")},
		{"unless one is wanted", DNS{Type: "AAAA", Name: "ns1.example", MinAnswers: 1}, fail(Body, "answer: 0 AAAA records, want 1")},
		{"over TCP", DNS{Name: "www.example", Type: "A", TCP: true, MinAnswers: 2}, pass},
		{"too large for UDP, then over TCP", DNS{Name: "big.example", Type: "TXT", MinAnswers: 200}, passing("NOERROR, 200 records")},
		{"a record of a large answer", of("TXT", "big.example", "number 199"), pass},
		{"without EDNS", DNS{Name: "www.example", Type: "A", EDNS: -1, MinAnswers: 2}, pass},
		{"without recursion", DNS{Name: "www.example", Type: "A", NoRecursion: true, MinAnswers: 2}, pass},
		{"no such name", of("A", "nosuch.example"), fail(Status, "rcode NXDOMAIN, want NOERROR")},
		{"no such name, as it should be", DNS{Name: "nosuch.example", Codes: []string{"noerror", "nxdomain"}}, passing("NXDOMAIN, 0 records")},
		{"a zone that the server does not have", DNS{}, fail(Status, "rcode REFUSED, want NOERROR")},
		{"a zone that it could not read", of("A", "broken.example"), fail(Status, "rcode SERVFAIL, want NOERROR")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.check.Mistakes(); err != nil {
				t.Fatal(err)
			}
			leavesNothing(t, func() { expect(t, ask(t, tt.check, addr, long), tt.want) })
		})
	}
	expect(t, ask(t, DNS{}, servertest.Port(t), long), fail(Refused, "connection refused (query sent)"))
	expect(t, ask(t, DNS{TCP: true}, servertest.Port(t), long), fail(Refused, "connection refused"))
}

// reply is a whole answer to a query with the records of f.
func reply(t testing.TB, query []byte, change func(*dnsmessage.Message)) []byte {
	t.Helper()
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		t.Error(err)
	}
	m.Response = true
	change(&m)
	data, err := m.Pack()
	if err != nil {
		t.Error(err)
	}
	return data
}

func TestNameServersThatMisbehaveOverUDP(t *testing.T) {
	plain := func(*dnsmessage.Message) {}
	other := dnsmessage.MustNewName("other.example.")
	tests := []struct {
		name   string
		change func(*dnsmessage.Message)
		edit   func([]byte) []byte
		want   Result
	}{
		{"a good answer", plain, nil, passing("NOERROR, 0 records")},
		{"another ID", func(m *dnsmessage.Message) { m.ID++ }, nil, ignored},
		{"another name", func(m *dnsmessage.Message) { m.Questions[0].Name = other }, nil, ignored},
		{"another type", func(m *dnsmessage.Message) { m.Questions[0].Type = dnsmessage.TypeA }, nil, ignored},
		{"no question", func(m *dnsmessage.Message) { m.Questions = nil }, nil, ignored},
		{"a refusal without a question", func(m *dnsmessage.Message) { m.Questions, m.RCode = nil, dnsmessage.RCodeFormatError }, nil,
			fail(Status, "rcode FORMERR, want NOERROR")},
		{"the query itself", func(m *dnsmessage.Message) { m.Response = false }, nil, ignored},
		{"a code without a name", func(m *dnsmessage.Message) { m.RCode = 15 }, nil, fail(Status, "rcode 15, want NOERROR")},
		{"no message", plain, func([]byte) []byte { return []byte("hello") }, ignored},
		{"an empty message", plain, func([]byte) []byte { return nil }, ignored},
		{"an answer that is cut off", plain, func(b []byte) []byte { b[7] = 1; return b[:12+4+5+6] },
			fail(Protocol, "answer: question: ")},
		{"a record that is not there", plain, func(b []byte) []byte { b[7] = 9; return b },
			fail(Protocol, "answer: ")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := servertest.UDP(t, func(s *net.UDPConn, from netip.AddrPort, data []byte) {
				data = reply(t, data, tt.change)
				if tt.edit != nil {
					data = tt.edit(data)
				}
				s.WriteToUDPAddrPort(data, from)
			})
			leavesNothing(t, func() { expectBut(t, ask(t, DNS{Name: "www.example"}, addr, short), tt.want) })
		})
	}
}

var ignored = fail(Timeout, "no answer within 400ms (query sent, another answer ignored)")

// An answer that somebody else forged does not hide the right one.
func TestTheRightAnswerCountsAmongOthers(t *testing.T) {
	addr := servertest.UDP(t, func(s *net.UDPConn, from netip.AddrPort, data []byte) {
		for range 3 {
			s.WriteToUDPAddrPort(reply(t, data, func(m *dnsmessage.Message) { m.ID++; m.RCode = dnsmessage.RCodeServerFailure }), from)
		}
		s.WriteToUDPAddrPort(reply(t, data, func(*dnsmessage.Message) {}), from)
	})
	expect(t, ask(t, DNS{}, addr, long), pass)
}

func TestANameServerThatIsSilent(t *testing.T) {
	addr := servertest.UDP(t, func(*net.UDPConn, netip.AddrPort, []byte) {})
	leavesNothing(t, func() {
		expect(t, ask(t, DNS{}, addr, short), fail(Timeout, "no answer within 400ms (query sent)"))
	})
}

func TestNameServersThatMisbehaveOverTCP(t *testing.T) {
	framed := func(data []byte) string {
		return string(binary.BigEndian.AppendUint16(nil, uint16(len(data)))) + string(data)
	}
	asked := func(c *net.TCPConn) []byte {
		var length [2]byte
		io.ReadFull(c, length[:])
		data := make([]byte, binary.BigEndian.Uint16(length[:]))
		io.ReadFull(c, data)
		return data
	}
	good := func(*dnsmessage.Message) {}
	for _, tt := range []struct {
		name   string
		server func(*net.TCPConn)
		limit  time.Duration
		want   Result
	}{
		{"a good answer, in pieces", func(c *net.TCPConn) {
			for _, b := range []byte(framed(reply(t, asked(c), good))) {
				c.Write([]byte{b})
				awaitAcknowledged(t, c)
			}
			hold(c)
		}, long, passing("NOERROR, 0 records")},
		{"another ID", func(c *net.TCPConn) {
			io.WriteString(c, framed(reply(t, asked(c), func(m *dnsmessage.Message) { m.ID++ })))
			hold(c)
		}, long, fail(Protocol, "an answer to another question")},
		{"silence", hold, short, fail(Timeout, "no answer within 400ms (connected, query sent)")},
		{"a length and no more", greets("\x00\x64", hold), short,
			fail(Timeout, "no answer within 400ms (connected, query sent, 0 of 100 bytes received)")},
		{"a length, then the end", says("\x00\x64abc", closes), long, fail(Protocol, "answer: the server closed before its end")},
		{"an end at once", says("", closes), long, fail(Protocol, "answer: the server closed before its end")},
		{"a reset", says("", reset), long, fail(Refused, "connection reset by peer (connected, query sent)")},
		{"an empty answer", says("\x00\x00", hold), long, fail(Protocol, "an answer to another question")},
		{"an answer without end", endless("x"), long, fail(Protocol, "an answer to another question")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr := serve(t, tt.server)
			leavesNothing(t, func() { expect(t, ask(t, DNS{TCP: true}, addr, tt.limit), tt.want) })
		})
	}
}

func TestMistakesOfDNS(t *testing.T) {
	for _, tt := range []struct {
		want  string // the beginning
		check DNS
	}{
		{`name "a..b": label ""`, DNS{Name: "a..b"}},
		{`name `, DNS{Name: strings.Repeat("x", 64)}},
		{`name `, DNS{Name: strings.Repeat("xxx.", 64)}},
		{`name `, DNS{Name: "a b"}},
		{`type "AXFR": want one of A, AAAA,`, DNS{Type: "AXFR"}},
		{`edns 100: `, DNS{EDNS: 100}},
		{`min_answers -1: `, DNS{MinAnswers: -1}},
		{`rcode "OK": want one of NOERROR,`, DNS{Codes: []string{"OK"}}},
		{`answer "::1": want an address of type A`, DNS{Type: "A", Answers: []string{"::1"}}},
		{`answer "192.0.2.1": want an address of type AAAA`, DNS{Type: "AAAA", Answers: []string{"192.0.2.1"}}},
		{`answer "mail.example": want 2 words for MX`, DNS{Type: "MX", Answers: []string{"mail.example"}}},
		{`answer "x mail.example": "x": want a whole number`, DNS{Type: "MX", Answers: []string{"x mail.example"}}},
		{`answer "a..b": label`, DNS{Type: "NS", Answers: []string{"a..b"}}},
		{`interface `, DNS{Route: Route{Interface: strings.Repeat("x", 16)}}},
	} {
		if err := tt.check.Mistakes(); err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one mistake that begins with %s", err, tt.want)
		}
	}
}

func TestDNSIdentity(t *testing.T) {
	for want, check := range map[string]DNS{
		"dns": {},
		"dns port=53 name=a.example type=A tcp recursion=false edns=512 rcode=NXDOMAIN answer=192.0.2.1 answer_match=^1 min_answers=2": {
			Route: Route{Port: 53}, Name: "a.example", Type: "A", TCP: true, NoRecursion: true, EDNS: 512,
			Codes: []string{"NXDOMAIN"}, Answers: []string{"192.0.2.1"}, AnswerMatch: regexp.MustCompile("^1"), MinAnswers: 2},
	} {
		if got := check.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whatever comes, the judgement is a verdict, and of messages with our ID only.
func FuzzDNSAnswer(f *testing.F) {
	check := DNS{Name: "www.example", Type: "MX", Answers: []string{"10 mail.example"}, MinAnswers: 1}
	q := check.query()
	q.ID = 7
	wire, err := q.Wire()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wire)
	for _, body := range []dnsmessage.ResourceBody{
		&dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName("mail.example.")},
		&dnsmessage.TXTResource{TXT: []string{"x"}}, &dnsmessage.AResource{},
	} {
		f.Add(reply(f, wire, func(m *dnsmessage.Message) {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Question.Name, Class: dnsmessage.ClassINET}, Body: body}}
		}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := q.Read(data)
		if err != nil {
			return
		}
		if len(data) < 12 || binary.BigEndian.Uint16(data) != 7 || data[2]&0x80 == 0 {
			t.Errorf("%x is taken for an answer", data)
		}
		run := start(t.Context())
		if err := check.judge(run, a); err != nil {
			if res := run.failed(err); res.Outcome != Fail || strings.ContainsAny(res.Reason, "\r\n\x1b") {
				t.Errorf("%x gives %+v", data, res)
			}
		}
	})
}

// What a check takes for an answer is read back as the same.
func FuzzCanonicalAnswers(f *testing.F) {
	f.Add("MX", "010 Mail.Example")
	f.Add("A", "192.0.2.1")
	f.Add("SOA", "a. b. 1 2 3 4 5")
	f.Fuzz(func(t *testing.T, kind, text string) {
		if dns.TypeOf(kind) == 0 {
			return
		}
		once, err := canonical(kind, text)
		if err != nil {
			return
		}
		if twice, err := canonical(kind, once); err != nil || twice != once {
			t.Errorf("%s %q is %q, then %q, %v", kind, text, once, twice, err)
		}
	})
}

// A server that sends other answers without end is given the timeout, and no
// more.
func TestAFloodOfOtherAnswers(t *testing.T) {
	addr := servertest.UDP(t, func(s *net.UDPConn, from netip.AddrPort, data []byte) {
		forged := reply(t, data, func(m *dnsmessage.Message) { m.ID++ })
		for {
			if _, err := s.WriteToUDPAddrPort(forged, from); errors.Is(err, net.ErrClosed) {
				return
			}
		}
	})
	leavesNothing(t, func() { expect(t, ask(t, DNS{}, addr, short), ignored) })
}
