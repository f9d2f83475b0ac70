package luaapi

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// explainAddr says what is wrong with the text of an address and port that
// parseServer refuses, and what to write instead.
func explainAddr(text string) error {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		return fmt.Errorf("want an address with a port such as %q, got %q", netip.AddrPortFrom(ip, 80).String(), text)
	}
	host, port, err := net.SplitHostPort(text)
	switch {
	case err != nil && isName(text):
		return fmt.Errorf(`want an address and port such as "10.0.0.1:80", got %q: names are not resolved`, text)
	case err != nil:
		return fmt.Errorf(`want an address and port such as "10.0.0.1:80" or "[2001:db8::1]:80", got %q`, text)
	case isName(host):
		return fmt.Errorf("want an address, got %q: names are not resolved", host)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("want a port from 0 to 65535, got %q", port)
	}
	return fmt.Errorf(`want an address such as "10.0.0.1" or "2001:db8::1", got %q`, host)
}

// isName tells whether text looks like a host's name rather than an address.
func isName(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r >= 'g' && r <= 'z' || r >= 'G' && r <= 'Z' }) &&
		!strings.ContainsAny(text, " %/")
}

// parseServer reads an address and port in a policy's text.
func parseServer(text string) (netip.AddrPort, error) {
	addr, err := netip.ParseAddrPort(text)
	if err != nil || addr.Addr().Zone() != "" {
		return netip.AddrPort{}, explainAddr(text)
	}
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), nil
}
