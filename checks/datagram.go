package checks

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A datagramSocket sends messages to one address and hears that address alone:
// it is connected, so that the kernel drops what others send and reports what
// ICMP says of ours. Messages have a size, at most 64 KiB.
type datagramSocket struct {
	file *os.File
	conn syscall.RawConn
}

// openDatagrams opens a socket of a type and protocol, whose sends and receives
// fail once the run's context has ended. The caller calls hangUp.
func (r *run) openDatagrams(route Route, to netip.AddrPort, kind, protocol int) (s *datagramSocket, hangUp func(), err error) {
	if err := route.suits(to); err != nil {
		return nil, nil, err
	}
	remote, family, err := sockaddr(to)
	if err != nil {
		return nil, nil, err
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, nil, err
	}
	if err := route.connect(fd, family, remote); err != nil {
		unix.Close(fd)
		return nil, nil, err
	}
	file := os.NewFile(uintptr(fd), "socket")
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	release := context.AfterFunc(r.ctx, func() { file.SetDeadline(time.Unix(1, 0)) })
	return &datagramSocket{file, conn}, func() {
		release()
		file.Close()
	}, nil
}

// connect makes fd a socket that takes the route and speaks with remote alone.
func (r Route) connect(fd, family int, remote unix.Sockaddr) error {
	if err := r.prepare(fd); err != nil {
		return err
	}
	// With it the kernel also reports what may pass, such as a host that does
	// not answer to ARP (ip(7), IP_RECVERR).
	if err := receiveErrors(fd, family); err != nil {
		return err
	}
	if r.Source.IsValid() {
		local, _, err := sockaddr(netip.AddrPortFrom(r.Source, 0))
		if err != nil {
			return err
		}
		if err := unix.Bind(fd, local); err != nil {
			return err
		}
	}
	return unix.Connect(fd, remote)
}

func receiveErrors(fd, family int) error {
	if family == unix.AF_INET6 {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
}

// sockaddr is an address as the kernel wants it.
func sockaddr(a netip.AddrPort) (unix.Sockaddr, int, error) {
	ip := a.Addr().Unmap()
	if ip.Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: ip.As4()}, unix.AF_INET, nil
	}
	zone, err := zoneIndex(ip.Zone())
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: ip.As16(), ZoneId: zone}, unix.AF_INET6, err
}

func zoneIndex(zone string) (uint32, error) {
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil || zone == "" {
		return uint32(n), nil
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, faultf(Local, "interface %s: no such interface", zone)
	}
	return uint32(i.Index), nil
}

// send sends one message, which may be empty.
func (s *datagramSocket) send(data []byte) (err error) {
	waited := s.conn.Write(func(fd uintptr) bool {
		err = unix.Send(int(fd), data, 0)
		return err != unix.EAGAIN
	})
	if waited != nil {
		return waited
	}
	return err
}

// receive waits for one message of UDP. It holds no memory while it waits.
func (s *datagramSocket) receive() (data []byte, err error) {
	waited := s.conn.Read(func(fd uintptr) bool {
		data, err = receiveNow(int(fd))
		return err != unix.EAGAIN
	})
	if waited != nil {
		return nil, waited
	}
	return data, err
}

// receiveInto waits for one message, of which it keeps what buf has room for.
// Sockets of ICMP do not tell the size of a message ahead.
func (s *datagramSocket) receiveInto(buf []byte) (n int, err error) {
	waited := s.conn.Read(func(fd uintptr) bool {
		n, _, err = unix.Recvfrom(int(fd), buf, 0)
		return err != unix.EAGAIN
	})
	if waited != nil {
		return 0, waited
	}
	return n, err
}

func receiveNow(fd int) ([]byte, error) {
	size, _, err := unix.Recvfrom(fd, nil, unix.MSG_PEEK|unix.MSG_TRUNC)
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	n, _, err := unix.Recvfrom(fd, data, 0)
	return data[:max(n, 0)], err
}

// waitUntil bounds the next receives; the zero time is no bound but the
// context's, which it never extends.
func (s *datagramSocket) waitUntil(ctx context.Context, t time.Time) error {
	if err := s.file.SetReadDeadline(t); err != nil {
		return err
	}
	return ctx.Err() // which may have set a deadline before ours
}

// setTTL bounds the hops of what is sent.
func (s *datagramSocket) setTTL(six bool, hops int) (err error) {
	level, option := unix.IPPROTO_IP, unix.IP_TTL
	if six {
		level, option = unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS
	}
	fault := s.conn.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), level, option, hops) })
	if fault != nil {
		return fault
	}
	return err
}
