package ipvs

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"syscall"
)

// A Role is what a sync daemon does (IP_VS_STATE_ in linux/ip_vs.h). A director
// may run one daemon of each.
type Role uint32

// The roles.
const (
	Master Role = 1 // tells others of the connections here
	Backup Role = 2 // learns connections of others
)

// String returns "master" or "backup".
func (r Role) String() string {
	switch r {
	case Master:
		return "master"
	case Backup:
		return "backup"
	}
	return fmt.Sprintf("role %d", uint32(r))
}

// ParseRole reads "master" or "backup".
func ParseRole(word string) (Role, error) {
	for r := Master; r <= Backup; r++ {
		if word == r.String() {
			return r, nil
		}
	}
	return 0, fmt.Errorf("role %q is not master or backup", word)
}

// A Daemon is a sync daemon: a thread of the kernel that multicasts its
// connections to other directors, or learns theirs. It is comparable. A zero
// value behind Interface asks for the kernel's default; a read gives what is
// in force, and zero for what kernels before 4.3 do not tell.
type Daemon struct {
	Role      Role
	Interface string // 1 to 15 bytes; it needs an address of the group's family

	// SyncID names a group of directors, 0 to 255. A backup with zero listens
	// to all of them.
	SyncID int

	// MaxLen is the largest message in bytes: up to 65507, or 65487 for an
	// IPv6 group, and for a backup from 1024. By default what fits the MTU.
	MaxLen int

	Group netip.Addr // multicast; by default 224.0.0.81
	Port  uint16     // UDP; by default 8848, and one more for each of sync_ports
	TTL   uint8      // by default 1
}

// What the kernel takes for a Group and a Port that are zero (IP_VS_SYNC_GROUP
// and IP_VS_SYNC_PORT in net/netfilter/ipvs/ip_vs_sync.c).
var defaultGroup = netip.AddrFrom4([4]byte{224, 0, 0, 81})

const defaultPort = 8848

// Validate refuses with an [*Error] what no kernel takes, and what a kernel
// would take and change in silence.
func (d Daemon) Validate() error { return d.fault().error("start " + d.Role.daemon()) }

// daemon names the daemon of the role in messages.
func (r Role) daemon() string { return fmt.Sprintf("%v sync daemon", r) }

func (r Role) fault() *fault {
	if r != Master && r != Backup {
		return invalid("%v is neither master nor backup", r)
	}
	return nil
}

func (d Daemon) fault() *fault {
	return first(d.Role.fault, d.interfaceFault, d.groupFault, d.lengthFault)
}

func (d Daemon) interfaceFault() *fault {
	if d.Interface == "" || len(d.Interface) > maxName || strings.ContainsRune(d.Interface, 0) {
		return invalid("interface %q is not a name of 1 to %d bytes", d.Interface, maxName)
	}
	return nil
}

func (d Daemon) groupFault() *fault {
	if !d.Group.IsValid() {
		return nil
	}
	if f := addrFault(d.Group); f != nil {
		return f
	}
	if !d.Group.IsMulticast() {
		return invalid("group %v is not a multicast address", d.Group)
	}
	return nil
}

func (d Daemon) lengthFault() *fault {
	least, most := 1, math.MaxUint16-d.headers()
	if d.Role == Backup {
		least = 1024
	}
	switch {
	case d.SyncID < 0 || d.SyncID > math.MaxUint8:
		return invalid("sync id %d is not within 0 and 255", d.SyncID)
	case d.MaxLen != 0 && (d.MaxLen < least || d.MaxLen > most):
		return invalid("messages of %d bytes are not within %d and %d for a %v", d.MaxLen, least, most, d.Role)
	}
	return nil
}

// headers are the bytes of IP and UDP before a message.
func (d Daemon) headers() int {
	if d.Group.Is6() {
		return 40 + 8
	}
	return 20 + 8
}

// refuseDaemon returns the error of a request about the daemon that was
// answered with errno.
func refuseDaemon(op string, d Daemon, errno syscall.Errno) *Error {
	e := refuseRequest(op, errno)
	switch errno {
	case syscall.EEXIST:
		e.Reason = "it runs already: stop it first"
	case syscall.ESRCH:
		e.kind, e.Reason = ErrNoDaemon, ErrNoDaemon.Error()
	case syscall.ENODEV:
		e.Reason = fmt.Sprintf("there is no interface %q in this network namespace", d.Interface)
	case syscall.EINVAL:
		e.Reason = "the kernel takes no such daemon: no destination may be of another family than its service"
	case syscall.EADDRNOTAVAIL, syscall.ENETUNREACH:
		e.Reason = fmt.Sprintf("%v: interface %q needs an address of the group's family and a route to the group", errno, d.Interface)
	}
	return e
}
