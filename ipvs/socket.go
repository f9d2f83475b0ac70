package ipvs

import (
	"errors"
	"fmt"
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
	// receive waits for the next datagram, at most answerTime.
	receive(buffer []byte) (datagram []byte, err error)
}

// answerTime is how long the kernel may take for a datagram. It answers while
// the request is sent, so only a lost answer takes that long.
const answerTime = 5 * time.Second

// bufferSize is what the kernel fills at most in a dump.
const bufferSize = 32 << 10

// A socket is the transport to the kernel of the network namespace in which it
// was opened.
type socket struct {
	conn *netlink.Conn
	raw  syscall.RawConn
}

func openSocket() (*socket, error) {
	conn, err := netlink.Dial(syscall.NETLINK_GENERIC, &netlink.Config{MessageBufferSize: bufferSize})
	if err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		// An answer that repeats the request would fill the receive buffer early.
		err = conn.SetOption(netlink.CapAcknowledge, true)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &socket{conn: conn, raw: raw}, nil
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
	if err := s.conn.SetWriteDeadline(time.Now().Add(answerTime)); err != nil {
		return err
	}
	var err error
	to := &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}
	waited := s.raw.Write(func(fd uintptr) bool {
		err = retried(func() error { return syscall.Sendto(int(fd), datagram, syscall.MSG_DONTWAIT, to) })
		return err != syscall.EAGAIN
	})
	if waited != nil {
		return waited
	}
	return err
}

func (s *socket) receive(buffer []byte) ([]byte, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(answerTime)); err != nil {
		return nil, err
	}
	for {
		n, from, err := s.receiveFrom(buffer)
		switch {
		case err != nil:
			return nil, err
		case from != 0:
			continue // any process may send to any netlink socket
		case n > len(buffer):
			return nil, fmt.Errorf("datagram of %d bytes", n)
		}
		return buffer[:n], nil
	}
}

// receiveFrom returns the length of the whole datagram, which may be more than
// the buffer holds, and the netlink port of its sender: zero is the kernel.
func (s *socket) receiveFrom(buffer []byte) (n int, port uint32, err error) {
	waited := s.raw.Read(func(fd uintptr) bool {
		err = retried(func() error {
			var from syscall.Sockaddr
			var failed error
			n, from, failed = syscall.Recvfrom(int(fd), buffer, syscall.MSG_DONTWAIT|syscall.MSG_TRUNC)
			if sender, ok := from.(*syscall.SockaddrNetlink); ok {
				port = sender.Pid
			}
			return failed
		})
		return err != syscall.EAGAIN
	})
	if waited != nil {
		return 0, 0, waited
	}
	return n, port, err
}

// retried repeats a system call that a signal interrupted.
func retried(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}
