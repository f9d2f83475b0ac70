package ipvs

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A Sysctl describes a variable of net.ipv4.vs, which each network namespace
// has for itself (Documentation/networking/ipvs-sysctl.rst). Values are texts:
// decimal numbers, two of them separated by a space, or a list of CPUs.
type Sysctl struct {
	Name     string
	Kind     SysctlKind
	Min, Max int64  // of every number; the kernel itself checks few of them
	Default  string // of Linux 6.1; empty where it depends on the machine
	Needs    string // what the kernel must be or have, or empty
	About    string
}

// A SysctlKind says what values a variable takes.
type SysctlKind uint8

// The kinds of variables.
const (
	SysctlNumber SysctlKind = iota // one number
	SysctlPower                    // one power of two
	SysctlPair                     // two numbers, the first below the second unless that is 0
	SysctlCPUs                     // a list such as "0-3,8", or nothing
)

const maxInt = math.MaxInt32

// Sysctls returns the variables that are known here, sorted by name. A kernel
// may have others, which can be read and set too, but are not checked.
func Sysctls() []Sysctl { return slices.Clone(sysctls) }

var sysctls = []Sysctl{
	{Name: "am_droprate", Max: maxInt, Default: "10", About: "drop_packet 3 drops one packet of so many"},
	{Name: "amemthresh", Max: maxInt, Default: "1024", About: "free pages below which modes 1 defend"},
	{Name: "backup_only", Max: 1, Default: "0", About: "1: nothing is forwarded while a backup daemon runs"},
	{Name: "cache_bypass", Max: 1, Default: "0", About: "1: without a destination packets go to their own"},
	{Name: "conn_reuse_mode", Max: 3, Default: "1", About: "bits: 1 schedule anew when a client port is used again, 2 also in FIN_WAIT"},
	{Name: "conntrack", Max: 1, Default: "0", Needs: "CONFIG_IP_VS_NFCT", About: "1: connections are known to netfilter"},
	{Name: "debug_level", Max: maxInt, Default: "0", Needs: "CONFIG_IP_VS_DEBUG", About: "how much the kernel logs"},
	{Name: "drop_entry", Max: 3, Default: "0", About: "drop half-open connections: 0 never, 1 when memory is low, 3 always"},
	{Name: "drop_packet", Max: 3, Default: "0", About: "drop packets: 0 never, 1 when memory is low, 3 always"},
	{Name: "est_cpulist", Kind: SysctlCPUs, Needs: "Linux 6.2", About: "CPUs that estimate rates"},
	{Name: "est_nice", Min: -20, Max: 19, Needs: "Linux 6.2", About: "priority of what estimates rates"},
	{Name: "expire_nodest_conn", Max: 1, Default: "0", About: "1: connections of a deleted destination end at once"},
	{Name: "expire_quiescent_template", Max: 1, Default: "0", About: "1: persistence ends where the weight is 0"},
	{Name: "ignore_tunneled", Max: 1, Default: "0", About: "1: tunnelled packets are not scheduled again"},
	{Name: "lblc_expiration", Max: maxTimeoutSeconds, Default: "86400", Needs: "the scheduler lblc in use", About: "seconds until lblc forgets an address"},
	{Name: "lblcr_expiration", Max: maxTimeoutSeconds, Default: "86400", Needs: "the scheduler lblcr in use", About: "seconds until lblcr forgets an address"},
	{Name: "nat_icmp_send", Max: 1, Default: "0", About: "1: nat answers ICMP errors for unknown connections"},
	{Name: "pmtu_disc", Max: 1, Default: "1", About: "1: path MTU discovery for tunnels"},
	{Name: "run_estimation", Max: 1, Default: "1", Needs: "Linux 5.16", About: "0: no rates are estimated"},
	{Name: "schedule_icmp", Max: 1, Default: "0", About: "1: ICMP errors are scheduled, for tunnelled traffic"},
	{Name: "secure_tcp", Max: 3, Default: "0", About: "stricter TCP states: 0 never, 1 when memory is low, 3 always"},
	{Name: "sloppy_sctp", Max: 1, Default: "0", About: "1: any SCTP packet may begin a connection"},
	{Name: "sloppy_tcp", Max: 1, Default: "0", About: "1: any TCP packet may begin a connection"},
	{Name: "snat_reroute", Max: 1, Default: "1", About: "1: answers of nat are routed anew"},
	{Name: "sync_persist_mode", Max: 1, Default: "0", About: "1: only templates are synchronised of persistent services"},
	{Name: "sync_ports", Kind: SysctlPower, Min: 1, Max: 64, Default: "1", About: "threads and ports of a sync daemon, read at its start"},
	{Name: "sync_qlen_max", Max: math.MaxInt64, About: "messages that may wait to be sent"},
	{Name: "sync_refresh_period", Max: maxTimeoutSeconds, Default: "0", About: "seconds between messages of an unchanged connection"},
	{Name: "sync_retries", Max: 3, Default: "0", About: "how often a message is sent again"},
	{Name: "sync_sock_size", Max: maxInt, Default: "0", About: "bytes of the daemon's socket buffer; 0: the system's"},
	{Name: "sync_threshold", Kind: SysctlPair, Max: maxInt, Default: "3 50", About: "packets before the first message, and between two"},
	{Name: "sync_version", Max: 1, Default: "1", About: "version of the sync protocol"},
}

