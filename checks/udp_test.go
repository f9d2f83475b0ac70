package checks

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"luavs/checks/servertest"
)

// echoes answers each datagram with a text before it.
func echoes(text string) func(*net.UDPConn, netip.AddrPort, []byte) {
	return func(s *net.UDPConn, from netip.AddrPort, data []byte) {
		s.WriteToUDPAddrPort(append([]byte(text), data...), from)
	}
}

func TestUDP(t *testing.T) {
	silent := func(*net.UDPConn, netip.AddrPort, []byte) {}
	elsewhere := func(_ *net.UDPConn, from netip.AddrPort, data []byte) {
		other, err := net.Dial("udp", from.String())
		if err != nil {
			t.Error(err)
			return
		}
		other.Write(data)
		other.Close()
	}
	text := UDP{Send: []byte("ping"), Expect: []byte("ping")}
	tests := []struct {
		name   string
		check  UDP
		server func(*net.UDPConn, netip.AddrPort, []byte)
		limit  time.Duration
		want   Result
	}{
		{"an answer with the text", text, echoes("> "), long, passing("answer of 6 bytes")},
		{"an answer without it", UDP{Expect: []byte("pong")}, echoes("ping"), long, fail(Body, `answer: "pong" not found in 4 bytes`)},
		{"an answer that matches", UDP{Send: []byte("7"), ExpectMatch: regexp.MustCompile(`^v\d$`)}, echoes("v"), long, pass},
		{"an answer that does not", UDP{ExpectMatch: regexp.MustCompile(`^v\d$`)}, echoes("v"), long, fail(Body, `answer: no match of "^v\\d$" in 1 bytes`)},
		{"an answer with the bytes", UDP{Send: []byte{0xff}, ExpectHex: parseHex(t, "00f.")}, echoes("\x00"), long, pass},
		{"an answer with others", UDP{ExpectHex: parseHex(t, "00f.")}, echoes("\x00\x0f"), long, fail(Body, "answer: bytes 00f. not found in 2 bytes")},
		{"any answer, to an empty datagram", UDP{Reply: true}, echoes("x"), long, passing("answer of 1 bytes")},
		{"an empty answer", UDP{Reply: true}, echoes(""), long, passing("answer of 0 bytes")},
		{"an answer that is too short", UDP{MinLength: 5}, echoes("four"), long, fail(Body, "answer: 4 bytes, want 5 or more")},
		{"an answer that is too long", UDP{MaxLength: 3}, echoes("four"), long, fail(Body, "answer: 4 bytes, want at most 3")},
		{"an answer of another length", UDP{MinLength: 1, MaxLength: 3}, echoes("four"), long, fail(Body, "answer: 4 bytes, want 1 to 3")},
		{"an answer as long as they come", UDP{Reply: true, MaxLength: maxDatagram}, echoes(strings.Repeat("x", maxDatagram)), long, passing("answer of 65507 bytes")},
		{"no answer", text, silent, short, fail(Timeout, "no answer within 400ms (4 bytes sent)")},
		{"no answer where none is needed", UDP{}, silent, short, passing("no refusal")},
		{"an answer where none is needed", UDP{}, echoes("x"), long, passing("answer of 1 bytes")},
		{"an answer from another address", text, elsewhere, short, fail(Timeout, "no answer within 400ms (4 bytes sent)")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := servertest.UDP(t, tt.server)
			leavesNothing(t, func() { expect(t, ask(t, tt.check, addr, tt.limit), tt.want) })
		})
	}
}

// The query is of ID 1234 for the SOA of example, as in RFC 1035, 4.1.
const soaQuery = "04d2 0000 0001 0000 0000 0000 07 6578616d706c65 00 0006 0001"

func TestUDPWithNSD(t *testing.T) {
	query, _ := parseHex(t, soaQuery).Bytes()
	check := UDP{Send: query, ExpectHex: parseHex(t, "04d2 8.0."), MinLength: 12}
	addr := nsd(t)
	expect(t, ask(t, check, addr, long), passing("answer of 101 bytes"))
	check.ExpectHex = parseHex(t, "04d3")
	expect(t, ask(t, check, addr, long), fail(Body, "answer: bytes 04d3 not found in 101 bytes"))
	expect(t, ask(t, UDP{Send: []byte("no query"), Reply: true}, addr, short), fail(Timeout, "no answer within 400ms (8 bytes sent)"))
}

func TestAClosedPortRefusesDatagrams(t *testing.T) {
	for _, check := range []UDP{{}, {Reply: true}, {Send: []byte("x"), Expect: []byte("y")}} {
		res := ask(t, check, servertest.Port(t), long)
		if res.Outcome != Fail || res.Cause != Refused {
			t.Errorf("%v: got %+v, want refused", check, res)
		}
	}
	six := netip.AddrPortFrom(netip.IPv6Loopback(), servertest.Port(t).Port())
	expect(t, ask(t, UDP{}, six, long), fail(Refused, "connection refused (0 bytes sent)"))
}

func TestDatagramsThatCannotBeSent(t *testing.T) {
	for _, tt := range []struct {
		addr string
		want Result
	}{
		{"127.255.255.255:9", unknown("permission denied")}, // a broadcast
		{"[fe80::1%nosuch]:9", unknown("interface nosuch: no such interface")},
	} {
		expect(t, ask(t, UDP{}, netip.MustParseAddrPort(tt.addr), long), tt.want)
	}
}

// That we gave up is no sign that the server is well.
func TestOurCancellationOfADatagramSaysNothing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	addr := servertest.UDP(t, func(*net.UDPConn, netip.AddrPort, []byte) { cancel(errors.New("the policy is reloaded")) })
	leavesNothing(t, func() {
		expect(t, UDP{}.Check(ctx, Target{Addr: addr}), unknown("given up: the policy is reloaded"))
	})
}

func TestMistakesOfUDP(t *testing.T) {
	for want, check := range map[string]UDP{
		"send: 65508 bytes":      {Send: make([]byte, maxDatagram+1)},
		"min_length -1: ":        {MinLength: -1},
		"max_length 65508: ":     {MaxLength: maxDatagram + 1},
		"max_length 3: is below": {MinLength: 4, MaxLength: 3},
		"interface ":             {Route: Route{Interface: strings.Repeat("x", 16)}},
	} {
		if err := check.Mistakes(); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one mistake that begins with %s", err, want)
		}
	}
}

func TestUDPIdentity(t *testing.T) {
	for want, check := range map[string]UDP{
		"udp": {},
		"udp port=53 send=a reply expect=b expect_match=c expect_hex=00.. min_length=1 max_length=9": {
			Route: Route{Port: 53}, Send: []byte("a"), Reply: true, Expect: []byte("b"), ExpectMatch: regexp.MustCompile("c"),
			ExpectHex: parseHex(t, "00.."), MinLength: 1, MaxLength: 9},
	} {
		if got := check.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
