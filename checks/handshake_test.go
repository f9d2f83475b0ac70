package checks

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"luavs/checks/servertest"
)

func newHandshake(t testing.TB, set Handshake) *HandshakeCheck {
	t.Helper()
	c, err := NewHandshake(set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// named asks for the certificate of a name.
func (a *authority) named(name string) TLSSettings {
	return TLSSettings{ServerName: name, RootCAs: a.pem()}
}

// expectBut is expect for a result with the end of a certificate, which it
// returns, and for a reason that may go on.
func expectBut(t *testing.T, got, want Result) time.Time {
	t.Helper()
	end := got.Expires
	got.Expires = time.Time{}
	if want.Reason != "" && strings.HasPrefix(got.Reason, want.Reason) {
		got.Reason = want.Reason
	}
	expect(t, got, want)
	return end
}

func TestHandshakeWithNginx(t *testing.T) {
	ca := newAuthority(t)
	addr := nginxTLS(t, ca)
	unverified := TLSSettings{ServerName: "expired.example", InsecureSkipVerify: true}
	day := 24 * time.Hour
	tests := []struct {
		name string
		set  TLSSettings
		want Result
		ends time.Duration // from now
	}{
		{"a good certificate; its authority ends before it", ca.named("good.example"), passing("TLS handshake done"), time.Hour},
		{"the address is in the certificate", ca.named(""), pass, time.Hour},
		{"expired", ca.named("expired.example"), fail(TLS, "certificate: x509: certificate has expired"), -day},
		{"not yet valid", ca.named("early.example"), fail(TLS, "certificate: x509: certificate has expired or is not yet valid"), 2 * day},
		{"for another name", ca.named("wrong.example"),
			fail(TLS, "certificate: x509: certificate is valid for other.example, not wrong.example"), day},
		{"signed by itself", ca.named("self.example"), fail(TLS, "certificate: x509: certificate signed by unknown authority"), day},
		{"of an authority that this machine does not know", TLSSettings{ServerName: "good.example"},
			fail(TLS, "certificate: x509: certificate signed by unknown authority"), day},
		{"expired where none is verified", unverified, pass, -day},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newHandshake(t, Handshake{TLSSettings: tt.set})
			leavesNothing(t, func() {
				end := expectBut(t, ask(t, c, addr, long), tt.want)
				if off := time.Until(end) - tt.ends; off < -time.Minute || off > time.Minute {
					t.Errorf("ends %v, want %v from now", end, tt.ends)
				}
			})
		})
	}
}

func TestTheEndOfACertificateIsJudged(t *testing.T) {
	ca := newAuthority(t)
	addr := nginxTLS(t, ca)
	hours := func(warn, fail int) Handshake {
		set := ca.named("good.example")
		set.WarnBefore, set.FailBefore = time.Duration(warn)*time.Hour, time.Duration(fail)*time.Hour
		return Handshake{TLSSettings: set}
	}
	degraded := Result{Outcome: Degraded, Cause: TLS, Reason: "certificate ends 20"}
	for _, tt := range []struct {
		name       string
		warn, fail int
		want       Result
	}{
		{"no limit", 0, 0, pass},
		{"a warning in time", 48, 0, degraded},
		{"a warning before the end of tolerance", 72, 48, fail(TLS, "certificate ends 20")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expectBut(t, ask(t, newHandshake(t, hours(tt.warn, tt.fail)), addr, long), tt.want)
		})
	}
	limit := &tlsClient{warnBefore: 14 * 24 * time.Hour, failBefore: 2 * 24 * time.Hour}
	for left, want := range map[time.Duration]Outcome{
		15 * 24 * time.Hour: Pass, 13 * 24 * time.Hour: Degraded, 3 * 24 * time.Hour: Degraded, 47 * time.Hour: Fail, -time.Hour: Fail,
	} {
		r := start(t.Context())
		r.reach("TLS handshake done")
		var res Result
		if err := limit.judgeEnd(r, time.Now().Add(left)); err != nil {
			res = r.failed(err)
		} else {
			res = r.passed()
		}
		if res.Outcome != want || res.Expires.IsZero() {
			t.Errorf("%v before the end: %+v, want %v", left, res, want)
		}
	}
}

