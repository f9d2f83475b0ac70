package ipvs

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A fault is a reason to refuse a value before it is sent: the kernel would
// refuse it with this errno, or take it and make something else of it.
type fault struct {
	errno  syscall.Errno
	reason string
}

func faultf(errno syscall.Errno, format string, args ...any) *fault {
	return &fault{errno, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *fault { return faultf(syscall.EINVAL, format, args...) }

// error returns the fault of op as an error, or nil.
func (f *fault) error(op string) error {
	if f == nil {
		return nil
	}
	return &Error{Op: op, Errno: f.errno, Reason: f.reason}
}

// first returns the first fault that the checks find.
func first(checks ...func() *fault) *fault {
	for _, check := range checks {
		if f := check(); f != nil {
			return f
		}
	}
	return nil
}

// Validate refuses with an [*Error] what no kernel takes, and what a kernel
// would take and change in silence. Client and Memory do it before each Add
// and Set.
func (s Service) Validate() error {
	f := s.fault()
	if f == nil {
		return nil // the text takes longer than to find that out
	}
	return f.error("service " + s.ServiceKey.String())
}

// Validate refuses with an [*Error] what no kernel takes as a destination of
// the service, and what a kernel would take and change in silence.
func (d Destination) Validate(of Service) error {
	f := d.fault(of.ServiceKey)
	if f == nil {
		return nil
	}
	return f.error(fmt.Sprintf("destination %v of %v", d.Addr, of.ServiceKey))
}

// fault says why the change cannot be sent. Of a deletion only keys matter.
func (c Change) fault() *fault {
	switch c.Op {
	case AddService, SetService:
		return c.Service.fault()
	case DelService:
		return c.Service.ServiceKey.fault()
	case AddDestination, SetDestination:
		return first(c.Service.ServiceKey.fault, func() *fault { return c.Destination.fault(c.Service.ServiceKey) })
	case DelDestination:
		return first(c.Service.ServiceKey.fault, func() *fault { return addrFault(c.Destination.Addr.Addr()) })
	}
	return invalid("there is no such operation")
}

func (k ServiceKey) fault() *fault {
	switch {
	case k.Family != INET && k.Family != INET6:
		return faultf(syscall.EAFNOSUPPORT, "%v is neither inet nor inet6", k.Family)
	case k.FWMark > 0 && (k.Protocol != 0 || k.Addr != netip.AddrPort{}):
		return invalid("a firewall mark stands in place of protocol and address")
	case k.FWMark > 0:
		return nil
	case !k.Addr.IsValid():
		return invalid("needs an address or a firewall mark above zero")
	case k.Protocol == 0 || k.Protocol > math.MaxUint8:
		return invalid("%v is not a protocol number", k.Protocol)
	case FamilyOf(k.Addr.Addr()) != k.Family:
		return invalid("the address is not %v", k.Family)
	}
	return addrFault(k.Addr.Addr())
}

// addrFault refuses the forms of an address that the kernel has no bytes for.
func addrFault(a netip.Addr) *fault {
	switch {
	case !a.IsValid():
		return invalid("needs an address")
	case a.Is4In6():
		return invalid("%v is an IPv4 address in IPv6 form; write %v", a, a.Unmap())
	case a.Zone() != "":
		return invalid("%v has a zone, which IPVS does not know", a)
	}
	return nil
}

func (s Service) fault() *fault {
	return first(s.ServiceKey.fault, s.portFault, s.nameFault, s.flagFault, s.persistenceFault)
}

func (s Service) portFault() *fault {
	switch {
	case s.FWMark > 0:
		return nil
	case s.Protocol != TCP && s.Protocol != UDP && s.Protocol != SCTP:
		return invalid("%v is not tcp, udp or sctp", s.Protocol)
	case s.Addr.Port() == 0 && s.Persistence == 0:
		return invalid("port 0 takes all ports and needs persistence")
	}
	return nil
}

func (s Service) nameFault() *fault {
	if s.Scheduler == "" {
		return faultf(syscall.ENOENT, "needs a scheduler, such as wlc")
	}
	for _, name := range []string{s.Scheduler, s.PE} {
		if len(name) > maxName || strings.ContainsRune(name, 0) {
			return invalid("name %q is not 1 to %d bytes without NUL", name, maxName)
		}
	}
	return nil
}

func (s Service) flagFault() *fault {
	switch {
	case uint32(s.SchedFlags)&^flagsSched != 0:
		return invalid("unknown scheduler flags %#x", uint32(s.SchedFlags)&^flagsSched)
	case s.OnePacket && s.FWMark == 0 && s.Protocol != UDP:
		return invalid("one-packet scheduling is for udp services")
	}
	return nil
}

// maxPersistence is where kernels with 1000 ticks a second begin to wrap.
const maxPersistence = 4294967 * time.Second

func (s Service) persistenceFault() *fault {
	switch {
	case s.Persistence < 0 || s.Persistence > maxPersistence:
		return invalid("persistence %v is not within 0 and %d s", s.Persistence, int64(maxPersistence/time.Second))
	case s.Persistence%time.Second != 0:
		return invalid("persistence %v is not in whole seconds", s.Persistence)
	case !s.Netmask.IsValid():
		return nil
	case s.Persistence == 0:
		return invalid("netmask %v has no meaning without persistence", s.Netmask)
	case FamilyOf(s.Netmask) != s.Family || s.Netmask.Is4In6() || s.Netmask.Zone() != "":
		return invalid("netmask %v is not an %v mask", s.Netmask, s.Family)
	case s.Family == INET6 && !isPrefixMask(s.Netmask):
		return invalid("netmask %v is not the mask of a prefix of 1 to 128 bits", s.Netmask)
	}
	return nil
}

func isPrefixMask(mask netip.Addr) bool {
	n := prefixLen(mask)
	return n > 0 && prefixMask(int(n)) == mask
}

func (d Destination) fault(of ServiceKey) *fault {
	return first(
		func() *fault { return addrFault(d.Addr.Addr()) },
		d.addrFault,
		func() *fault { return d.forwardFault(of) },
		d.weightFault,
		d.Encapsulation.fault,
	)
}

func (d Destination) addrFault() *fault {
	a := d.Addr.Addr()
	switch {
	case a.IsUnspecified():
		return invalid("%v is no address of a server", a)
	case a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return invalid("%v is not a unicast address", a)
	}
	return nil
}

func (d Destination) forwardFault(of ServiceKey) *fault {
	switch {
	case !slices.Contains([]ForwardMethod{NAT, Local, Tunnel, Direct}, d.Forward):
		return invalid("forwarding method %v is not nat, local, tunnel or dr", d.Forward)
	case FamilyOf(d.Addr.Addr()) != of.Family && d.Forward != Tunnel:
		return invalid("%v cannot forward %v packets to an %v address; only tunnel can",
			d.Forward, of.Family, FamilyOf(d.Addr.Addr()))
	case d.Forward != Tunnel && d.Encapsulation != Encapsulation{}:
		return invalid("encapsulation is for tunnels, not for %v", d.Forward)
	}
	return nil
}

func (d Destination) weightFault() *fault {
	switch {
	case d.Weight < 0 || d.Weight > math.MaxInt32:
		return faultf(syscall.ERANGE, "weight %d is not within 0 and %d", d.Weight, math.MaxInt32)
	case d.LowerThreshold > d.UpperThreshold:
		return faultf(syscall.ERANGE, "lower threshold %d is above the upper, %d", d.LowerThreshold, d.UpperThreshold)
	case d.UpperThreshold > math.MaxInt32:
		return invalid("upper threshold %d is above %d", d.UpperThreshold, math.MaxInt32)
	}
	return nil
}

func (e Encapsulation) fault() *fault {
	known := TunnelFlags(0)
	switch e.Type {
	case IPIP:
	case GUE:
		known = TunnelChecksum | TunnelRemoteChecksum
	case GRE:
		known = TunnelChecksum
	default:
		return invalid("tunnel type %d is not ipip, gue or gre", e.Type)
	}
	switch {
	case e.Type == GUE && e.Port == 0:
		return invalid("gue needs a port above zero")
	case e.Type != GUE && e.Port != 0:
		return invalid("%v has no port", e.Type)
	case e.Flags&^known != 0 || e.Flags == TunnelChecksum|TunnelRemoteChecksum:
		return invalid("%v has no checksum option %d", e.Type, e.Flags)
	}
	return nil
}
