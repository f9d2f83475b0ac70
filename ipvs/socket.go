package ipvs

import (
	"cmp"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A transport carries datagrams to the kernel and back.
type transport interface {
	// family asks for the number that IPVS has now. It loads the module.
	family() (uint16, error)
	send(datagram []byte) error
	// receive returns the next datagram, which is good until the next call. If
	// there is none it waits, at most answerTime, or returns nil.
	receive(wait bool) (datagram []byte, err error)
}

// answerTime is how long the kernel may take for a datagram. It answers while
// the request is sent, so only a lost answer takes that long.
const answerTime = 5 * time.Second

// bufferSize is what the kernel fills at most in a dump.
const bufferSize = 32 << 10

// socketMemory is what the kernel may keep for us: 768 bytes for each answer of
// a batch that fails altogether, with some to spare.
const socketMemory = 256 << 10

// A socket is the transport to the kernel of the network namespace in which it
// was opened. It is not in Go's poller: there is hardly ever something to wait
// for, and a program that runs once would pay for it.
type socket struct {
	fd       int // -1 once it is closed
	inbox    *inbox
	patience time.Duration // answerTime; less in tests
}

func openSocket() (*socket, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_GENERIC)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	err = cmp.Or(
		os.NewSyscallError("bind", syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK})),
		setMemory(fd, unix.SO_RCVBUFFORCE, unix.SO_RCVBUF),
		setMemory(fd, unix.SO_SNDBUFFORCE, unix.SO_SNDBUF),
		// An answer that repeats the request would fill the receive buffer early.
		os.NewSyscallError("setsockopt", syscall.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1)),
	)
	if err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	return &socket{fd: fd, inbox: newInbox(bufferSize), patience: answerTime}, nil
}

// setMemory asks for socketMemory, because what a system has by default may be
// less than a batch and its answers need. Without the right to force it this is
// as much as the system allows.
func setMemory(fd, force, ask int) error {
	if syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, force, socketMemory) == nil {
		return nil
	}
	return os.NewSyscallError("setsockopt", syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, ask, socketMemory))
}

// close closes the socket, which then answers EBADF. Nobody may be using it.
func (s *socket) close() error {
	fd := s.fd
	s.fd = -1
	return syscall.Close(fd)
}

func (s *socket) send(datagram []byte) error {
	to := &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}
	for {
		err := retried(func() error { return syscall.Sendto(s.fd, datagram, syscall.MSG_DONTWAIT, to) })
		if err != syscall.EAGAIN {
			return err
		}
		if err := s.wait(unix.POLLOUT); err != nil {
			return err
		}
	}
}

func (s *socket) receive(wait bool) ([]byte, error) {
	for {
		datagram, err := s.inbox.take()
		if datagram != nil || err != nil {
			return datagram, err
		}
		err = retried(func() error { return s.inbox.fill(uintptr(s.fd)) })
		switch {
		case err == syscall.EAGAIN && !wait:
			return nil, nil
		case err == syscall.EAGAIN:
			err = s.wait(unix.POLLIN)
		}
		if err != nil {
			return nil, err
		}
	}
}

// wait waits, as long as it has patience, until the socket can be read or written.
func (s *socket) wait(event int16) error {
	until := time.Now().Add(s.patience)
	for {
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: event}}
		n, err := unix.Poll(fds, max(0, int(time.Until(until).Milliseconds())))
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return os.NewSyscallError("poll", err)
		case n == 0:
			return os.ErrDeadlineExceeded
		default:
			return nil
		}
	}
}

// retried repeats a system call that a signal interrupted.
func retried(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}
