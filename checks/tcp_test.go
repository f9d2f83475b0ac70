package checks

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"luavs/checks/servertest"
)

var ping = TCP{Send: []byte("PING\r\n"), Expect: []byte("+PONG\r\n")}

func TestTCP(t *testing.T) {
	banner := TCP{ExpectMatch: regexp.MustCompile(`^220 .*ESMTP`)}
	both := TCP{Expect: []byte("ok"), ExpectMatch: regexp.MustCompile(`v\d`)}
	tests := []struct {
		name   string
		check  TCP
		server func(*net.TCPConn)
		limit  time.Duration
		want   Result
	}{
		{"a connection is enough", TCP{}, hold, long, passing("connected")},
		{"a server that closes at once has accepted", TCP{}, closes, long, pass},
		{"the answer is right", ping, says("+PONG\r\n", hold), long, passing("answer as expected")},
		{"the answer has more before and after", ping, says("hello +PONG\r\nbye", hold), long, pass},
		{"a banner matches", banner, greets("220 mail ESMTP\r\n", hold), long, pass},
		{"a banner does not match", banner, greets("554 go away\r\n", closes), long,
			fail(Body, `answer: no match of "^220 .*ESMTP" in 13 bytes, then the server closed`)},
		{"text and pattern match", both, greets("ok v1\n", hold), long, pass},
		{"the text matches and the pattern does not", both, greets("ok v\n", closes), long,
			fail(Body, `answer: no match of "v\\d" in 5 bytes, then the server closed`)},
		{"the pattern matches and the text does not", both, greets("v1\n", closes), long,
			fail(Body, `answer: "ok" not found in 3 bytes, then the server closed`)},
		{"the answer is wrong and stays", ping, says("-ERR\r\n", hold), short, fail(Timeout,
			"no answer within 400ms (connected, 6 bytes sent, 6 bytes received, not what is expected)")},
		{"no answer at all", ping, hold, short, fail(Timeout,
			"no answer within 400ms (connected, 6 bytes sent, 0 bytes received, not what is expected)")},
		{"the server closes without an answer", ping, says("", closes), long,
			fail(Body, `answer: "+PONG\r\n" not found in 0 bytes, then the server closed`)},
		{"the server resets", ping, says("", reset), long, fail(Refused,
			"connection reset by peer (connected, 6 bytes sent, 0 bytes received, not what is expected)")},
		{"an endless answer is cut", ping, endless("x"), long,
			fail(Body, `answer: "+PONG\r\n" not found in the first 65536 bytes`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := serve(t, tt.server)
			leavesNothing(t, func() { expect(t, ask(t, tt.check, addr, tt.limit), tt.want) })
		})
	}
}

func TestAnAnswerMayComeInPieces(t *testing.T) {
	answer := iotest.OneByteReader(strings.NewReader("hello\r\n+PONG\r\n"))
	expect(t, tell(t, ping, answer), passing("answer as expected"))
}

func TestTCPAsksAnotherPlace(t *testing.T) {
	open, shut := serve(t, hold), servertest.Port(t)
	expect(t, ask(t, TCP{Route: Route{Port: open.Port()}}, shut, long), pass)
	expect(t, ask(t, TCP{Route: Route{Port: shut.Port()}}, open, long), fail(Refused, "connection refused"))
	here := TCP{Route: Route{Addr: netip.MustParseAddr("127.0.0.1")}}
	expect(t, ask(t, here, netip.AddrPortFrom(netip.MustParseAddr("127.255.255.255"), open.Port()), long), pass)
}

func TestNoConnection(t *testing.T) {
	tests := []struct {
		name string
		addr netip.AddrPort
		want Result
	}{
		{"nobody listens", servertest.Port(t), fail(Refused, "connection refused")},
		{"nobody accepts", full(t), fail(Timeout, "no answer within 400ms (not connected)")},
		{"a broadcast address has no route for TCP", netip.MustParseAddrPort("127.255.255.255:80"),
			fail(Unreachable, "network is unreachable")},
		{"an address of an interface we lack", netip.MustParseAddrPort("[fe80::1%nosuch]:80"),
			unknown("invalid argument")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			leavesNothing(t, func() { expect(t, ask(t, TCP{}, tt.addr, short), tt.want) })
		})
	}
}

// full is a listener that never accepts and whose backlog is full: the kernel
// drops the SYN of whoever comes next.
func full(t *testing.T) netip.AddrPort {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(name.(*syscall.SockaddrInet4).Port))
	c, err := net.Dial("tcp", addr.String()) // a backlog of 0 holds one
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return addr
}

