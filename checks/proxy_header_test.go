package checks

import (
	"net"
	"net/netip"
	"testing"

	"luavs/checks/servertest"
)

// haproxy is a real server that wants a PROXY header on each connection.
func haproxy(t testing.TB) netip.AddrPort {
	t.Helper()
	s := servertest.New(t, servertest.Nobody)
	s.Write("haproxy.cfg", `
defaults
  mode http
  timeout client 10s
frontend web
  bind ADDR accept-proxy
  http-request return status 200 content-type text/plain string ready
`)
	s.Start("haproxy", "/usr/sbin/haproxy -db -f DIR/haproxy.cfg", s.Listening)
	return s.Addr
}

func TestServersTakeTheProxyHeader(t *testing.T) {
	ask200 := TCP{Send: []byte("GET / HTTP/1.0\r\n\r\n"), Expect: []byte(" 200 ")}
	servers := map[string]netip.AddrPort{
		"haproxy": haproxy(t),
		"nginx":   nginx(t, "server { listen LISTEN proxy_protocol; location / { return 200 ready; } }"),
	}
	for name, addr := range servers {
		for _, version := range []ProxyProtocol{ProxyV1, ProxyV2} {
			t.Run(name+" takes "+string(version), func(t *testing.T) {
				check := ask200
				check.Proxy = version
				leavesNothing(t, func() { expect(t, ask(t, check, addr, long), passing("answer as expected")) })
			})
		}
		t.Run(name+" wants it", func(t *testing.T) {
			if res := ask(t, ask200, addr, long); res.Outcome != Fail || res.Cause != Body && res.Cause != Refused {
				t.Errorf("without a header: %+v", res)
			}
		})
	}
}

// The header comes first and says that nobody is behind it.
func TestTheProxyHeaderIsThatOfAProxysOwnConnection(t *testing.T) {
	for version, want := range map[ProxyProtocol]string{
		"":      "",
		ProxyV1: "PROXY UNKNOWN\r\n",
		ProxyV2: "\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a\x20\x00\x00\x00",
	} {
		got := make(chan string, 1)
		addr := serve(t, func(c *net.TCPConn) {
			data := make([]byte, len(want)+1)
			n := 0
			for n < len(data) {
				m, err := c.Read(data[n:])
				if err != nil {
					break
				}
				n += m
			}
			got <- string(data[:n])
			c.Write([]byte("ok"))
			hold(c)
		})
		check := TCP{Proxy: version, Send: []byte("!"), Expect: []byte("ok")}
		expect(t, ask(t, check, addr, long), pass)
		if got := <-got; got != want+"!" {
			t.Errorf("%q: sent %q, want %q", version, got, want+"!")
		}
	}
	if err := ProxyProtocol("v3").mistake(); err == nil {
		t.Error("v3 is taken")
	}
}
