package servertest

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// NSD starts a real name server, over UDP and TCP, for zones: their text by
// their name. A zone without a text cannot be read, and is answered SERVFAIL.
func NSD(t testing.TB, zones map[string]string) netip.AddrPort {
	t.Helper()
	s := New(t, Nobody)
	var conf strings.Builder
	conf.WriteString(`
server:
  ip-address: 127.0.0.1@PORT
  username: ""
  rrl-ratelimit: 0
  database: ""
  zonesdir: DIR
  xfrdir: DIR
  pidfile: DIR/pid
  logfile: DIR/log
  xfrdfile: DIR/xfrd
  zonelistfile: DIR/zones
remote-control:
  control-enable: no
`)
	for name, text := range zones {
		fmt.Fprintf(&conf, "zone:\n  name: %s\n  zonefile: %s.zone\n", name, name)
		if text != "" {
			s.Write(name+".zone", text)
		}
	}
	s.Write("nsd.conf", conf.String())
	s.Start("nsd", "/usr/sbin/nsd -d -c DIR/nsd.conf", s.Listening)
	return s.Addr
}
