package checks

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"luavs/checks/servertest"
)

func TestThroughAProxy(t *testing.T) {
	ca := newAuthority(t)
	web, secure := nginx(t, nginxSites), nginxTLS(t, ca)
	proxy := servertest.Tinyproxy(t, "BasicAuth luavs secret")
	login := Auth{User: "luavs", Password: "secret"}
	overTLS := TLSSettings{RootCAs: ca.pem()}
	closed := servertest.Port(t)
	tests := []struct {
		name  string
		asked netip.AddrPort
		set   HTTP
		want  Result
	}{
		{"HTTP through it", web, HTTP{Through: proxy, ProxyAuth: login, Status: mustParse(t, "404"), BodyContains: "no such site"}, pass},
		{"HTTPS through it", secure, HTTP{Through: proxy, ProxyAuth: login, TLS: true, TLSSettings: overTLS, Host: "good.example"}, pass},
		{"HTTP without its password", web, HTTP{Through: proxy}, fail(Status, "status 407, want 200-299")},
		{"HTTPS without its password", secure, HTTP{Through: proxy, TLS: true, TLSSettings: overTLS},
			fail(Status, "the proxy answers CONNECT with status 407")},
		{"HTTPS with another password", secure, HTTP{Through: proxy, TLS: true, ProxyAuth: Auth{User: "luavs", Password: "guess"}},
			fail(Status, "the proxy answers CONNECT with status 401")},
		{"the server is down behind it", closed, HTTP{Through: proxy, ProxyAuth: login, TLS: true},
			fail(Status, "the proxy answers CONNECT with status 500")},
		{"the proxy is down", web, HTTP{Through: closed}, fail(Refused, "connection refused")},
		{"a certificate for another name behind it", secure, HTTP{Through: proxy, ProxyAuth: login, TLS: true, TLSSettings: overTLS, Host: "wrong.example"},
			fail(TLS, "certificate: x509: certificate is valid for other.example, not wrong.example")},

		{"the server is a proxy, HTTP", proxy, HTTP{ProxyFor: web.String(), ProxyAuth: login, Status: mustParse(t, "404"), BodyContains: "no such site"}, pass},
		{"the server is a proxy, HTTPS", proxy, HTTP{ProxyFor: secure.String(), ProxyAuth: login, TLS: true, TLSSettings: overTLS}, pass},
		{"the server is a proxy, of a server that is down", proxy, HTTP{ProxyFor: closed.String(), ProxyAuth: login},
			fail(Status, "status 500, want 200-299")},
		{"HTTP/2 through it", secure, HTTP{Through: proxy, ProxyAuth: login, TLS: true, TLSSettings: overTLS, Host: "good.example", Version: HTTP2},
			fail(TLS, "TLS handshake: remote error: no application protocol")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newHTTP(t, tt.set)
			leavesNothing(t, func() { expectBut(t, ask(t, c, tt.asked, long), tt.want) })
		})
	}
}

func TestProxiesThatMisbehave(t *testing.T) {
	tests := []struct {
		name   string
		server func(*net.TCPConn)
		want   Result
	}{
		{"stalls", hold, fail(Timeout, "no answer within 400ms (connected, CONNECT sent)")},
		{"closes", says("", closes), fail(Protocol, "the server closed without an answer")},
		{"resets", says("", reset), fail(Refused, "connection reset by peer (connected, CONNECT sent)")},
		{"sends headers without end", greets(ok, endless("X: y\r\n")), fail(Protocol, "header: more than 65536 bytes")},
		{"stalls behind its answer", says(ok+"\r\n", hold), fail(Timeout, "no answer within 400ms (connected, CONNECT sent, tunnel open)")},
		{"sends more than its answer", says(ok+"\r\nmore", hold), fail(Protocol, "the proxy sends more than its answer to CONNECT")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, closed := newHTTP(t, HTTP{TLS: true, Through: serve(t, tt.server)}), servertest.Port(t)
			leavesNothing(t, func() { expect(t, ask(t, c, closed, short), tt.want) })
		})
	}
}

// HAProxy and nginx want the header on each connection, before a handshake too.
func TestHTTPWithTheProxyProtocol(t *testing.T) {
	ca := newAuthority(t)
	path := ca.issue(t, t.TempDir(), "server", certificateFor("127.0.0.1", ca.cert.NotBefore, ca.cert.NotAfter), false)
	secure := nginx(t, fmt.Sprintf("server { listen LISTEN ssl http2 proxy_protocol; ssl_certificate %s.crt;"+
		" ssl_certificate_key %s.key; location / { return 200 \"ready $server_protocol\"; } }", path, path))
	balancer := haproxy(t)
	for _, version := range []ProxyProtocol{ProxyV1, ProxyV2} {
		expect(t, ask(t, newHTTP(t, HTTP{Proxy: version, BodyContains: "ready"}), balancer, long), pass)
		for _, h := range []HTTPVersion{HTTP11, HTTP2} {
			set := HTTP{Proxy: version, TLS: true, Version: h, TLSSettings: TLSSettings{RootCAs: ca.pem()}, BodyContains: "ready"}
			expectBut(t, ask(t, newHTTP(t, set), secure, long), pass)
		}
	}
}
