package ipvs

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// String returns the table as ipvsadm -Sn prints it, and ipvsadm -R reads it:
// a line for each service, followed by one for each of its destinations. The
// thresholds, which ipvsadm leaves out, are there too.
func (t Table) String() string {
	var b strings.Builder
	for _, e := range t {
		fmt.Fprintf(&b, "-A %s\n", saveService(e.Service))
		for _, d := range e.Destinations {
			fmt.Fprintf(&b, "-a %s -r %s\n", saveKey(e.ServiceKey), saveDestination(d.Destination))
		}
	}
	return b.String()
}

func saveKey(k ServiceKey) string {
	switch {
	case k.FWMark > 0 && k.Family == INET6:
		return fmt.Sprintf("-f %d -6", k.FWMark)
	case k.FWMark > 0:
		return fmt.Sprintf("-f %d", k.FWMark)
	case k.Protocol == UDP:
		return fmt.Sprintf("-u %v", k.Addr)
	case k.Protocol == SCTP:
		return fmt.Sprintf("--sctp-service %v", k.Addr)
	}
	return fmt.Sprintf("-t %v", k.Addr)
}

func saveService(s Service) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s -s %s", saveKey(s.ServiceKey), s.Scheduler)
	if s.Persistence > 0 {
		fmt.Fprintf(&b, " -p %d", s.Persistence/time.Second)
	}
	if s.Netmask.IsValid() {
		fmt.Fprintf(&b, " -M %s", saveNetmask(s.Netmask))
	}
	if s.OnePacket {
		b.WriteString(" -o")
	}
	if s.SchedFlags != 0 {
		fmt.Fprintf(&b, " -b %s", saveSchedFlags(s))
	}
	if s.PE != "" {
		fmt.Fprintf(&b, " --pe %s", s.PE)
	}
	return b.String()
}

func saveNetmask(mask netip.Addr) string {
	if mask.Is4() {
		return mask.String()
	}
	return fmt.Sprint(prefixLen(mask))
}

func saveSchedFlags(s Service) string {
	var words []string
	for i, name := range schedFlagNames(s.Scheduler) {
		if s.SchedFlags&(SchedFlag1<<i) != 0 {
			words = append(words, name)
		}
	}
	return strings.Join(words, ",")
}

func saveDestination(d Destination) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s -w %d", d.Addr, saveForward(d.Forward), d.Weight)
	if d.UpperThreshold > 0 {
		fmt.Fprintf(&b, " -x %d", d.UpperThreshold)
	}
	if d.LowerThreshold > 0 {
		fmt.Fprintf(&b, " -y %d", d.LowerThreshold)
	}
	if d.Forward == Tunnel {
		b.WriteString(saveEncapsulation(d.Encapsulation))
	}
	return b.String()
}

func saveForward(m ForwardMethod) string {
	switch m {
	case Tunnel:
		return "-i"
	case Direct:
		return "-g"
	case Local:
		return "-l"
	}
	return "-m"
}

func saveEncapsulation(e Encapsulation) string {
	words := fmt.Sprintf(" --tun-type %v", e.Type)
	if e.Type == GUE {
		words += fmt.Sprintf(" --tun-port %d", e.Port)
	}
	switch {
	case e.Flags&TunnelRemoteChecksum != 0:
		return words + " --tun-remcsum"
	case e.Flags&TunnelChecksum != 0:
		return words + " --tun-csum"
	case e.Type == IPIP:
		return words
	}
	return words + " --tun-nocsum"
}
