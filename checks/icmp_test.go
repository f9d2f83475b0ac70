package checks

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"
)

func TestLoopbackAnswersPings(t *testing.T) {
	for _, tt := range []struct {
		name  string
		check ICMP
		want  string // the beginning of the reason
		trips int
	}{
		{"one request", ICMP{}, "answered in ", 1},
		{"the first answer counts", ICMP{Count: 3}, "answered in ", 1},
		{"each of five", ICMP{Count: 5, Replies: 5}, "5 of 5 answered, in ", 5},
		{"the least data", ICMP{Size: MinPingSize}, "answered in ", 1},
		{"the most data", ICMP{Size: MaxPingSize}, "answered in ", 1},
		{"one hop", ICMP{TTL: 1}, "answered in ", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.check.Mistakes(); err != nil {
				t.Fatal(err)
			}
			for _, host := range []string{"127.0.0.1", "::1"} {
				leavesNothing(t, func() {
					ctx, cancel := context.WithTimeout(t.Context(), long)
					defer cancel()
					pong, res := tt.check.Ping(ctx, Target{Addr: netip.AddrPortFrom(netip.MustParseAddr(host), 80)})
					if res.Outcome != Pass || !strings.HasPrefix(res.Reason, tt.want) {
						t.Errorf("%s: got %+v, want %s...", host, res, tt.want)
					}
					if pong.Sent != tt.trips || len(pong.Trips) != tt.trips || pong.Trips[0] <= 0 || pong.Trips[0] > long {
						t.Errorf("%s: got %+v", host, pong)
					}
				})
			}
		})
	}
}

// Many pings of one host at once do not take each other's replies.
func TestPingsAtOnce(t *testing.T) {
	results := make(chan Result)
	check := Within(long, ICMP{Count: 20, Replies: 20})
	for range 20 {
		go func() { results <- check.Check(t.Context(), Target{Addr: netip.MustParseAddrPort("127.0.0.1:0")}) }()
	}
	for range 20 {
		if res := <-results; !strings.HasPrefix(res.Reason, "20 of 20 answered") {
			t.Errorf("got %+v", res)
		}
	}
}

func TestPingsThatCannotBeSent(t *testing.T) {
	expect(t, ask(t, ICMP{}, netip.MustParseAddrPort("[fe80::1%nosuch]:0"), long), unknown("interface nosuch: no such interface"))
	expect(t, ask(t, ICMP{Route: Route{Interface: "nosuch"}}, server, long), unknown("interface nosuch: no such device"))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the policy is reloaded"))
	expect(t, ICMP{}.Check(ctx, Target{Addr: netip.MustParseAddrPort("127.0.0.1:0")}), unknown("given up: the policy is reloaded"))
}

// sentPing is a ping of two requests that waits for its answers.
func sentPing(raw, six bool) *pinger {
	return &pinger{raw: raw, six: six, id: 7, data: []byte("sixteen bytes ok"), times: []time.Time{time.Now(), time.Now()}}
}

// replyTo turns a request into its reply.
func replyTo(six bool, request []byte) []byte {
	request[0] = reply4
	if six {
		request[0] = reply6
	}
	return request
}

