package checks

import (
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A socket is a TCP socket that never waits. Its calls go past the Go
// scheduler, which has nothing to do for a call that cannot block.
type socket int

// openSocket makes a socket that takes a route to a target.
func openSocket(route *Route, t Target) (socket, error) {
	family := unix.AF_INET6
	if route.to(t).Addr().Unmap().Is4() {
		family = unix.AF_INET
	}
	fd, _, errno := unix.RawSyscall(unix.SYS_SOCKET, uintptr(family), unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if errno != 0 {
		return -1, errno
	}
	s := socket(fd)
	if err := s.take(route, t); err != nil {
		s.close()
		return -1, err
	}
	return s, nil
}

// take makes a new socket take a route.
func (s socket) take(route *Route, t Target) error {
	if route.Interface == "" && route.Mark == 0 && !route.Source.IsValid() && t.PathMark == 0 {
		return nil
	}
	r, err := route.through(t)
	if err == nil {
		err = r.suits(route.to(t))
	}
	if err == nil {
		err = r.prepare(int(s))
	}
	if err != nil || !r.Source.IsValid() {
		return err
	}
	var name kernelAddr
	return s.call(unix.SYS_BIND, &name, name.put(netip.AddrPortFrom(r.Source, 0)))
}

// connect starts to connect, or asks how that goes: nil is a connection,
// EINPROGRESS or EALREADY is none yet.
func (s socket) connect(to netip.AddrPort) error {
	var name kernelAddr
	return s.call(unix.SYS_CONNECT, &name, name.put(to))
}

// toItself reports whether the socket is connected to itself, which happens
// when nobody listens at a port of this machine and the kernel chooses just
// that port for us (simultaneous open, RFC 9293, 3.5).
func (s socket) toItself(to netip.AddrPort) bool {
	var name, want kernelAddr
	size := uint32(len(name))
	_, _, errno := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(s), uintptr(unsafe.Pointer(&name)), uintptr(unsafe.Pointer(&size)))
	want.put(to)
	return errno == 0 && name == want
}

// spareTheServer has the kernel hold back its last part of the handshake, until
// there is something to send with it. A server that has to answer is woken once,
// with the question there, and not also for a connection. If all that is asked is
// whether the server's kernel answers, the connection is reset instead, and its
// program never hears of it. HAProxy does the same (src/proto_tcp.c).
func (s socket) spareTheServer() { s.set(unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0) }

// forget closes with a reset.
func (s socket) forget() {
	linger := unix.Linger{Onoff: 1}
	s.setsockopt(unix.SOL_SOCKET, unix.SO_LINGER, unsafe.Pointer(&linger), unsafe.Sizeof(linger))
	s.close()
}

func (s socket) close() { unix.RawSyscall(unix.SYS_CLOSE, uintptr(s), 0, 0) }

func (s socket) send(data []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s), uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)), unix.MSG_NOSIGNAL, 0, 0)
	return result(n, errno)
}

// receive returns 0 at the end of the stream.
func (s socket) receive(buf []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)), 0, 0, 0)
	return result(n, errno)
}

func (s socket) set(level, option, value int) error {
	v := int32(value)
	return s.setsockopt(level, option, unsafe.Pointer(&v), unsafe.Sizeof(v))
}

func (s socket) setsockopt(level, option int, value unsafe.Pointer, size uintptr) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(s), uintptr(level), uintptr(option), uintptr(value), size, 0)
	_, err := result(0, errno)
	return err
}

// call makes a system call that takes an address.
func (s socket) call(number uintptr, name *kernelAddr, size uintptr) error {
	_, _, errno := unix.RawSyscall(number, uintptr(s), uintptr(unsafe.Pointer(name)), size)
	_, err := result(0, errno)
	return err
}

// result makes a result of Go of what a system call left. An Errno of each of
// the usual kinds is an error without memory of its own.
func result(n uintptr, errno unix.Errno) (int, error) {
	switch errno {
	case 0:
		return int(n), nil
	case unix.EAGAIN:
		return 0, errAgain
	case unix.EINPROGRESS, unix.EALREADY:
		return 0, errInProgress
	case unix.ECONNREFUSED:
		return 0, errRefused
	}
	return 0, errno
}

var (
	errAgain      error = unix.EAGAIN
	errInProgress error = unix.EINPROGRESS
	errRefused    error = unix.ECONNREFUSED
)

// A kernelAddr is an address as the kernel has it: sockaddr_in or sockaddr_in6
// (ip(7), ipv6(7)).
type kernelAddr [unix.SizeofSockaddrInet6]byte

// put writes an address and returns its size.
func (s *kernelAddr) put(a netip.AddrPort) (size uintptr) {
	ip := a.Addr().Unmap()
	s[2], s[3] = byte(a.Port()>>8), byte(a.Port())
	if ip.Is4() {
		*(*uint16)(unsafe.Pointer(s)) = unix.AF_INET
		*(*[4]byte)(s[4:]) = ip.As4()
		return unix.SizeofSockaddrInet4
	}
	*(*uint16)(unsafe.Pointer(s)) = unix.AF_INET6
	*(*[16]byte)(s[8:]) = ip.As16()
	if ip.Zone() != "" {
		*(*uint32)(unsafe.Pointer(&s[24])) = scope(ip.Zone())
	}
	return unix.SizeofSockaddrInet6
}

// scope is the number of an interface; 0, which no connection takes, if there
// is none.
func scope(zone string) uint32 {
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	request, err := unix.NewIfreq(zone)
	if err != nil {
		return 0
	}
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, request); err != nil {
		return 0
	}
	return request.Uint32()
}
