package ipvs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// What a refusal means; ask with errors.Is. A service or destination that
// exists already is [fs.ErrExist], and a missing right [fs.ErrPermission].
var (
	// ErrNoService: the service that was named is not in the table (ESRCH).
	// It is also fs.ErrNotExist.
	ErrNoService = errors.New("no such service")

	// ErrNoDestination: the service is there, the destination is not (ENOENT).
	// It is also fs.ErrNotExist.
	ErrNoDestination = errors.New("no such destination")

	// ErrNoScheduler: this kernel has no scheduler or persistence engine of
	// that name, nor a module with it (ENOENT).
	ErrNoScheduler = errors.New("no such scheduler")

	// ErrNoDaemon: no sync daemon of that role runs (ESRCH). It is also
	// fs.ErrNotExist.
	ErrNoDaemon = errors.New("no such sync daemon runs")

	// ErrNoSysctl: this kernel has no variable of that name in net.ipv4.vs
	// (ENOENT). It is also fs.ErrNotExist.
	ErrNoSysctl = errors.New("no such variable in net.ipv4.vs")

	// ErrUnavailable: the kernel has no IPVS. Only a Client returns it.
	ErrUnavailable = errors.New("this kernel has no IPVS")

	// ErrNoAnswer: the kernel's answer was lost, late or garbage. Whether the
	// change was made is unknown until the table is read again. Only a Client
	// returns it.
	ErrNoAnswer = errors.New("no usable answer from the kernel")
)

// An Error is a request that was refused, by the kernel or before it was sent.
type Error struct {
	Op     string        // the request in words, such as "set service tcp 10.0.0.1:80"
	Errno  syscall.Errno // the kernel's answer, or the one it would give
	Reason string        // in words, with a hint what to do
	kind   error         // one of the Err values, or nil
}

// Error returns what was asked and why not.
func (e *Error) Error() string { return e.Op + ": " + e.Reason }

// Unwrap returns the errno.
func (e *Error) Unwrap() error { return e.Errno }

// Is answers for the Err values of this package. A missing service or daemon is
// fs.ErrNotExist too, which its errno is not.
func (e *Error) Is(target error) bool {
	return target == e.kind || target == fs.ErrNotExist && (e.kind == ErrNoService || e.kind == ErrNoDaemon)
}

// refuse returns the error of a change that was answered with errno.
func refuse(c Change, errno syscall.Errno) *Error {
	e := refuseRequest(c.String(), errno)
	switch {
	case errno == syscall.ENOENT && (c.Op == AddService || c.Op == SetService):
		e.kind, e.Reason = ErrNoScheduler, unknownScheduler(c.Service)
	case errno == syscall.ENOENT && (c.Op == SetDestination || c.Op == DelDestination):
		e.kind, e.Reason = ErrNoDestination, ErrNoDestination.Error()
	case errno == syscall.EEXIST && c.Op == AddService:
		e.Reason = "the service exists already"
	case errno == syscall.EEXIST && c.Op == AddDestination:
		e.Reason = "the destination exists already"
	case errno == syscall.EINVAL && c.Op == AddDestination:
		e.Reason = "the kernel takes no such destination: its address must be unicast, " +
			"the loopback interface up, and no sync daemon running if the family is not the service's"
	}
	return e
}

// refuseRequest returns the error of any other request.
func refuseRequest(op string, errno syscall.Errno) *Error {
	e := &Error{Op: op, Errno: errno, Reason: errno.Error()}
	switch errno {
	case syscall.ESRCH:
		e.kind, e.Reason = ErrNoService, ErrNoService.Error()
	case syscall.EPERM:
		e.Reason = "needs CAP_NET_ADMIN: run as root or give the binary CAP_NET_ADMIN, or use --dataplane memory"
	case syscall.EAFNOSUPPORT:
		e.Reason = "the kernel does not have this address family (modprobe ipv6)"
	}
	return e
}

func unknownScheduler(s Service) string {
	if s.PE == "" {
		return fmt.Sprintf("scheduler %q is not known to this kernel (module ip_vs_%s)", s.Scheduler, s.Scheduler)
	}
	return fmt.Sprintf("scheduler %q or persistence engine %q is not known to this kernel (modules ip_vs_%s, ip_vs_pe_%s)",
		s.Scheduler, s.PE, s.Scheduler, s.PE)
}

// unavailable returns the error of a kernel without IPVS.
func unavailable(op string) *Error {
	return &Error{Op: op, Errno: syscall.ENOENT, kind: ErrUnavailable,
		Reason: ErrUnavailable.Error() + ": modprobe ip_vs, or use --dataplane memory"}
}

// unanswered returns the error of a request whose answer did not come.
func unanswered(op string, cause error) *Error {
	errno := syscall.EIO
	if !errors.As(cause, &errno) && errors.Is(cause, os.ErrDeadlineExceeded) {
		errno = syscall.ETIMEDOUT
	}
	return &Error{Op: op, Errno: errno, kind: ErrNoAnswer, Reason: fmt.Sprintf("%v: %v", ErrNoAnswer, cause)}
}