func TestNoDescriptorLeftSaysNothingAboutTheServer(t *testing.T) {
	addr := serve(t, hold)
	expect(t, ask(t, TCP{}, addr, long), pass) // the poller has its descriptors
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	limit := before
	limit.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	res := ask(t, TCP{}, addr, long)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	expect(t, res, unknown("too many open files: raise the limit of open files (LimitNOFILE in systemd, ulimit -n)"))
}

func TestOurCancellationSaysNothingAboutTheServer(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	addr := serve(t, func(c *net.TCPConn) {
		c.Read(make([]byte, 16))
		cancel(errors.New("the policy is reloaded"))
		hold(c)
	})
	leavesNothing(t, func() {
		expect(t, ping.Check(ctx, Target{Addr: addr}), unknown("given up: the policy is reloaded"))
	})
	expect(t, ping.Check(ctx, Target{Addr: addr}), unknown("given up: the policy is reloaded"))
}

func TestALimitWithoutACause(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), short)
	defer cancel()
	expect(t, TCP{}.Check(ctx, Target{Addr: full(t)}), fail(Timeout, "no answer in time (not connected)"))
}

// A close with unread data makes the kernel send a RST. The server here reads
// on after its banner; it must see the end of the stream, not an error.
func TestTheConnectionIsClosedWithoutReset(t *testing.T) {
	ended := make(chan error, 1)
	addr := serve(t, func(c *net.TCPConn) {
		io.WriteString(c, "ready\n"+strings.Repeat("more\n", 1000))
		_, err := io.Copy(io.Discard, c)
		ended <- err
	})
	expect(t, ask(t, TCP{Expect: []byte("ready")}, addr, long), pass)
	if err := <-ended; err != nil {
		t.Errorf("the server saw %v, want a plain end", err)
	}
}

func TestErrnosAreSorted(t *testing.T) {
	tests := []struct {
		errno syscall.Errno
		want  Result
	}{
		{syscall.ECONNREFUSED, fail(Refused, "connection refused")},
		{syscall.ECONNRESET, fail(Refused, "connection reset by peer")},
		{syscall.EPIPE, fail(Refused, "broken pipe")},
		{syscall.ETIMEDOUT, fail(Timeout, "connection timed out")},
		{syscall.EHOSTUNREACH, fail(Unreachable, "no route to host")},
		{syscall.ENETUNREACH, fail(Unreachable, "network is unreachable")},
		{syscall.EHOSTDOWN, fail(Unreachable, "host is down")},
		{syscall.ENETDOWN, fail(Unreachable, "network is down")},
		{syscall.ENOPROTOOPT, fail(Unreachable, "protocol not available")},
		{syscall.ECONNABORTED, fail(Refused, "software caused connection abort")},
		{syscall.EMFILE, unknown("too many open files: raise the limit of open files (LimitNOFILE in systemd, ulimit -n)")},
		{syscall.ENFILE, unknown("too many open files in system: raise fs.file-max")},
		{syscall.ENOBUFS, unknown("no buffer space available")},
		{syscall.EADDRNOTAVAIL, unknown("cannot assign requested address: the source is no address of this machine, or no port is left (net.ipv4.ip_local_port_range)")},
		{syscall.EPERM, unknown("operation not permitted: a local firewall rule forbids the packet")},
		{syscall.EAFNOSUPPORT, unknown("address family not supported by protocol: the kernel has no such address family")},
	}
	for _, tt := range tests {
		t.Run(tt.errno.Error(), func(t *testing.T) {
			err := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", tt.errno)}
			expect(t, start(t.Context()).failed(err), tt.want)
		})
	}
}

func TestTCPIdentity(t *testing.T) {
	tests := map[string]TCP{
		`tcp`:                                      {},
		`tcp port=6379`:                            {Route: Route{Port: 6379}},
		`tcp addr=::1 port=1`:                      {Route: Route{Addr: netip.MustParseAddr("::1"), Port: 1}},
		`tcp send="PING\r\n" expect=+PONG`:         {Send: []byte("PING\r\n"), Expect: []byte("+PONG")},
		`tcp expect_match="^220 "`:                 {ExpectMatch: regexp.MustCompile(`^220 `)},
		`tcp send=sha256:9537c5fdf120482f7d58d25e`: {Send: []byte(strings.Repeat("x", 65))},
	}
	for want, check := range tests {
		if got := check.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
