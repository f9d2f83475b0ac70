package checks

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// A Convention says how a program is told which server it is to check. All
// have in common that exit code 0 is a pass, and that the environment has
// LUAVS_ADDR, LUAVS_IP, LUAVS_PORT, LUAVS_SERVER and LUAVS_WEIGHT of the real
// server and LUAVS_SERVICE, LUAVS_VIP, LUAVS_VPORT of the virtual one, where
// the last two are empty for a firewall mark.
type Convention string

// The conventions.
const (
	// KeepalivedConvention is MISC_CHECK's: the program gets its own arguments
	// only. It is the zero Convention.
	KeepalivedConvention Convention = ""

	// LdirectordConvention is that of checktype external: four arguments
	// follow the program's own, the address (or the firewall mark) and port of
	// the virtual server, and the address and port of the real one. The port of
	// a firewall mark is empty.
	LdirectordConvention Convention = "ldirectord"

	// HAProxyConvention is that of option external-check: the same four
	// arguments, where NOT_USED stands for both of a firewall mark, and
	// HAPROXY_PROXY_NAME, _ADDR and _PORT, HAPROXY_SERVER_NAME, _ADDR and
	// _PORT in the environment.
	HAProxyConvention Convention = "haproxy"
)

func (c Convention) mistake() error {
	known := []Convention{KeepalivedConvention, LdirectordConvention, HAProxyConvention}
	return mistake(slices.Contains(known, c), "convention %q: want ldirectord or haproxy, or none", string(c))
}

// tell returns the command with what the program is told of the target.
func (c Convention) tell(command Command, t Target) Command {
	ip, port := t.Addr.Addr().String(), strconv.Itoa(int(t.Addr.Port()))
	vip, vport := virtual(t.VIP)
	command.Env = slices.Concat(command.Env, []string{
		"LUAVS_ADDR=" + t.Addr.String(),
		"LUAVS_IP=" + ip,
		"LUAVS_PORT=" + port,
		"LUAVS_SERVER=" + t.called(),
		"LUAVS_WEIGHT=" + strconv.Itoa(t.Weight),
		"LUAVS_SERVICE=" + t.Service,
		"LUAVS_VIP=" + vip,
		"LUAVS_VPORT=" + vport,
	})
	switch c {
	case LdirectordConvention:
		if t.FWMark > 0 {
			vip = fmt.Sprint(t.FWMark)
		}
	case HAProxyConvention:
		if !t.VIP.IsValid() {
			vip, vport = "NOT_USED", "NOT_USED"
		}
		command.Env = append(command.Env,
			"HAPROXY_PROXY_NAME="+t.Service, "HAPROXY_PROXY_ADDR="+vip, "HAPROXY_PROXY_PORT="+vport,
			"HAPROXY_SERVER_NAME="+t.called(), "HAPROXY_SERVER_ADDR="+ip, "HAPROXY_SERVER_PORT="+port)
	default:
		return command
	}
	command.Args = slices.Concat(command.Args, []string{vip, vport, ip, port})
	return command
}

// virtual is the address and port of a virtual server as text; both are empty
// for a firewall mark.
func virtual(a netip.AddrPort) (ip, port string) {
	if !a.IsValid() {
		return "", ""
	}
	return a.Addr().String(), strconv.Itoa(int(a.Port()))
}

// called is the name of a server, or its address if it has none.
func (t Target) called() string {
	if t.Name == "" {
		return t.Addr.String()
	}
	return t.Name
}
