package checks

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"luavs/checks/servertest"
)

// newHTTP makes a check of settings that have no mistake.
func newHTTP(t testing.TB, set HTTP) *HTTPCheck {
	t.Helper()
	c, err := NewHTTP(set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const ok = "HTTP/1.1 200 OK\r\n"

func TestHTTPAnswers(t *testing.T) {
	ready := HTTP{BodyContains: "ready"}
	tests := []struct {
		name   string
		set    HTTP
		answer string // after which the server closes
		want   Result
	}{
		{"length", ready, ok + "Content-Length: 5\r\n\r\nready", pass},
		{"chunks", ready, ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nrea\r\n2\r\ndy\r\n0\r\n\r\n", pass},
		{"to the end of the stream", ready, ok + "\r\nI am ready.", pass},
		{"HTTP/1.0", ready, "HTTP/1.0 200 OK\r\n\r\nready", pass},
		{"no reason phrase", HTTP{}, "HTTP/1.1 200\r\n\r\n", pass},
		{"lines end with LF only", HTTP{}, "HTTP/1.1 204 No Content\n\n", passing("status 204")},
		{"interim answers come first", ready,
			"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok + "\r\nready", pass},
		{"a switch of protocols is the last answer", HTTP{}, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
			fail(Status, "status 101, want 200-299")},
		{"the answer to HEAD has no body", HTTP{Method: "HEAD"}, ok + "Content-Length: 100\r\n\r\n", pass},
		{"a redirect is a status", HTTP{}, "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
			fail(Status, "status 302, want 200-299")},
		{"the status comes before the body", ready, "HTTP/1.1 503 Busy\r\n\r\nready",
			fail(Status, "status 503, want 200-299")},
		{"a text that is not there", ready, ok + "Content-Length: 4\r\n\r\nbusy",
			fail(Body, `body: "ready" not found in 4 bytes`)},
		{"an empty body", ready, ok + "Content-Length: 0\r\n\r\n",
			fail(Body, `body: "ready" not found in 0 bytes`)},
		{"a pattern that is not there", HTTP{BodyMatch: regexp.MustCompile(`^re..y$`)}, ok + "\r\nready\n",
			fail(Body, `body: no match of "^re..y$" in 6 bytes`)},
		{"a text behind the limit", HTTP{BodyContains: "ready", BodyLimit: 4}, ok + "\r\nxxxxready",
			fail(Body, `body: "ready" not found in the first 4 bytes`)},
		{"a body that ends early", HTTP{}, ok + "Content-Length: 10\r\n\r\n12345",
			fail(Protocol, "body after 5 bytes: the server closed before its end")},
		{"chunks that end early", HTTP{}, ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
			fail(Protocol, "body after 2 bytes: the server closed before its end")},
		{"a bad chunk", HTTP{}, ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
			fail(Protocol, "body after 0 bytes: invalid byte in chunk length")},
		{"nothing", HTTP{}, "", fail(Protocol, "the server closed without an answer")},
		{"half a header", HTTP{}, ok + "Server: x\r\n", fail(Protocol, "header: the server closed before its end")},
		{"garbage", HTTP{}, "SSH-2.0-OpenSSH_9.2\r\n",
			fail(Protocol, `header: malformed HTTP response "SSH-2.0-OpenSSH_9.2"`)},
		{"binary garbage", HTTP{}, "\x00\x01\x02\xff\r\n\r\n",
			fail(Protocol, `header: malformed HTTP response "\x00\x01\x02\xff"`)},
		{"a status of two digits", HTTP{}, "HTTP/1.1 20 OK\r\n\r\n",
			fail(Protocol, `header: malformed HTTP status code "20"`)},
		{"another version", HTTP{}, "HTTP/2.0 200 OK\r\n\r\n", fail(Protocol, `header: version "HTTP/2.0"`)},
		{"two lengths", HTTP{}, ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
			fail(Protocol, "header: multiple Content-Length headers, 1 and 2")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := serve(t, says(tt.answer, closes))
			c := newHTTP(t, tt.set)
			leavesNothing(t, func() { expect(t, ask(t, c, addr, long), tt.want) })
		})
	}
}

func TestHTTPServersThatMisbehave(t *testing.T) {
	tests := []struct {
		name   string
		set    HTTP
		server func(*net.TCPConn)
		limit  time.Duration
		want   Result
	}{
		{"accepts and never answers", HTTP{}, hold, short,
			fail(Timeout, "no answer within 400ms (connected, request sent)")},
		{"stops after one byte", HTTP{}, says("H", hold), short,
			fail(Timeout, "no answer within 400ms (connected, request sent, 1 bytes of the header)")},
		{"stops within the body", HTTP{}, says(ok+"Content-Length: 9\r\n\r\nabc", hold), short,
			fail(Timeout, "no answer within 400ms (connected, request sent, status 200, 3 bytes of the body)")},
		{"resets at once", HTTP{}, says("", reset), long,
			fail(Refused, "connection reset by peer (connected, request sent)")},
		{"one endless header line", HTTP{}, greets(ok+"X: ", endless("x")), long,
			fail(Protocol, "header: more than 65536 bytes")},
		{"endless headers", HTTP{}, greets(ok, endless("X: y\r\n")), long,
			fail(Protocol, "header: more than 65536 bytes")},
		{"endless interim answers", HTTP{}, endless("HTTP/1.1 100 Continue\r\n\r\n"), long,
			fail(Protocol, "header: more than 65536 bytes")},
		{"an endless body will do", HTTP{}, greets(ok+"\r\n", endless("x")), long, pass},
		{"an endless body without the text", HTTP{BodyContains: "ready"}, greets(ok+"\r\n", endless("x")), long,
			fail(Body, `body: "ready" not found in the first 65536 bytes`)},
		{"endless chunks of one byte", HTTP{BodyContains: "ready"},
			greets(ok+"Transfer-Encoding: chunked\r\n\r\n", endless("1\r\nx\r\n")), long,
			fail(Body, `body: "ready" not found in the first 65536 bytes`)},
		{"an endless chunk header", HTTP{},
			greets(ok+"Transfer-Encoding: chunked\r\n\r\n", endless("0")), long,
			fail(Protocol, "body after 0 bytes: header line too long")},
		{"endless trailers", HTTP{},
			greets(ok+"Transfer-Encoding: chunked\r\n\r\n0\r\n", endless("X: y\r\n")), long,
			fail(Protocol, "body after 0 bytes: http: suspiciously long trailer after chunked body")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := serve(t, tt.server)
			c := newHTTP(t, tt.set)
			leavesNothing(t, func() { expect(t, ask(t, c, addr, tt.limit), tt.want) })
		})
	}
}

// The reset comes after the client has read the header, so that it cannot
// overtake it.
func TestHTTPResetWithinTheBody(t *testing.T) {
	addr := serve(t, func(c *net.TCPConn) {
		c.Read(make([]byte, 4096))
		c.Write([]byte(ok + "Content-Length: 100000\r\n\r\n" + strings.Repeat("x", 50000)))
		awaitAcknowledged(t, c)
		reset(c)
	})
	res := ask(t, newHTTP(t, HTTP{}), addr, long)
	if res.Outcome != Fail || res.Cause != Refused || !strings.HasPrefix(res.Reason, "connection reset by peer (connected, request sent") {
		t.Errorf("got %+v", res)
	}
}

// A server that sends one byte at a time, for ever, holds us no longer than
// the limit: it is the run that is limited, not the single read.
func TestHTTPTrickle(t *testing.T) {
	addr := serve(t, func(c *net.TCPConn) {
		c.SetNoDelay(true)
		c.Write([]byte(ok + "X: "))
		for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
		}
	})
	c := newHTTP(t, HTTP{})
	leavesNothing(t, func() {
		res := ask(t, c, addr, short)
		if res.Cause != Timeout || !strings.HasSuffix(res.Reason, " bytes of the header)") {
			t.Errorf("got %+v", res)
		}
	})
}

func TestHTTPCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	addr := serve(t, func(c *net.TCPConn) {
		c.Read(make([]byte, 4096))
		cancel(errors.New("shutdown"))
		hold(c)
	})
	c := newHTTP(t, HTTP{})
	leavesNothing(t, func() { expect(t, c.Check(ctx, Target{Addr: addr}), unknown("given up: shutdown")) })
}

