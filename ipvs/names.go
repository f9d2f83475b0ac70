package ipvs

import (
	"fmt"
	"slices"
	"strings"
)

// ParseForwardMethod reads "nat" or "masq", "dr" or "direct", "tunnel", "local".
func ParseForwardMethod(word string) (ForwardMethod, error) {
	switch word {
	case "nat", "masq":
		return NAT, nil
	case "dr", "direct":
		return Direct, nil
	case "tunnel":
		return Tunnel, nil
	case "local":
		return Local, nil
	}
	return 0, fmt.Errorf("forwarding method %q is not nat, dr, tunnel or local", word)
}

// ParseProtocol reads "tcp", "udp" or "sctp".
func ParseProtocol(word string) (Protocol, error) {
	for _, p := range []Protocol{TCP, UDP, SCTP} {
		if word == p.String() {
			return p, nil
		}
	}
	return 0, fmt.Errorf("protocol %q is not tcp, udp or sctp", word)
}

// ParseTunnelType reads "ipip", "gue" or "gre".
func ParseTunnelType(word string) (TunnelType, error) {
	for t := IPIP; t <= GRE; t++ {
		if word == t.String() {
			return t, nil
		}
	}
	return 0, fmt.Errorf("tunnel type %q is not ipip, gue or gre", word)
}

// Schedulers returns the names of the schedulers that Linux has, sorted. A
// kernel may be built without some of them, or know others.
func Schedulers() []string { return slices.Clone(schedulers) }

var schedulers = []string{"dh", "fo", "lblc", "lblcr", "lc", "mh", "nq", "ovf", "rr", "sed", "sh", "twos", "wlc", "wrr"}

// schedFlagNames are ipvsadm's words of the scheduler flags.
func schedFlagNames(scheduler string) []string {
	names := []string{"flag-1", "flag-2", "flag-3"}
	if scheduler == "sh" || scheduler == "mh" {
		names[0], names[1] = scheduler+"-fallback", scheduler+"-port"
	}
	return names
}

// ParseSchedFlags reads a list of flags as ipvsadm -b takes it: "flag-1",
// "flag-2" and "flag-3", or "sh-fallback", "sh-port", "mh-fallback", "mh-port".
func ParseSchedFlags(scheduler, list string) (SchedFlags, error) {
	var flags SchedFlags
	names, plain := schedFlagNames(scheduler), schedFlagNames("")
	for word := range strings.SplitSeq(list, ",") {
		i := max(slices.Index(names, word), slices.Index(plain, word))
		if i < 0 {
			return 0, fmt.Errorf("scheduler flag %q is not one of %s", word, strings.Join(names, ", "))
		}
		flags |= SchedFlag1 << i
	}
	return flags, nil
}