func TestWhatAHandshakeAgreesOn(t *testing.T) {
	anyOf := func(change func(*TLSSettings)) TLSSettings {
		set := TLSSettings{InsecureSkipVerify: true}
		change(&set)
		return set
	}
	old := &tls.Config{MaxVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	none := &tls.Config{}
	tests := []struct {
		name   string
		server *tls.Config
		set    TLSSettings
		want   Result
	}{
		{"a protocol that both know", old, anyOf(func(s *TLSSettings) { s.ALPN = []string{"imap", "h2"} }), pass},
		{"no protocol that both know", old, anyOf(func(s *TLSSettings) { s.ALPN = []string{"imap"} }),
			fail(TLS, "TLS handshake: remote error: no application protocol")},
		{"a server without ALPN", none, anyOf(func(s *TLSSettings) { s.ALPN = []string{"h2"} }),
			fail(TLS, `ALPN: the server chose none of ["h2"]`)},
		{"a version too old", old, anyOf(func(s *TLSSettings) { s.MinVersion = tls.VersionTLS13 }),
			fail(TLS, "TLS handshake: remote error: protocol version not supported")},
		{"a version that will do", old, anyOf(func(s *TLSSettings) { s.MinVersion = tls.VersionTLS10 }), pass},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := serveTLS(t, tt.server.Clone(), func(c *tls.Conn) {
				c.Handshake()
				hold(c.NetConn().(*net.TCPConn))
			})
			expectBut(t, ask(t, newHandshake(t, Handshake{TLSSettings: tt.set}), addr, long), tt.want)
		})
	}
}

// own is the settings with a certificate of the check's own.
func (a *authority) own(t testing.TB, set TLSSettings) TLSSettings {
	t.Helper()
	template := certificateFor("client", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	path := a.issue(t, t.TempDir(), "client", template, false)
	crt, err := os.ReadFile(path + ".crt")
	key, err2 := os.ReadFile(path + ".key")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	set.Certificate, set.Key = crt, key
	return set
}

// With TLS 1.3 a client learns only after its handshake that it was refused.
func TestTheHandshakeCheckShowsACertificate(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	accepted := x509.NewCertPool()
	accepted.AddCert(ours.cert)
	blank := TLSSettings{InsecureSkipVerify: true}
	for _, tt := range []struct {
		name    string
		version uint16
		set     TLSSettings
		want    Result
	}{
		{"the right one, TLS 1.3", tls.VersionTLS13, ours.own(t, blank), passing("client certificate accepted")},
		{"the right one, TLS 1.2", tls.VersionTLS12, ours.own(t, blank), passing("TLS handshake done")},
		{"none, TLS 1.3", tls.VersionTLS13, blank, fail(TLS, "TLS: remote error: certificate required")},
		{"none, TLS 1.2", tls.VersionTLS12, blank, fail(TLS, "TLS handshake: remote error: ")},
		{"another's, TLS 1.3", tls.VersionTLS13, others.own(t, blank), fail(TLS, "TLS: remote error: unknown certificate authority")},
		{"another's, TLS 1.2", tls.VersionTLS12, others.own(t, blank), fail(TLS, "TLS handshake: remote error: ")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: accepted, MaxVersion: tt.version}
			addr := serveTLS(t, config, func(c *tls.Conn) {
				c.Handshake()
				io.Copy(io.Discard, c)
				c.CloseWrite()
				hold(c.NetConn().(*net.TCPConn))
			})
			c := newHandshake(t, Handshake{TLSSettings: tt.set})
			leavesNothing(t, func() { expectBut(t, ask(t, c, addr, long), tt.want) })
		})
	}
}

func TestHandshakesThatGoWrong(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server func(*net.TCPConn)
		limit  time.Duration
		want   Result
	}{
		{"stalls", hold, short, fail(Timeout, "no answer within 400ms (connected)")},
		{"stalls amid its first record", says("\x16\x03\x03\x40\x00\x02", hold), short, fail(Timeout, "no answer within 400ms (connected)")},
		{"closes", says("", closes), long, fail(TLS, "TLS handshake: the server closed")},
		{"resets", says("", reset), long, fail(Refused, "connection reset by peer (connected)")},
		{"is a plain text server", greets("220 mail ESMTP\r\n", hold), long,
			fail(TLS, "TLS handshake: first record does not look like a TLS handshake")},
		{"sends without end", endless("\x16\x03\x03\x40\x00" + strings.Repeat("x", 1<<14)), long, fail(TLS, "TLS handshake: ")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr, c := serve(t, tt.server), newHandshake(t, Handshake{})
			leavesNothing(t, func() { expectBut(t, ask(t, c, addr, tt.limit), tt.want) })
		})
	}
	expect(t, ask(t, newHandshake(t, Handshake{}), servertest.Port(t), long), fail(Refused, "connection refused"))
}

