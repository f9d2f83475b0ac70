package checks

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"luavs/checks/servertest"
)

// nginx runs the real server with the given server blocks, in which LISTEN
// stands for its address, until the test ends.
func nginx(t testing.TB, servers string) netip.AddrPort {
	t.Helper()
	s := servertest.New(t, servertest.Root) // whose the files of TLS are
	var temp strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path DIR/%s;\n", kind, kind)
	}
	s.Write("nginx.conf", "daemon off; master_process off; pid nginx.pid; error_log stderr;\n"+
		"events { worker_connections 512; }\n"+
		"http { access_log off; default_type text/plain; root DIR;\n"+temp.String()+strings.ReplaceAll(servers, "LISTEN", "ADDR")+"}\n")
	s.Start("nginx-light", "/usr/sbin/nginx -p DIR -c DIR/nginx.conf -e stderr", s.Listening)
	return s.Addr
}
