package checks

import (
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

type epollEvent = unix.EpollEvent

// An epoll tells which connections have something new (epoll(7)). It is opened
// when the first is watched.
//
// It is itself a file that the Go runtime's own epoll watches, so a goroutine
// that waits for it parks and holds no thread: what wakes the process is one
// thread, which goes on with that goroutine.
type epoll struct {
	open   bool
	fd     int
	file   *os.File
	raw    syscall.RawConn
	look   func(fd uintptr) bool // for raw.Read; kept for its memory
	got    int                   // events of the last look
	events [128]epollEvent
}

// watch has it speak of a socket, for the first time or in another way.
func (e *epoll) watch(s socket, slot int32, events uint32, again bool) error {
	if !e.open {
		if err := e.create(); err != nil {
			return err
		}
	}
	op := unix.EPOLL_CTL_ADD
	if again {
		op = unix.EPOLL_CTL_MOD
	}
	return unix.EpollCtl(e.fd, op, int(s), &epollEvent{Events: events, Fd: slot})
}

func (e *epoll) create() (err error) {
	if e.fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	// An epoll(7) that is not non-blocking would not be waited for by the runtime.
	if err = unix.SetNonblock(e.fd, true); err != nil {
		unix.Close(e.fd)
		return err
	}
	e.file = os.NewFile(uintptr(e.fd), "epoll")
	if e.raw, err = e.file.SyscallConn(); err != nil {
		e.file.Close()
		return err
	}
	e.look = func(uintptr) bool {
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(e.fd), uintptr(unsafe.Pointer(&e.events[0])), uintptr(len(e.events)), 0, 0, 0)
		if e.got = int(n); errno != 0 {
			e.got = 0
		}
		return e.got > 0
	}
	e.open = true
	return nil
}

// limit sets the time at which a wait ends, this one or the next; zero is
// never. Any goroutine may call it between the first watch and close.
func (e *epoll) limit(until time.Time) { e.file.SetReadDeadline(until) }

// wait returns what is new, or nothing at the time that was set. The events are
// good until the next call.
func (e *epoll) wait() []epollEvent {
	if e.raw.Read(e.look) != nil { // the time has come
		return nil
	}
	return e.events[:e.got]
}

func (e *epoll) close() {
	if e.open {
		e.file.Close()
	}
	e.open = false
}