func TestWhatAnswersAPing(t *testing.T) {
	ip := append([]byte{0x46}, make([]byte, 23)...) // with an option
	good := func(seq uint16) []byte { return replyTo(false, echoRequest(false, 7, seq, []byte("sixteen bytes ok"))) }
	for _, tt := range []struct {
		name   string
		p      *pinger
		packet []byte
		want   bool
	}{
		{"the reply", sentPing(false, false), good(1), true},
		{"the reply behind its IP header", sentPing(true, false), append(ip, good(0)...), true},
		{"the reply of ICMPv6", sentPing(true, true), replyTo(true, echoRequest(true, 7, 0, []byte("sixteen bytes ok"))), true},
		{"an ICMP reply for ICMPv6", sentPing(true, true), good(0), false},
		{"a request", sentPing(true, false), append(ip, echoRequest(false, 7, 0, []byte("sixteen bytes ok"))...), false},
		{"a sequence number that was not sent", sentPing(false, false), good(2), false},
		{"another ID", sentPing(true, false), append(ip, replyTo(false, echoRequest(false, 8, 0, []byte("sixteen bytes ok")))...), false},
		{"an ID that the kernel gave", sentPing(false, false), replyTo(false, echoRequest(false, 8, 0, []byte("sixteen bytes ok"))), true},
		{"other data", sentPing(false, false), replyTo(false, echoRequest(false, 7, 0, []byte("sixteen bytes no"))), false},
		{"data cut short", sentPing(false, false), good(0)[:20], false},
		{"a header cut short", sentPing(false, false), good(0)[:7], false},
		{"an IP header cut short", sentPing(true, false), ip[:22], false},
		{"nothing", sentPing(true, false), nil, false},
	} {
		if got := tt.p.answers(bytes.Clone(tt.packet)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	p := sentPing(false, false)
	if !p.answers(good(1)) || p.answers(good(1)) || !p.answers(good(0)) || len(p.Trips) != 2 {
		t.Errorf("a duplicate counts: %v", p.Trips)
	}
}

func TestChecksumsAreThoseOfRFC1071(t *testing.T) {
	if got := checksum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); got != ^uint16(0xddf2) {
		t.Errorf("got %#x, want %#x", got, ^uint16(0xddf2)) // the example of section 3
	}
	for _, data := range []string{"", "x", "xyz", strings.Repeat("\xff", 65000)} {
		b := echoRequest(false, 0xffff, 0xffff, []byte(data))
		if len(b)%2 == 1 {
			b = append(b, 0)
		}
		if got := checksum(b); got != 0 {
			t.Errorf("%d bytes: the checksum with its own is %#x, want 0", len(data), got)
		}
	}
}

func TestMistakesOfICMP(t *testing.T) {
	for want, check := range map[string]ICMP{
		"port 80: ICMP has no ports":               {Route: Route{Port: 80}},
		"interface ":                               {Route: Route{Interface: strings.Repeat("x", 16)}},
		"count 101: want 1 to 100":                 {Count: 101},
		"count -1: ":                               {Count: -1, Replies: -1},
		"replies 3: want 1 to count, which is 2":   {Count: 2, Replies: 3},
		"interval -1s: ":                           {Interval: -time.Second},
		"size 15: want 16 to 65000 bytes":          {Size: 15},
		"ttl 256: want 1 to 255":                   {TTL: 256},
		"count 1000: want 1 to 100\nsize 70000: w": {Count: 1000, Size: 70000},
	} {
		if err := check.Mistakes(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestICMPIdentity(t *testing.T) {
	for want, check := range map[string]ICMP{
		"icmp": {},
		"icmp source=127.0.0.2 count=3 replies=2 interval=50ms size=64 ttl=9": {
			Route: Route{Source: netip.MustParseAddr("127.0.0.2")}, Count: 3, Replies: 2, Interval: 50 * time.Millisecond, Size: 64, TTL: 9},
	} {
		if got := check.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The filter of the kernel and our own reading take the same packets.
func TestTheFilterTakesRepliesOfTheID(t *testing.T) {
	ip := append([]byte{0x46}, make([]byte, 23)...) // with an option
	for _, six := range []bool{false, true} {
		vm, err := bpf.NewVM(replyFilter(six, 7))
		if err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			message []byte
			want    bool
		}{
			"a reply":            {replyTo(six, echoRequest(six, 7, 0, nil)), true},
			"a reply to another": {replyTo(six, echoRequest(six, 8, 0, nil)), false},
			"a request":          {echoRequest(six, 7, 0, nil), false},
			"a short message":    {[]byte{reply4, 0, 0}, false},
		} {
			packet := tt.message
			if !six {
				packet = append(bytes.Clone(ip), packet...)
			}
			if n, err := vm.Run(packet); err != nil || (n > 0) != tt.want {
				t.Errorf("%s, ICMPv6 %v: %d bytes are taken, %v; want %v", name, six, n, err, tt.want)
			}
		}
	}
}

// No message but a reply with our data is taken, however it comes.
func FuzzEchoReply(f *testing.F) {
	f.Add([]byte{}, false, false)
	f.Add(replyTo(true, echoRequest(true, 7, 1, []byte("sixteen bytes ok"))), true, true)
	f.Add(append(append([]byte{0x45}, make([]byte, 19)...), replyTo(false, echoRequest(false, 7, 1, []byte("sixteen bytes ok")))...), true, false)
	f.Fuzz(func(t *testing.T, packet []byte, raw, six bool) {
		p := sentPing(raw, six)
		if p.answers(packet) && !bytes.HasSuffix(packet, p.data) {
			t.Errorf("%x is taken", packet)
		}
		if rest := behindIPv4(packet); len(rest) > 0 && (packet[0]>>4 != 4 || len(packet)-len(rest) != int(packet[0]&15)*4) {
			t.Errorf("%x is behind %x", rest, packet)
		}
		if r, ok := readEchoReply(six, packet); ok && (r.id != binary.BigEndian.Uint16(packet[4:]) || len(r.data) != len(packet)-8) {
			t.Errorf("%x is read as %+v", packet, r)
		}
	})
}
