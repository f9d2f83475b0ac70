package checks

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

type epollEvent = unix.EpollEvent

// An epoll tells which connections have something new (epoll(7)). It is opened
// when the first is watched.
type epoll struct {
	open   bool
	fd     int
	bell   int // an eventfd, to be woken by
	events [128]epollEvent
}

// bellSlot stands for the bell where events have the slots of runs.
const bellSlot = -1

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
	if e.bell, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		unix.Close(e.fd)
		return err
	}
	// Edge-triggered: each ring is spoken of once, and need not be read.
	err = unix.EpollCtl(e.fd, unix.EPOLL_CTL_ADD, e.bell, &epollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: bellSlot})
	if err != nil {
		unix.Close(e.bell)
		unix.Close(e.fd)
		return fmt.Errorf("eventfd: %w", err)
	}
	e.open = true
	return nil
}

// wait returns what is new, after a time at the latest; below zero is for ever.
// The events are good until the next call.
func (e *epoll) wait(timeout time.Duration) []epollEvent {
	ms := -1
	if timeout >= 0 {
		ms = int((timeout + time.Millisecond - 1) / time.Millisecond)
	}
	n, err := unix.EpollWait(e.fd, e.events[:], ms)
	if err != nil { // EINTR alone is possible
		return nil
	}
	return e.events[:n]
}

// stir ends a wait. Any goroutine may call it between the first watch and close.
func (e *epoll) stir() {
	one := [8]byte{1}
	unix.Write(e.bell, one[:])
}

func (e *epoll) close() {
	if e.open {
		unix.Close(e.bell)
		unix.Close(e.fd)
	}
	e.open = false
}