func TestHTTPNoConnection(t *testing.T) {
	c := newHTTP(t, HTTP{TLS: true})
	expect(t, ask(t, c, servertest.Port(t), long), fail(Refused, "connection refused"))
	expect(t, ask(t, c, full(t), short), fail(Timeout, "no answer within 400ms (not connected)"))
}

// What a hostile server sends costs memory by our limits, not by its own.
func TestHTTPMemoryIsBounded(t *testing.T) {
	json := HTTP{JSON: []JSONWant{{Path: "a"}}}
	tests := []struct {
		set         HTTP
		start, more string
	}{
		{HTTP{BodyContains: "ready"}, ok + "X: y\r\n", "x"},
		{HTTP{BodyContains: "ready"}, ok + "\r\n", "x"},
		{HTTP{BodyContains: "ready"}, "x", "x"},
		{json, ok + "\r\n[", "[],"},
		{HTTP{Reuse: true}, ok + "\r\n", "x"},
		{HTTP{Redirects: 9}, "HTTP/1.1 302 Found\r\nLocation: /", "x"},
		{HTTP{Version: HTTP2}, frames(func(*http2.Framer, headerWriter) {}), "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"},
	}
	for _, tt := range tests {
		text, c := tt.start, newHTTP(t, tt.set)
		addr := serve(t, greets(text, endless(strings.Repeat(tt.more, 1<<16))))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ask(t, c, addr, long)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
			t.Errorf("%q: %d bytes were allocated", text, used)
		}
	}
}

