package servertest

import (
	"net/netip"
	"testing"
)

// Tinyproxy starts a real forward proxy for HTTP, with more directives of its
// configuration.
func Tinyproxy(t testing.TB, directives string) netip.AddrPort {
	t.Helper()
	s := New(t, Nobody)
	s.Write("conf", "Listen 127.0.0.1\nPort PORT\nTimeout 10\nMaxClients 10\nDisableViaHeader Yes\n"+directives+"\n")
	s.Start("tinyproxy-bin", "/usr/bin/tinyproxy -d -c DIR/conf", s.Listening)
	return s.Addr
}
