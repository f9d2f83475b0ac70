package luaapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"luavs/checks"
	"luavs/checks/servertest"
)

func TestTLS(t *testing.T) {
	cert, key := certificate(t)
	_, echo, _ := tlsServers(t, cert, key)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM([]byte(cert))
	strict := listener(t, func(c net.Conn) {
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted, NextProtos: []string{"x"}})
		io.Copy(s, s)
	})
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, []byte(cert), 0o600); err != nil {
		t.Fatal(err)
	}
	known := func(b *bench) {
		for name, value := range map[string]string{"echo": echo, "strict": strict, "cert": cert, "key": key, "file": file, "plain": says(t, "220 no TLS here\r\n")} {
			b.set(name, value)
		}
	}
	const good = `local trust = { server_name = "mail.example.org", roots = cert } `
	runScripts(t, known, []scriptCase{
		{name: "a conversation", script: good + `local c = tls.connect(echo, trust) c:send("hello\n") print(c:receive("line"), tostring(c):match("^connection to 127"))`, want: "hello\tconnection to 127"},
		{name: "roots in a file", script: `print(tls.connect(echo, { server_name = "mail.example.org", roots = file }) ~= nil)`, want: "true"},
		{name: "a certificate that nobody signed", script: `print((select(3, tls.connect(echo))))`, want: "tls"},
		{name: "a closed port", script: `print((select(3, tls.connect("127.0.0.1:1"))))`, want: "refused"},
		{name: "a certificate of ours", script: good + `trust.certificate, trust.key, trust.alpn = cert, key, "x" local c = tls.connect(strict, trust) c:send("hello\n") print(c:receive("line"))`, want: "hello"},
		{name: "none of ours", script: good + `local c = tls.connect(strict, trust) print((c:receive(1)))`, want: "nil"},
		{name: "a key without its certificate", script: `tls.connect(echo, { key = key })`, err: `tls.connect: field "certificate": the key is of no use without its certificate`},
		{name: "an old version", script: `tls.connect(echo, { min_version = "1.4" })`, err: `field "min_version": want "1.0", "1.1", "1.2" or "1.3"`},
		{name: "inspect", script: good + `local c = tls.inspect(echo, trust)
			print(c.valid, c.problem, c.names[1], c.serial, #c.sha256, c.version, c.days_left > 0 and c.days_left < 1, c.not_after - c.not_before, c.subject == c.issuer, #c.alpn)`,
			want: "true\tnil\tmail.example.org\t01\t64\t1.3\ttrue\t7200\ttrue\t0"},
		{name: "inspect what is not good", script: `local c = tls.inspect(echo) print(c.valid, c.problem:match("^x509: "), c.names[1])`, want: "false\tx509: \tmail.example.org"},
		{name: "inspect a server that wants more", script: `local c = tls.inspect(strict, { alpn = { "x" } }) print(c.names[1], c.alpn)`, want: "mail.example.org\tx"},
		{name: "inspect no TLS", script: `print((select(3, tls.inspect(plain))))`, want: "tls"},
		{name: "inspect takes any", script: `tls.inspect(echo, { verify = false })`, err: `field "verify": tls.inspect takes any certificate and says in valid and problem what it is good for`},
		{name: "no port", script: `tls.inspect("10.0.0.1")`, err: `tls.inspect: argument 1: want an address such as "10.0.0.1:25"`},
	})
}

// A web server that wants a certificate of its clients, and a proxy on the way.
func TestHTTPWithCertificatesAndAProxy(t *testing.T) {
	cert, key := certificate(t)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM([]byte(cert))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d %s", len(r.TLS.PeerCertificates), r.URL.RawQuery)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: trusted}
	server.StartTLS()
	t.Cleanup(server.Close)
	proxy := servertest.Tinyproxy(t, "BasicAuth luavs secret").String()
	withUser := (&url.URL{Scheme: "http", User: url.UserPassword("luavs", "secret"), Host: proxy}).String()
	known := func(b *bench) {
		for name, value := range map[string]string{"url": server.URL, "cert": cert, "key": key, "proxy": withUser, "closed": "http://" + proxy} {
			b.set(name, value)
		}
	}
	const good = `local o = { server_name = "mail.example.org", roots = cert } `
	runScripts(t, known, []scriptCase{
		{name: "roots", script: good + `print(http.get(url, o).body)`, want: "0 "},
		{name: "a certificate of ours", script: good + `o.certificate, o.key = cert, key print(http.get(url, o).body)`, want: "1 "},
		{name: "by way of a proxy", script: good + `o.proxy = proxy o.query = { a = { "1", "2" }, b = "3" } print(http.get(url, o).body)`, want: "0 a=1&a=2&b=3"},
		{name: "a proxy that lets nobody in", script: good + `o.proxy = closed local r, why = http.get(url, o) print(r, why:match("407") or why)`, want: "nil\tProxy Authentication Required"},
		{name: "nobody vouches", script: `print((select(3, http.get(url))))`, want: "tls"},
		{name: "a source that is none of ours", script: `print((select(3, http.get(url, { source = "192.0.2.1" }))))`, want: "local"},
		{name: "roots that are none", script: `http.get(url, { roots = "x" })`, err: `http.get: field "roots": want PEM blocks of CERTIFICATE only`},
		{name: "a proxy that is none", script: `http.get(url, { proxy = "10.0.0.1:3128" })`, err: `field "proxy": want an address such as "http://10.0.0.5:3128"`},
	})
}

// A list of a form's texts, and what an answer says of itself.
func TestHTTPFormsAndAnswers(t *testing.T) {
	runScripts(t, webServer(t, echo), []scriptCase{
		{name: "a form with lists", script: `print(http.post(url, { form = { a = { "1", "2" }, b = "x" } }).body:match("[^\n]*$"))`, want: "a=1&a=2&b=x"},
		{name: "a form that is none", script: `http.post(url, { form = { a = 1 } })`, err: `field "form.a": want a string or a list of strings, got 1`},
	})
	runScripts(t, webServer(t, answers), []scriptCase{
		{name: "ok", script: `print(http.get(url .. "/json").ok, http.get(url .. "/error").ok, http.get(url .. "/moved").ok)`, want: "true\tfalse\tfalse"},
		{name: "which url answered", script: `print(http.get(url .. "/moved", { follow = true }).url == url .. "/json", http.get(url .. "/moved").url == url .. "/moved")`, want: "true\ttrue"},
	})
}

func TestPEMFilesAreBounded(t *testing.T) {
	big := filepath.Join(t.TempDir(), "big.pem")
	if err := os.WriteFile(big, []byte(strings.Repeat("x", maxPEM+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	b.set("big", big)
	if _, err := b.run(t, t.Context(), `tls.connect("127.0.0.1:1", { roots = big })`); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("error %v", err)
	}
}

func TestWhoseFaultItIsThatThereIsNoAnswer(t *testing.T) {
	for want, err := range map[checks.Cause]error{
		checks.Unreachable: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x"}},
		checks.Refused:     &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		checks.TLS:         &net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")},
		checks.Local:       &net.OpError{Op: "dial", Err: syscall.EMFILE},
		checks.Protocol:    io.ErrUnexpectedEOF,
	} {
		if got := httpCause(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