func TestHTTPRequestText(t *testing.T) {
	at := func(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }
	tests := []struct {
		name string
		set  HTTP
		addr netip.AddrPort
		want string
	}{
		{"the least", HTTP{}, at("10.0.0.1:80"),
			"GET / HTTP/1.1|Host: 10.0.0.1|User-Agent: luavs|Connection: close||"},
		{"a port of its own", HTTP{}, at("10.0.0.1:8080"),
			"GET / HTTP/1.1|Host: 10.0.0.1:8080|User-Agent: luavs|Connection: close||"},
		{"HTTPS has a port of its own", HTTP{TLS: true}, at("10.0.0.1:443"),
			"GET / HTTP/1.1|Host: 10.0.0.1|User-Agent: luavs|Connection: close||"},
		{"IPv6 without its zone", HTTP{}, at("[fe80::1%eth0]:80"),
			"GET / HTTP/1.1|Host: [fe80::1]|User-Agent: luavs|Connection: close||"},
		{"IPv6 with a port", HTTP{}, at("[2001:db8::1]:81"),
			"GET / HTTP/1.1|Host: [2001:db8::1]:81|User-Agent: luavs|Connection: close||"},
		{"a method that may have a body says that it has none (RFC 9110, 8.6)", HTTP{Method: "POST"}, at("10.0.0.1:80"),
			"POST / HTTP/1.1|Host: 10.0.0.1|User-Agent: luavs|Content-Length: 0|Connection: close||"},
		{"a body of any bytes", HTTP{Method: "PUT", Host: "a", RequestBody: []byte("\x00")}, at("10.0.0.1:80"),
			"PUT / HTTP/1.1|Host: a|User-Agent: luavs|Content-Length: 1|Connection: close||\x00"},
		{"all of it", HTTP{
			Method: "POST", Path: "//a?b=%20c", Host: "www.example.org", RequestBody: []byte("{}"),
			Header: map[string][]string{"user-agent": {"probe"}, "X-B": {"2", "3"}, "X-A": {"1"}},
		}, at("10.0.0.1:80"),
			"POST //a?b=%20c HTTP/1.1|Host: www.example.org|User-Agent: probe|X-A: 1|X-B: 2|X-B: 3|" +
				"Content-Length: 2|Connection: close||{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newHTTP(t, tt.set)
			got := bytes.ReplaceAll(c.request(tt.addr), []byte("\r\n"), []byte("|"))
			if d := c.dialogue(); d != nil && !bytes.Equal(d.say(nil, tt.addr), c.request(tt.addr)) {
				t.Errorf("a Poller says %q", d.say(nil, tt.addr))
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
