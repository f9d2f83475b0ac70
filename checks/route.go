package checks

import (
	"errors"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Route says where a check asks and how its packets leave this machine. The
// zero Route asks the target, and leaves the way to the kernel.
type Route struct {
	Addr      netip.Addr // address to ask; the zero Addr is the target's
	Port      uint16     // port to ask; 0 is the target's
	Source    netip.Addr // local address to ask from; the zero Addr is the kernel's choice
	Interface string     // the interface that packets leave and come by (SO_BINDTODEVICE); empty for any
	Mark      uint32     // firewall mark of the packets (SO_MARK, needs CAP_NET_ADMIN); 0 is none
}

// to is the address that is asked.
func (r Route) to(t Target) netip.AddrPort {
	at := t.Addr
	if t.PathMark != 0 && t.VIP.IsValid() {
		at = t.VIP
	}
	addr, port := r.Addr, r.Port
	if !addr.IsValid() {
		addr = at.Addr()
	}
	if port == 0 {
		port = at.Port()
	}
	return netip.AddrPortFrom(addr, port)
}

// Mistakes joins all that is wrong with the route, whatever this machine has,
// each on a line of its own that begins with the setting's name in a policy.
func (r Route) Mistakes() error {
	return errors.Join(
		mistake(len(r.Interface) < unix.IFNAMSIZ, "interface %q: want a name of at most %d bytes", r.Interface, unix.IFNAMSIZ-1),
		r.familyMistake(r.Addr),
	)
}

// familyMistake says that the source cannot be that of packets to addr.
func (r Route) familyMistake(addr netip.Addr) error {
	return mistake(!r.Source.IsValid() || !addr.IsValid() || r.Source.Unmap().Is4() == addr.Unmap().Is4(),
		"source %v: of another address family than %v", r.Source, addr)
}

// suits says, as a fault of ours, that to cannot be asked by the route.
func (r Route) suits(to netip.AddrPort) error {
	if err := r.familyMistake(to.Addr()); err != nil {
		return faultf(Local, "%v", err)
	}
	return nil
}

// Dialer makes TCP connections that take the route. They have no keep-alive: no
// connection of a check lives that long.
func (r Route) Dialer() *net.Dialer {
	d := &net.Dialer{KeepAlive: -1}
	if r.Source.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(r.Source, 0))
	}
	if r != (Route{}) {
		d.Control = func(_, _ string, c syscall.RawConn) (err error) {
			if fault := c.Control(func(fd uintptr) { err = r.prepare(int(fd)) }); fault != nil {
				return fault
			}
			return err
		}
	}
	return d
}

// prepare sets the socket options of the route on a socket that is not bound
// yet.
func (r Route) prepare(fd int) error {
	if r.Interface != "" {
		if err := unix.BindToDevice(fd, r.Interface); err != nil {
			return faultf(Local, "interface %s: %v", r.Interface, err)
		}
	}
	if r.Source.IsValid() {
		// The port is chosen when the other end is known (ip(7)): one port serves
		// many of them, and none returns soon. Older kernels do without.
		_ = unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	}
	if r.Mark != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(r.Mark)); err != nil {
			return faultf(Local, "mark %d: %v: it needs CAP_NET_ADMIN", r.Mark, err)
		}
	}
	return nil
}

// route adds a Route.
func (id *identity) route(r Route) {
	if r.Addr.IsValid() {
		id.field("addr", r.Addr.String())
	}
	id.number("port", int(r.Port), 0)
	if r.Source.IsValid() {
		id.field("source", r.Source.String())
	}
	id.field("interface", r.Interface)
	id.number("mark", int(r.Mark), 0)
}
