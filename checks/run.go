package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// A run is one question being put: until when, and how far it has got. It
// lives for one call of Check, which alone uses it.
type run struct {
	ctx   context.Context
	steps []string // what is done, for the reason of a failure
}

func start(ctx context.Context) *run { return &run{ctx: ctx} }

// reach notes one more step.
func (r *run) reach(step string, args ...any) {
	r.steps = append(r.steps, fmt.Sprintf(step, args...))
}

// got is how far the run has come.
func (r *run) got() string {
	if len(r.steps) == 0 {
		return "not connected"
	}
	return strings.Join(r.steps, ", ")
}

// failed is the result of a run that err ended.
func (r *run) failed(err error) Result {
	if _, limited := r.ctx.Deadline(); limited && errors.Is(err, os.ErrDeadlineExceeded) {
		<-r.ctx.Done() // the dialer's own timer may be a moment ahead of the context's
	}
	if r.ctx.Err() != nil {
		return r.stopped()
	}
	var f *fault
	if errors.As(err, &f) {
		return Result{Outcome: Fail, Cause: f.cause, Reason: oneLine(f.reason)}
	}
	text := plain(err)
	if len(r.steps) > 0 {
		text += " (" + r.got() + ")"
	}
	outcome, cause := classify(err)
	return Result{Outcome: outcome, Cause: cause, Reason: oneLine(text)}
}

// stopped is the result of a run whose context has ended. Only a limit that
// passed speaks of the server; a cancellation is ours.
func (r *run) stopped() Result {
	why := context.Cause(r.ctx)
	if !errors.Is(r.ctx.Err(), context.DeadlineExceeded) {
		return Result{Outcome: Unknown, Cause: Local, Reason: oneLine(fmt.Sprintf("given up: %v", why))}
	}
	text := why.Error()
	if why == context.DeadlineExceeded {
		text = "no answer in time"
	}
	return Result{Outcome: Fail, Cause: Timeout, Reason: oneLine(text + " (" + r.got() + ")")}
}

// A fault is an error that says all there is to say: where it was met has
// decided its class.
type fault struct {
	cause  Cause
	reason string
}

// Error implements error.
func (f *fault) Error() string { return f.reason }

func faultf(c Cause, format string, args ...any) error {
	return &fault{cause: c, reason: fmt.Sprintf(format, args...)}
}

// errnos are the faults of a connection that speak of the server or of the
// way to it (connect(2), tcp(7)). All others, such as no descriptor, no local
// port or a forbidden packet, are faults on our side.
var errnos = map[syscall.Errno]Cause{
	syscall.ECONNREFUSED: Refused,
	syscall.ECONNRESET:   Refused,
	syscall.ECONNABORTED: Refused,
	syscall.EPIPE:        Refused,
	syscall.ETIMEDOUT:    Timeout,
	syscall.ENETUNREACH:  Unreachable,
	syscall.EHOSTUNREACH: Unreachable,
	syscall.EHOSTDOWN:    Unreachable,
	syscall.ENETDOWN:     Unreachable,
	syscall.ENOPROTOOPT:  Unreachable, // ICMP protocol unreachable
}

// classify gives the verdict of an error of a connection.
func classify(err error) (Outcome, Cause) {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if cause, ok := errnos[errno]; ok {
			return Fail, cause
		}
	}
	return Unknown, Local
}

// plain is the text of err without what everybody knows: the addresses, and
// the names of system calls.
func plain(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error() + hint(errno)
	}
	return err.Error()
}

// hint says what to do about a fault on our side.
func hint(errno syscall.Errno) string {
	switch errno {
	case syscall.EMFILE:
		return ": raise the limit of open files (LimitNOFILE in systemd, ulimit -n)"
	case syscall.ENFILE:
		return ": raise fs.file-max"
	case syscall.EADDRNOTAVAIL:
		return ": no local address or port is left, see net.ipv4.ip_local_port_range"
	case syscall.EPERM:
		return ": a local firewall rule forbids the packet"
	case syscall.EAFNOSUPPORT:
		return ": the kernel has no such address family"
	}
	return ""
}

// where is the address to ask: the target's, unless the check names another
// address or port.
func where(t Target, addr netip.Addr, port uint16) netip.AddrPort {
	if !addr.IsValid() {
		addr = t.Addr.Addr()
	}
	if port == 0 {
		port = t.Addr.Port()
	}
	return netip.AddrPortFrom(addr, port)
}

// dial opens a connection that ends with the run's context: reads and writes
// on it fail once the context has ended. The caller calls hangUp.
func (r *run) dial(addr netip.AddrPort) (conn *net.TCPConn, hangUp func(), err error) {
	dialer := net.Dialer{KeepAlive: -1}
	c, err := dialer.DialContext(r.ctx, "tcp", addr.String())
	if err != nil {
		return nil, nil, err
	}
	conn = c.(*net.TCPConn)
	release := context.AfterFunc(r.ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	r.reach("connected")
	return conn, func() {
		release()
		drain(conn)
		conn.Close()
	}, nil
}

// drain throws away what has arrived and was not read. Without it the kernel
// answers our close with a reset (RFC 2525, 2.17), which servers log.
func drain(conn *net.TCPConn) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		buf := make([]byte, 4<<10)
		for range 16 { // no endless sender keeps us
			if n, err := syscall.Read(int(fd), buf); n <= 0 || err != nil {
				return
			}
		}
	})
}
