package luaapi

import (
	"math"
	"net/netip"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readRoute reads whom a check asks, and which way, if that is not the server
// by the way the kernel knows. A route with mistakes is read as none.
func readRoute(f *args.Fields) checks.Route {
	route := readHostRoute(f)
	route.Port = uint16(f.Int("port", 0, 1, math.MaxUint16))
	return route
}

// readHostRoute reads the route of a check of a host, which has no port.
func readHostRoute(f *args.Fields) checks.Route {
	route := readOutgoing(f)
	route.Addr = readProbeIP(f, "addr")
	if noteSettings(f, route.Mistakes()) {
		return checks.Route{}
	}
	return route
}

// readOutgoing reads how packets leave this machine.
func readOutgoing(f *args.Fields) checks.Route {
	return checks.Route{
		Source:    readProbeIP(f, "source"),
		Interface: f.String("interface", ""),
		Mark:      uint32(f.Int("mark", 0, 1, math.MaxUint32)),
	}
}

// readProbeIP reads an address without a port.
func readProbeIP(f *args.Fields, name string) netip.Addr {
	text := f.String(name, "")
	if text == "" {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		f.Mistake(name, `want an address such as "10.0.0.1" (the port is a field of its own), got %q`, text)
		return netip.Addr{}
	}
	return addr.Unmap()
}

// readThrough reads the address of an HTTP proxy, with its port.
func readThrough(f *args.Fields) netip.AddrPort {
	text := f.String("through", "")
	if text == "" {
		return netip.AddrPort{}
	}
	addr, err := netip.ParseAddrPort(text)
	if err != nil || addr.Addr().Zone() != "" {
		f.Mistake("through", `want an address with a port such as "10.0.0.5:3128", got %q`, text)
	}
	return addr
}
