package checks

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"luavs/checks/servertest"

	"golang.org/x/net/dns/dnsmessage"
)

// routed lists a check of each kind that connects, with a route.
func routed(t testing.TB, r Route) map[string]Check {
	t.Helper()
	return map[string]Check{
		"tcp":     TCP{Route: r, Send: []byte("x")},
		"tls":     newHandshake(t, Handshake{Route: r, TLSSettings: TLSSettings{InsecureSkipVerify: true}}),
		"http":    newHTTP(t, HTTP{Route: r}),
		"udp":     UDP{Route: r, Reply: true},
		"dns":     DNS{Route: r},
		"dns/tcp": DNS{Route: r, TCP: true},
	}
}

// routeServers are servers for the checks of routed. Each tells whom it has heard.
func routeServers(t testing.TB) (servers map[string]netip.AddrPort, heard chan netip.Addr) {
	t.Helper()
	heard = make(chan netip.Addr, 100)
	from := func(c net.Conn) { heard <- c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr() }
	answer := func(query []byte) []byte { return reply(t, query, func(*dnsmessage.Message) {}) }
	return map[string]netip.AddrPort{
		"tcp": serve(t, func(c *net.TCPConn) { from(c); hold(c) }),
		"tls": serveTLS(t, &tls.Config{}, func(c *tls.Conn) { from(c); c.Handshake(); hold(c.NetConn().(*net.TCPConn)) }),
		"http": serve(t, func(c *net.TCPConn) {
			from(c)
			http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, ok+"Content-Length: 0\r\n\r\n")
			closes(c)
		}),
		"udp": servertest.UDP(t, func(s *net.UDPConn, client netip.AddrPort, data []byte) {
			heard <- client.Addr()
			s.WriteToUDPAddrPort(data, client)
		}),
		"dns": servertest.UDP(t, func(s *net.UDPConn, client netip.AddrPort, data []byte) {
			heard <- client.Addr()
			s.WriteToUDPAddrPort(answer(data), client)
		}),
		"dns/tcp": serve(t, func(c *net.TCPConn) {
			from(c)
			query := make([]byte, 512)
			n, _ := c.Read(query)
			data := answer(query[2:n])
			c.Write(append([]byte{0, byte(len(data))}, data...))
			hold(c)
		}),
	}, heard
}

func TestServersSeeTheSource(t *testing.T) {
	servers, heard := routeServers(t)
	for _, source := range []string{"", "127.0.0.2", "::ffff:127.0.0.3"} {
		addr, _ := netip.ParseAddr(source)
		want := addr.Unmap()
		if source == "" {
			want = netip.MustParseAddr("127.0.0.1")
		}
		for kind, check := range routed(t, Route{Source: addr}) {
			expectBut(t, ask(t, check, servers[kind], long), pass)
			if got := <-heard; got.Unmap() != want {
				t.Errorf("%s: the server heard %v, want %v", kind, got, want)
			}
		}
	}
}

func TestASourceThatIsNotOurs(t *testing.T) {
	servers, _ := routeServers(t)
	checks := routed(t, Route{Source: netip.MustParseAddr("192.0.2.1")})
	checks["icmp"] = ICMP{Route: Route{Source: netip.MustParseAddr("192.0.2.1")}}
	servers["icmp"] = netip.MustParseAddrPort("127.0.0.1:0")
	for kind, check := range checks {
		t.Run(kind, func(t *testing.T) {
			expect(t, ask(t, check, servers[kind], long),
				unknown("cannot assign requested address: the source is no address of this machine, or no port is left (net.ipv4.ip_local_port_range)"))
		})
	}
}

func TestInterfaces(t *testing.T) {
	servers, _ := routeServers(t)
	servers["icmp"] = netip.MustParseAddrPort("127.0.0.1:0")
	for name, want := range map[string]Result{"lo": pass, "nosuch": unknown("interface nosuch: no such device")} {
		checks := routed(t, Route{Interface: name})
		checks["icmp"] = ICMP{Route: Route{Interface: name}}
		for kind, check := range checks {
			t.Run(kind+" over "+name, func(t *testing.T) {
				leavesNothing(t, func() { expectBut(t, ask(t, check, servers[kind], long), want) })
			})
		}
	}
}

func TestMistakesOfRoutesAreFoundByEachKind(t *testing.T) {
	for want, route := range map[string]Route{
		`interface "xxxxxxxxxxxxxxxx": want a name of at most 15 bytes`: {Interface: strings.Repeat("x", 16)},
		`source ::1: of another address family than 127.0.0.1`:          {Source: netip.IPv6Loopback(), Addr: netip.MustParseAddr("127.0.0.1")},
	} {
		_, https := NewHTTP(HTTP{Route: route})
		_, handshake := NewHandshake(Handshake{Route: route})
		for kind, err := range map[string]error{
			"tcp": TCP{Route: route}.Mistakes(), "http": https, "tls": handshake, "udp": UDP{Route: route}.Mistakes(),
			"dns": DNS{Route: route}.Mistakes(), "icmp": ICMP{Route: route}.Mistakes(),
		} {
			if err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", kind, err, want)
			}
		}
	}
}

// A source of another family than the server's is a mistake that shows only
// when the server is asked.
func TestASourceOfAnotherFamily(t *testing.T) {
	servers, _ := routeServers(t)
	for kind, check := range routed(t, Route{Source: netip.IPv6Loopback()}) {
		t.Run(kind, func(t *testing.T) {
			expect(t, ask(t, check, servers[kind], long), unknown("source ::1: of another address family than 127.0.0.1"))
		})
	}
}
