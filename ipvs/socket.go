package ipvs

import (
	"errors"
	"syscall"
	"time"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
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
// was opened.
type socket struct {
	conn  *netlink.Conn
	raw   syscall.RawConn
	inbox *inbox
}

func openSocket() (*socket, error) {
	conn, err := netlink.Dial(syscall.NETLINK_GENERIC, &netlink.Config{MessageBufferSize: bufferSize})
	if err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		// What a system has by default may be less than a batch and its answers
		// need. Without the right this is as much as the system allows.
		err = errors.Join(conn.SetReadBuffer(socketMemory), conn.SetWriteBuffer(socketMemory))
	}
	if err == nil {
		// An answer that repeats the request would fill the receive buffer early.
		err = conn.SetOption(netlink.CapAcknowledge, true)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &socket{conn: conn, raw: raw, inbox: newInbox(bufferSize)}, nil
}

func (s *socket) close() error { return s.conn.Close() }

func (s *socket) family() (uint16, error) {
	if err := s.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, err
	}
	if err := s.drain(); err != nil {
		return 0, err
	}
	f, err := genetlink.NewConn(s.conn).GetFamily(familyName)
	if err != nil {
		return 0, err
	}
	return f.ID, nil
}

// drain drops what came too late for an earlier exchange.
func (s *socket) drain() error {
	s.inbox.count = 0
	var one [1]byte
	for {
		var err error
		control := s.raw.Control(func(fd uintptr) {
			_, _, err = syscall.Recvfrom(int(fd), one[:], syscall.MSG_DONTWAIT)
		})
		if control != nil {
			return control
		}
		if err == syscall.EAGAIN {
			return nil
		}
		if err != nil && err != syscall.EINTR && err != syscall.ENOBUFS {
			return err
		}
	}
}

func (s *socket) send(datagram []byte) error {
	to := &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}
	call := func(fd uintptr) error { return syscall.Sendto(int(fd), datagram, syscall.MSG_DONTWAIT, to) }
	err := s.now(call)
	if err == syscall.EAGAIN {
		return s.later(s.conn.SetWriteDeadline, s.raw.Write, call)
	}
	return err
}

func (s *socket) receive(wait bool) ([]byte, error) {
	for {
		datagram, err := s.inbox.take()
		if datagram != nil || err != nil {
			return datagram, err
		}
		err = s.now(s.inbox.fill)
		switch {
		case err == syscall.EAGAIN && !wait:
			return nil, nil
		case err == syscall.EAGAIN:
			err = s.later(s.conn.SetReadDeadline, s.raw.Read, s.inbox.fill)
		}
		if err != nil {
			return nil, err
		}
	}
}

// now makes a system call that does not block. The kernel answers while it
// takes a request, so nearly always there is no need to wait for anything.
func (s *socket) now(call func(fd uintptr) error) error {
	var err error
	if control := s.raw.Control(func(fd uintptr) { err = retried(func() error { return call(fd) }) }); control != nil {
		return control
	}
	return err
}

// later makes a system call as soon as it does not block, at most answerTime
// from now.
func (s *socket) later(deadline func(time.Time) error, ready func(func(fd uintptr) bool) error, call func(fd uintptr) error) error {
	if err := deadline(time.Now().Add(answerTime)); err != nil {
		return err
	}
	var err error
	waited := ready(func(fd uintptr) bool {
		err = retried(func() error { return call(fd) })
		return err != syscall.EAGAIN
	})
	if waited != nil {
		return waited
	}
	return err
}

// retried repeats a system call that a signal interrupted.
func retried(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}
