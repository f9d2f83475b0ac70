package checks

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nginxTLS is a server that chooses its certificate by the name of the
// handshake; without one it shows that of the first site.
func nginxTLS(t testing.TB, ca *authority) netip.AddrPort {
	t.Helper()
	dir, now := t.TempDir(), time.Now()
	day := 24 * time.Hour
	var sites strings.Builder
	add := func(site string, template *x509.Certificate, byItself bool) {
		path := ca.issue(t, dir, site, template, byItself)
		fmt.Fprintf(&sites, "server { listen LISTEN ssl; server_name %s; ssl_certificate %s.crt;"+
			" ssl_certificate_key %s.key; location / { return 200 \"$host $ssl_server_name\"; } }\n", site, path, path)
	}
	add("127.0.0.1", certificateFor("127.0.0.1", now.Add(-day), now.Add(day)), false)
	add("good.example", certificateFor("good.example", now.Add(-day), now.Add(day)), false)
	add("expired.example", certificateFor("expired.example", now.Add(-2*day), now.Add(-day)), false)
	add("early.example", certificateFor("early.example", now.Add(day), now.Add(2*day)), false)
	add("wrong.example", certificateFor("other.example", now.Add(-day), now.Add(day)), false)
	add("self.example", certificateFor("self.example", now.Add(-day), now.Add(day)), true)
	return nginx(t, sites.String())
}

func TestHTTPSWithNginx(t *testing.T) {
	ca := newAuthority(t)
	addr := nginxTLS(t, ca)
	secure := func(host, serverName string) HTTP {
		return HTTP{TLS: true, Host: host, TLSSettings: TLSSettings{ServerName: serverName, RootCAs: ca.pem()}}
	}
	tests := []struct {
		name string
		set  HTTP
		want Result
	}{
		{"a good certificate", secure("good.example", ""), pass},
		{"the address is in the certificate", secure("", ""), pass},
		{"a port in the Host header is no part of the name", secure("good.example:443", ""), pass},
		{"the name of the certificate apart from the Host header", HTTP{TLS: true, Host: "www.example.org",
			TLSSettings: TLSSettings{ServerName: "good.example", RootCAs: ca.pem()}, BodyContains: "www.example.org good.example"}, pass},
		{"expired", secure("expired.example", ""),
			fail(TLS, "certificate: x509: certificate has expired or is not yet valid: current time")},
		{"not yet valid", secure("early.example", ""),
			fail(TLS, "certificate: x509: certificate has expired or is not yet valid: current time")},
		{"for another name", secure("wrong.example", ""),
			fail(TLS, "certificate: x509: certificate is valid for other.example, not wrong.example")},
		{"signed by itself", secure("self.example", ""),
			fail(TLS, "certificate: x509: certificate signed by unknown authority")},
		{"an authority that this machine does not know", HTTP{TLS: true, Host: "good.example"},
			fail(TLS, "certificate: x509: certificate signed by unknown authority")},
		{"an expired certificate where none is verified",
			HTTP{TLS: true, Host: "expired.example", TLSSettings: TLSSettings{InsecureSkipVerify: true}}, pass},
		{"plain HTTP to a TLS port", HTTP{}, fail(Status, "status 400, want 200-299")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newHTTP(t, tt.set)
			leavesNothing(t, func() {
				end := expectBut(t, ask(t, c, addr, long), tt.want)
				if end.IsZero() == tt.set.TLS {
					t.Errorf("the certificate ends %v", end)
				}
			})
		})
	}
}

func TestTLSHandshakesThatMisbehave(t *testing.T) {
	tests := []struct {
		name   string
		server func(*net.TCPConn)
		limit  time.Duration
		want   Result
	}{
		{"stalls after the ClientHello", hold, short, fail(Timeout, "no answer within 400ms (connected)")},
		{"closes after the ClientHello", says("", closes), long, fail(TLS, "TLS handshake: the server closed")},
		{"resets after the ClientHello", says("", reset), long, fail(Refused, "connection reset by peer (connected)")},
		{"speaks HTTP", says("HTTP/1.1 400 Bad Request\r\n\r\n", closes), long,
			fail(TLS, "TLS handshake: first record does not look like a TLS handshake")},
		{"sends an alert", says("\x15\x03\x01\x00\x02\x02\x28", closes), long,
			fail(TLS, "TLS handshake: remote error: handshake failure")},
		{"sends a handshake without end", greets("", endless("\x16\x03\x03\x40\x00"+strings.Repeat("x", 1<<14))), long,
			fail(TLS, "TLS handshake: handshake message of length 7895160 bytes exceeds maximum of 65536 bytes")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := serve(t, tt.server)
			c := newHTTP(t, HTTP{TLS: true})
			leavesNothing(t, func() { expect(t, ask(t, c, addr, tt.limit), tt.want) })
		})
	}
}