const maxTimeoutSeconds = math.MaxInt32 / 1000

// Check refuses with an error a value that has no meaning, and what the kernel
// would make something else of.
func (s Sysctl) Check(value string) error {
	return s.fault(value).error("set " + s.Name)
}

func (s Sysctl) fault(value string) *fault {
	if s.Kind == SysctlCPUs {
		if strings.Trim(value, "0123456789,-") != "" {
			return invalid("%q is not a list of CPUs such as 0-3,8", value)
		}
		return nil
	}
	numbers, err := s.numbers(value)
	if err != nil {
		return invalid("%v", err)
	}
	switch {
	case s.Kind == SysctlPower && bits.OnesCount64(uint64(numbers[0])) != 1:
		return invalid("%d is not a power of two", numbers[0])
	case s.Kind == SysctlPair && numbers[0] >= numbers[1] && numbers[1] > 0:
		return invalid("%d is not below %d", numbers[0], numbers[1])
	}
	return nil
}

// numbers reads as many numbers as the variable has, each within its range.
func (s Sysctl) numbers(value string) ([]int64, error) {
	words, want := strings.Fields(value), 1
	if s.Kind == SysctlPair {
		want = 2
	}
	if len(words) != want {
		return nil, fmt.Errorf("%q is not %d of numbers", value, want)
	}
	numbers := make([]int64, want)
	for i, word := range words {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil || n < s.Min || n > s.Max {
			return nil, fmt.Errorf("%q is not a number within %d and %d", word, s.Min, s.Max)
		}
		numbers[i] = n
	}
	return numbers, nil
}

// knownSysctl returns the variable, or one without bounds of a kernel that is
// newer than this list.
func knownSysctl(name string) (s Sysctl, known bool) {
	for _, s := range sysctls {
		if s.Name == name {
			return s, true
		}
	}
	return Sysctl{Name: name}, false
}

// nameFault refuses names that cannot be.
func nameFault(name string) *fault {
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return faultf(syscall.ENOENT, "%q is not the name of a variable, such as conn_reuse_mode", name)
	}
	return nil
}

// refuseSysctl refuses names that cannot be, and values that are not good.
func refuseSysctl(op, name, value string) error {
	if f := nameFault(name); f != nil {
		return noSysctl(op, f)
	}
	if s, known := knownSysctl(name); known {
		return s.fault(value).error(op)
	}
	if len(value) > maxSysctl || strings.ContainsAny(value, "\x00\n") {
		return invalid("the value is not one line of up to %d bytes", maxSysctl).error(op)
	}
	return nil
}

// noSysctl returns the error of a name that no kernel has.
func noSysctl(op string, f *fault) error {
	return &Error{Op: op, Errno: f.errno, Reason: f.reason, kind: ErrNoSysctl}
}

// sysctlError returns the error of a request that ended with err.
func sysctlError(op, name string, err error) error {
	s, known := knownSysctl(name)
	e := &Error{Op: op, Errno: syscall.EIO, Reason: err.Error()}
	errors.As(err, &e.Errno)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !known:
		e.kind, e.Reason = ErrNoSysctl, ErrNoSysctl.Error()
	case errors.Is(err, fs.ErrNotExist):
		e.kind, e.Reason = ErrNoSysctl, "this kernel does not have it"
		if s.Needs != "" {
			e.Reason += "; it needs " + s.Needs
		}
	case errors.Is(err, fs.ErrPermission):
		e.Reason = "it can only be read here: it needs root, and debug_level the first network namespace"
	case e.Errno == syscall.EINVAL:
		e.Reason = "the kernel does not take the value"
	}
	return e
}
