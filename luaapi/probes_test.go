package luaapi

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"luavs/checks"
	"luavs/engine"
)

// askWith puts a check, such as `check.redis { role = "master" }`, to a server.
func askWith(t *testing.T, addr, check string) checks.Result {
	t.Helper()
	src := fmt.Sprintf("virtual_server %q { check = %s, real_server %q }", "10.0.0.1:80", check, addr)
	p := load(t, "policy.lua", src, Options{})
	return runCheck(t, p.Config().Services[0].Servers[0].Checks[0], addr)
}

// runCheck runs a check as the engine does.
func runCheck(t *testing.T, c engine.Check, addr string) checks.Result {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), c.Timeout, fmt.Errorf("no answer within %v", c.Timeout))
	defer cancel()
	began := time.Now()
	r := c.Probe.Check(ctx, checks.Target{Addr: netip.MustParseAddrPort(addr), Service: "tcp 10.0.0.1:80"})
	if took := time.Since(began); took > c.Timeout+5*time.Second {
		t.Errorf("took %v with a timeout of %v", took, c.Timeout)
	}
	return r
}

// verdictOf prints a result as "pass", or "fail CAUSE: REASON".
func verdictOf(r checks.Result) string {
	if r.Outcome == checks.Pass {
		return "pass"
	}
	return fmt.Sprintf("%v %s: %s", r.Outcome, r.Cause, r.Reason)
}

// expectVerdict asks, and compares the beginning of the verdict.
func expectVerdict(t *testing.T, addr, check, want string) {
	t.Helper()
	if got := verdictOf(askWith(t, addr, check)); !strings.HasPrefix(got, want) {
		t.Errorf("%s: %s\nwant %s", check, got, want)
	}
}

// datagrams starts a UDP server that answers each datagram with what answer
// returns, or not at all.
func datagramServer(t *testing.T, answer func([]byte) []byte) string {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply := answer(buf[:n]); reply != nil {
				conn.WriteTo(reply, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// The probes of the library, as they are asked where they are to find a broken
// server.
var overTCP = []string{
	`check.amqp { %s }`, `check.ftp { user = "u", %s }`, `check.imap { user = "u", %s }`, `check.ldap { %s }`,
	`check.memcached { %s }`, `check.mysql { %s }`, `check.nntp { group = "g", %s }`, `check.pop3 { user = "u", %s }`,
	`check.postgresql { %s }`, `check.redis { role = "master", %s }`, `check.sip { transport = "tcp", %s }`, `check.smtp { %s }`,
}

var overUDP = []string{`check.ntp { %s }`, `check.radius { secret = "s", user = "u", %s }`, `check.radius { secret = "s", %s }`, `check.sip { %s }`}

func TestEachProbeIsHere(t *testing.T) {
	asked := strings.Join(append(overTCP, overUDP...), " ")
	for _, kind := range shipped("check.") {
		if !strings.Contains(asked, "check."+kind+" ") {
			t.Errorf("check.%s is asked nothing by the tests", kind)
		}
	}
}

func TestProbesAreShort(t *testing.T) {
	for _, kind := range shipped("check.") {
		text, err := LibraryText("check." + kind)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n >= 40 {
			t.Errorf("check.%s has %d lines, want fewer than 40", kind, n)
		}
		if !strings.HasPrefix(string(text), "-- check."+kind+": ") {
			t.Errorf("check.%s does not begin with what it asks", kind)
		}
	}
}

// brokenServers are servers that are not what a probe wants, and the causes
// that it may find.
func brokenServers(t *testing.T) map[string]struct{ addr, causes string } {
	forever := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			data := []byte(strings.Repeat(text, 1+4096/len(text)))
			for {
				if _, err := c.Write(data); err != nil {
					return
				}
			}
		}
	}
	then := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			io.WriteString(c, text)
			io.Copy(io.Discard, c)
		}
	}
	return map[string]struct{ addr, causes string }{
		"a closed port":             {"127.0.0.1:1", "refused"},
		"silence":                   {listener(t, then("")), "timeout"},
		"a server that closes":      {listener(t, func(net.Conn) {}), "protocol refused"},
		"SSH":                       {listener(t, then("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")), "protocol timeout"},
		"HTTP":                      {listener(t, then("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")), "protocol timeout"},
		"zeros":                     {listener(t, then(strings.Repeat("\x00", 1000))), "protocol timeout"},
		"high bytes":                {listener(t, then(strings.Repeat("\xff", 1000))), "protocol timeout status"},
		"bytes without end":         {listener(t, forever("x")), "protocol timeout"},
		"lines without end":         {listener(t, forever("x\r\n")), "protocol timeout"},
		"a greeting without end":    {listener(t, forever("220-x\r\n")), "protocol timeout status"},
		"an untagged flood":         {listener(t, forever("* OK x\r\n")), "protocol timeout status"},
		"the same answer each time": {listener(t, forever("+OK x\r\n")), "protocol timeout status"},
	}
}

// timeoutOf is a short timeout where one is to be met, and otherwise one that a
// busy machine does not meet.
func timeoutOf(causes string) string {
	if strings.Contains(causes, "timeout") {
		return `timeout = "300ms"`
	}
	return `timeout = "20s"`
}

// Whatever is at the other end, a probe fails with a cause of the right class,
// in time; it never passes, and never breaks.
func TestProbesOfBrokenServers(t *testing.T) {
	for name, server := range brokenServers(t) {
		for _, check := range overTCP {
			t.Run(name+"/"+check, func(t *testing.T) {
				t.Parallel()
				// A POP3 server that says +OK to everything is a good one.
				if name == "the same answer each time" && strings.Contains(check, "pop3") {
					return
				}
				r := askWith(t, server.addr, fmt.Sprintf(check, timeoutOf(server.causes)))
				if r.Outcome != checks.Fail || !strings.Contains(server.causes, string(r.Cause)) {
					t.Errorf("%v %s %q, want it to fail with %s", r.Outcome, r.Cause, r.Reason, server.causes)
				}
			})
		}
	}
}

func TestProbesOfBrokenDatagrams(t *testing.T) {
	for name, server := range map[string]struct{ addr, cause string }{
		"a closed port": {"127.0.0.1:1", "refused"},
		"silence":       {datagramServer(t, func([]byte) []byte { return nil }), "timeout"},
		"an echo":       {datagramServer(t, func(b []byte) []byte { return b }), "protocol"},
		"nothing":       {datagramServer(t, func([]byte) []byte { return []byte{} }), "protocol"},
		"garbage":       {datagramServer(t, func([]byte) []byte { return []byte(strings.Repeat("garbage ", 50)) }), "protocol"},
		"too much":      {datagramServer(t, func([]byte) []byte { return make([]byte, 60000) }), "protocol"},
	} {
		for _, check := range overUDP {
			t.Run(name+"/"+check, func(t *testing.T) {
				t.Parallel()
				r := askWith(t, server.addr, fmt.Sprintf(check, timeoutOf(server.cause)))
				if r.Outcome != checks.Fail || string(r.Cause) != server.cause {
					t.Errorf("%v %s %q, want it to fail with %s", r.Outcome, r.Cause, r.Reason, server.cause)
				}
			})
		}
	}
}
