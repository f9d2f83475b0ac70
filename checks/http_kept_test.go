package checks

import (
	"bufio"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counting answers requests on each connection as answer says, which gets the
// number of the connection and of the request on it; it counts connections.
func counting(t *testing.T, count *atomic.Int32, answer func(conn, request int) string) Target {
	return Target{Addr: serve(t, func(c *net.TCPConn) {
		conn := int(count.Add(1))
		in := bufio.NewReader(c)
		for n := 1; ; n++ {
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			text := answer(conn, n)
			if text == "" {
				return
			}
			c.Write([]byte(text))
		}
	})}
}

const ready = ok + "Content-Length: 5\r\n\r\nready"

func TestReuse(t *testing.T) {
	always := func(text string) func(int, int) string { return func(int, int) string { return text } }
	tests := []struct {
		name   string
		set    HTTP
		answer func(conn, request int) string
		conns  int32 // of three runs
		want   Result
	}{
		{"off by default", HTTP{}, always(ready), 3, pass},
		{"one connection for all", HTTP{Reuse: true, BodyContains: "ready"}, always(ready), 1, pass},
		{"of chunks", HTTP{Reuse: true}, always(ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), 1, pass},
		{"the server says that it closes", HTTP{Reuse: true}, always(ok + "Connection: close\r\nContent-Length: 0\r\n\r\n"), 3, pass},
		{"HTTP/1.0 is not kept", HTTP{Reuse: true}, always("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), 3, pass},
		{"a body that was not read to its end", HTTP{Reuse: true, BodyLimit: 5}, always(ready), 3, pass},
		{"more than the answer has come", HTTP{Reuse: true}, always(ready + ready), 3, pass},
		{"a bad answer ends it", HTTP{Reuse: true}, always("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), 3, fail(Status, "status 503, want 200-299")},
		{"a server that closes after each answer without a word", HTTP{Reuse: true}, func(_, n int) string {
			if n > 1 {
				return ""
			}
			return ready
		}, 3, pass},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var count atomic.Int32
			target := counting(t, &count, tt.answer)
			leavesNothing(t, func() {
				c := newHTTP(t, tt.set)
				defer c.Close()
				for range 3 {
					expect(t, ask(t, c, target.Addr, long), tt.want)
				}
			})
			if count.Load() != tt.conns {
				t.Errorf("%d connections, want %d", count.Load(), tt.conns)
			}
		})
	}
}

// A server may end a connection just when the next request is under way, or
// send a word of farewell before: neither is a failure.
func TestAKeptConnectionThatTheServerHasEnded(t *testing.T) {
	for name, farewell := range map[string]func(*net.TCPConn){
		"by a reset":     reset,
		"with an answer": func(c *net.TCPConn) { c.Write([]byte("HTTP/1.1 408 Request Timeout\r\n\r\n")) },
	} {
		t.Run(name, func(t *testing.T) {
			var conns atomic.Int32
			answered, gone := make(chan struct{}), make(chan struct{})
			addr := serve(t, func(c *net.TCPConn) {
				conns.Add(1)
				c.Read(make([]byte, 4096))
				c.Write([]byte(ready))
				<-answered
				farewell(c)
				c.Close()
				gone <- struct{}{}
			})
			c := newHTTP(t, HTTP{Reuse: true})
			defer c.Close()
			for range 3 {
				expect(t, ask(t, c, addr, long), passing("status 200"))
				answered <- struct{}{}
				<-gone
			}
			if conns.Load() != 3 {
				t.Errorf("%d connections", conns.Load())
			}
		})
	}
}

// The second connection counts: what it says is the verdict.
func TestAQuestionIsPutOnceMoreOnly(t *testing.T) {
	var count atomic.Int32
	target := counting(t, &count, func(conn, n int) string {
		if conn == 1 && n == 1 {
			return ready
		}
		return ""
	})
	c := newHTTP(t, HTTP{Reuse: true})
	defer c.Close()
	expect(t, ask(t, c, target.Addr, long), pass)
	expect(t, ask(t, c, target.Addr, long), fail(Protocol, "the server closed without an answer"))
	if count.Load() != 2 {
		t.Errorf("%d connections, want 2", count.Load())
	}
}

// A server that is silent on a kept connection is slow, not gone.
func TestAKeptConnectionThatStalls(t *testing.T) {
	stall := make(chan struct{})
	var count atomic.Int32
	target := counting(t, &count, func(_, n int) string {
		if n > 1 {
			<-stall
		}
		return ready
	})
	c := newHTTP(t, HTTP{Reuse: true})
	defer c.Close()
	defer close(stall)
	expect(t, ask(t, c, target.Addr, long), pass)
	expect(t, ask(t, c, target.Addr, short), fail(Timeout, "no answer within 400ms (connection reused, request sent)"))
	if count.Load() != 1 {
		t.Errorf("%d connections, want 1", count.Load())
	}
}

func TestReuseOverTLSWithNginx(t *testing.T) {
	ca := newAuthority(t)
	addr := nginxTLS(t, ca)
	leavesNothing(t, func() {
		c := newHTTP(t, HTTP{TLS: true, Reuse: true, TLSSettings: ca.named("good.example"), Host: "good.example"})
		defer c.Close()
		first := expectBut(t, ask(t, c, addr, long), pass)
		before := slices.Collect(maps.Values(c.kept.all))
		if again := expectBut(t, ask(t, c, addr, long), pass); !again.Equal(first) || first.IsZero() {
			t.Errorf("the certificate ends %v and %v", first, again)
		}
		after := slices.Collect(maps.Values(c.kept.all))
		if len(before) != 1 || len(after) != 1 || before[0].connection != after[0].connection {
			t.Errorf("not one connection: %v, %v", before, after)
		}
	})
}

// Many runs at once keep one connection for each server, no more.
func TestReuseIsBounded(t *testing.T) {
	addr := nginx(t, nginxSites)
	leavesNothing(t, func() {
		set := site("/healthz", "ready")
		set.Reuse = true
		c := newHTTP(t, set)
		results := make(chan Result)
		for range 50 {
			go func() { results <- ask(t, c, addr, long) }()
		}
		for range 50 {
			expect(t, <-results, pass)
		}
		if n := c.kept.count(); n > 1 {
			t.Errorf("%d connections are kept", n)
		}
		c.Close()
		expect(t, ask(t, c, addr, long), pass)
		if n := c.kept.count(); n > 0 {
			t.Errorf("%d connections are kept after the end", n)
		}
	})
}

// An idle connection ends by itself.
func TestIdleConnectionsEnd(t *testing.T) {
	addr := nginx(t, nginxSites)
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		k := kept{on: true, all: map[way]*idle{}}
		c := &connection{tcp: conn.(*net.TCPConn), way: way{asked: addr}, release: func() bool { return true }}
		if !k.put(c) {
			t.Fatal("the connection is not kept")
		}
		time.Sleep(IdleLimit - 1)
		synctest.Wait()
		if k.count() != 1 || !quiet(c.tcp) {
			t.Fatal("the connection ended early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if k.count() != 0 || quiet(c.tcp) {
			t.Fatal("the connection did not end")
		}
	})
}

func (k *kept) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.all)
}