// serveTLS runs handle behind the handshake of a real TLS server.
func serveTLS(t testing.TB, config *tls.Config, handle func(*tls.Conn)) netip.AddrPort {
	t.Helper()
	ca := newAuthority(t)
	path := ca.issue(t, t.TempDir(), "server", certificateFor("127.0.0.1", time.Now(), time.Now().Add(time.Hour)), false)
	pair, err := tls.LoadX509KeyPair(path+".crt", path+".key")
	if err != nil {
		t.Fatal(err)
	}
	config.Certificates = []tls.Certificate{pair}
	return serve(t, func(c *net.TCPConn) { handle(tls.Server(c, config)) })
}

var anyCertificate = HTTP{TLS: true, TLSSettings: TLSSettings{InsecureSkipVerify: true}}

// With TLS 1.3 the client learns only after its handshake that it was refused.
func TestTheServerWantsAClientCertificate(t *testing.T) {
	addr := serveTLS(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert}, func(c *tls.Conn) {
		c.Handshake()
		c.CloseWrite()
		hold(c.NetConn().(*net.TCPConn))
	})
	expectBut(t, ask(t, newHTTP(t, anyCertificate), addr, long), fail(TLS, "TLS: remote error: certificate required"))
}

func TestTheServerStallsAfterTheHandshake(t *testing.T) {
	addr := serveTLS(t, &tls.Config{}, func(c *tls.Conn) {
		c.Handshake()
		hold(c.NetConn().(*net.TCPConn))
	})
	c := newHTTP(t, anyCertificate)
	leavesNothing(t, func() {
		expectBut(t, ask(t, c, addr, short),
			fail(Timeout, "no answer within 400ms (connected, TLS handshake done, request sent)"))
	})
}

// A server that wants a certificate of ours takes the right one only, over
// either version.
func TestClientCertificatesWithNginx(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	dir, now := t.TempDir(), time.Now()
	issue := func(a *authority, name string) string {
		template := certificateFor(name, now.Add(-time.Hour), now.Add(time.Hour))
		return a.issue(t, dir, name, template, false)
	}
	server := issue(ca, "127.0.0.1")
	write(t, filepath.Join(dir, "ca.crt"), ca.pem())
	addr := nginx(t, fmt.Sprintf("server { listen LISTEN ssl http2; ssl_certificate %s.crt; ssl_certificate_key %s.key;"+
		" ssl_client_certificate %s; ssl_verify_client on; location / { return 200 \"$ssl_client_s_dn $server_protocol\"; } }",
		server, server, filepath.Join(dir, "ca.crt")))
	read := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	with := func(path string) TLSSettings {
		return TLSSettings{RootCAs: ca.pem(), Certificate: read(path + ".crt"), Key: read(path + ".key")}
	}
	tests := []struct {
		name    string
		set     TLSSettings
		version HTTPVersion
		want    Result
	}{
		{"the right one", with(issue(ca, "probe")), HTTP11, pass},
		{"the right one over HTTP/2", with(issue(ca, "probe")), HTTP2, pass},
		{"none", TLSSettings{RootCAs: ca.pem()}, HTTP11, fail(Status, "status 400, want 200-299")},
		{"one of another authority", with(issue(other, "stranger")), HTTP11, fail(Status, "status 400, want 200-299")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newHTTP(t, HTTP{TLS: true, TLSSettings: tt.set, Version: tt.version, BodyContains: "CN=probe"})
			leavesNothing(t, func() { expectBut(t, ask(t, c, addr, long), tt.want) })
		})
	}
}

// A certificate that ends soon is told before it does.
func TestCertificatesThatEndSoonOverHTTP(t *testing.T) {
	ca := newAuthority(t)
	addr := nginxTLS(t, ca)
	for _, tt := range []struct {
		warn, fail time.Duration
		want       Outcome
	}{
		{10 * time.Minute, 0, Pass}, {2 * time.Hour, 10 * time.Minute, Degraded}, {4 * time.Hour, 2 * time.Hour, Fail},
	} {
		settings := ca.named("good.example")
		settings.WarnBefore, settings.FailBefore = tt.warn, tt.fail
		c := newHTTP(t, HTTP{TLS: true, TLSSettings: settings, Reuse: true})
		for range 2 { // the second time on the same connection
			res := ask(t, c, addr, long)
			if res.Outcome != tt.want || tt.want != Pass && (res.Cause != TLS || !strings.HasPrefix(res.Reason, "certificate ends ")) {
				t.Errorf("warn before %v, fail before %v: %+v", tt.warn, tt.fail, res)
			}
		}
		c.Close()
	}
}