func TestConversationOverTLS(t *testing.T) {
	addr := serveTLS(t, &tls.Config{}, func(c *tls.Conn) {
		io.WriteString(c, "* OK ready\r\n")
		io.Copy(io.Discard, c)
	})
	set := Handshake{TLSSettings: TLSSettings{InsecureSkipVerify: true}}
	set.Steps = stepsOf(t, "* OK")
	expectBut(t, ask(t, newHandshake(t, set), addr, long), passing("answer as expected"))
	set.Steps = stepsOf(t, "* OK", ">NOOP\r\n", "done")
	expectBut(t, ask(t, newHandshake(t, set), addr, short), fail(Timeout, "no answer within 400ms (connected, TLS handshake done, step 2 of 3 done"))
}

func TestHandshakeBehindAProxyHeader(t *testing.T) {
	ca := newAuthority(t)
	path := ca.issue(t, t.TempDir(), "site", certificateFor("127.0.0.1", time.Now(), time.Now().Add(time.Hour)), false)
	addr := nginx(t, "server { listen LISTEN ssl proxy_protocol; ssl_certificate "+path+".crt; ssl_certificate_key "+path+".key; }")
	for _, version := range []ProxyProtocol{ProxyV1, ProxyV2} {
		expectBut(t, ask(t, newHandshake(t, Handshake{TLSSettings: ca.named(""), Proxy: version}), addr, long), pass)
	}
	without := ask(t, newHandshake(t, Handshake{TLSSettings: ca.named("")}), addr, long)
	if without.Outcome != Fail || !without.Expires.IsZero() {
		t.Errorf("without a header: %+v", without)
	}
}

func TestMistakesOfHandshakes(t *testing.T) {
	ca := newAuthority(t)
	own := ca.own(t, TLSSettings{})
	for _, tt := range []struct {
		want string // the beginning
		set  Handshake
	}{
		{"interface ", Handshake{Route: Route{Interface: strings.Repeat("x", 16)}}},
		{"source ", Handshake{Route: Route{Addr: netip.MustParseAddr("::1"), Source: netip.MustParseAddr("127.0.0.1")}}},
		{"server_name ", Handshake{TLSSettings: TLSSettings{ServerName: "a b"}}},
		{"roots: want PEM", Handshake{TLSSettings: TLSSettings{RootCAs: []byte("x")}}},
		{"roots: want PEM", Handshake{TLSSettings: TLSSettings{RootCAs: []byte(" ")}}},
		{"roots: want PEM", Handshake{TLSSettings: TLSSettings{RootCAs: own.Key}}},
		{"roots: x509: ", Handshake{TLSSettings: TLSSettings{RootCAs: certificatePEM([]byte("x"))}}},
		{"key: ", Handshake{TLSSettings: TLSSettings{Certificate: own.Certificate}}},
		{"certificate: ", Handshake{TLSSettings: TLSSettings{Key: own.Key}}},
		{"certificate: tls: ", Handshake{TLSSettings: TLSSettings{Certificate: ca.pem(), Key: own.Key}}},
		{"alpn ", Handshake{TLSSettings: TLSSettings{ALPN: []string{""}}}},
		{"min_version ", Handshake{TLSSettings: TLSSettings{MinVersion: 1}}},
		{"warn_before ", Handshake{TLSSettings: TLSSettings{WarnBefore: 1, FailBefore: 1}}},
		{"fail_before ", Handshake{TLSSettings: TLSSettings{FailBefore: -1}}},
		{"proxy_protocol ", Handshake{Proxy: "v3"}},
	} {
		if _, err := NewHandshake(tt.set); err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one mistake that begins with %s", err, tt.want)
		}
	}
}

func TestHandshakeIdentity(t *testing.T) {
	for want, set := range map[string]Handshake{
		"tls": {},
		"tls port=993 server_name=a.example verify=false alpn=imap min_version=\"TLS 1.3\" warn_before=336h0m0s fail_before=24h0m0s": {
			Route: Route{Port: 993}, TLSSettings: TLSSettings{ServerName: "a.example", InsecureSkipVerify: true, ALPN: []string{"imap"},
				MinVersion: tls.VersionTLS13, WarnBefore: 336 * time.Hour, FailBefore: 24 * time.Hour}},
		"tls proxy_protocol=v2 step expect=OK": {Proxy: ProxyV2, Steps: []Step{{Expect: []byte("OK")}}},
	} {
		if got := newHandshake(t, set).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	own := newAuthority(t).own(t, TLSSettings{})
	if got := newHandshake(t, Handshake{TLSSettings: own}).String(); strings.Contains(got, "BEGIN") || !strings.Contains(got, " key=sha256:") {
		t.Errorf("a key is no part of %s", got)
	}
}
