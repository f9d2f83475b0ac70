package checks

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

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

// Blame gives the cause of an error of a connection, and its text without
// addresses and system calls. The cause is [Local] for all that says nothing of
// the server.
func Blame(err error) (Cause, string) {
	var f *fault
	if errors.As(err, &f) {
		return f.cause, f.reason
	}
	if ofConnection(err) && errors.Is(err, os.ErrDeadlineExceeded) {
		return Timeout, "no answer in time"
	}
	_, cause := classify(err)
	return cause, plain(err)
}

// BlameTLS does the same for an error of a TLS handshake.
func BlameTLS(err error) (Cause, string) { return Blame(asTLS(err)) }

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
		return ": the source is no address of this machine, or no port is left (net.ipv4.ip_local_port_range)"
	case syscall.EPERM:
		return ": a local firewall rule forbids the packet"
	case syscall.EAFNOSUPPORT:
		return ": the kernel has no such address family"
	}
	return ""
}
