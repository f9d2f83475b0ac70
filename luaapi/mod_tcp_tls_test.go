package luaapi

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"testing"
)

// tlsServers speak TLS after a line STARTTLS; at once; and after a line that they
// say too early. Then they send back what they get.
func tlsServers(t *testing.T, cert, key string) (upgrade, implicit, eager string) {
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	secure := func(c net.Conn) {
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}})
		io.Copy(s, s)
	}
	upgrade = listener(t, func(c net.Conn) {
		line, err := bufio.NewReaderSize(c, 16).ReadString('\n')
		if err == nil && line == "STARTTLS\n" {
			io.WriteString(c, "go\n")
			secure(c)
		}
	})
	implicit = listener(t, secure)
	eager = listener(t, func(c net.Conn) {
		io.WriteString(c, "go\nforged\n")
		secure(c)
	})
	return upgrade, implicit, eager
}

func TestStartTLS(t *testing.T) {
	cert, key := certificate(t)
	upgrade, implicit, eager := tlsServers(t, cert, key)
	mute, plain := listener(t, func(c net.Conn) { io.Copy(io.Discard, c) }), says(t, "220 no TLS here, sorry\r\n")
	trust := fmt.Sprintf("{ server_name = 'mail.example.org', roots = [[%s]] }", cert)
	runScripts(t, func(b *bench) {
		for name, addr := range map[string]string{"upgrade": upgrade, "implicit": implicit, "eager": eager, "mute": mute, "plain": plain} {
			b.set(name, addr)
		}
	}, []scriptCase{
		{name: "from the first byte", script: `local c = tcp.connect(implicit) print(c:starttls(` + trust + `)) c:send("hello\n") print(c:receive("line"))`, want: "true\nhello"},
		{name: "in the middle", script: `local c = tcp.connect(upgrade) c:send("STARTTLS\n") print(c:receive("line"), c:starttls(` + trust + `)) c:send("hello\n") print(c:expect("lo"), c:receive(1) == "\n")`,
			want: "go\ttrue\nhello\ttrue"},
		{name: "without a look at the certificate", script: `print(tcp.connect(implicit):starttls { verify = false })`, want: "true"},
		{name: "a certificate that nobody signed", script: `local ok, why, cause = tcp.connect(implicit):starttls() print(ok, why:match("^certificate"), cause)`, want: "nil\tcertificate\ttls"},
		{name: "another name", script: `local ok, why, cause = tcp.connect(implicit):starttls { server_name = "www.example.org", roots = [[` + cert + `]] } print(why:match("not www.example.org"), cause)`,
			want: "not www.example.org\ttls"},
		{name: "a server without TLS", script: `local ok, why, cause = tcp.connect(plain):starttls() print(why:match("^TLS handshake"), cause)`, want: "TLS handshake\ttls"},
		{name: "a server that is silent", script: `print(tcp.connect(mute):starttls { timeout = "50ms" })`, want: "nil\tno TLS handshake within 50ms\ttimeout"},
		{name: "after a handshake that failed nothing can be said", script: `local c = tcp.connect(plain) c:starttls() print((c:receive("line")))`, want: "nil"},
		{name: "what came before the handshake is not taken for protected", script: `local c = tcp.connect(eager) c:receive("line") print(c:starttls { verify = false })`,
			want: "nil\t7 bytes came before the TLS handshake\tprotocol"},
		{name: "twice", script: `local c = tcp.connect(implicit) c:starttls { verify = false } c:starttls()`, err: "connection:starttls: the connection speaks TLS already"},
		{name: "roots that are none", script: `tcp.connect(implicit):starttls { roots = "x" }`, err: `field "roots": want PEM blocks of CERTIFICATE only`},
		{name: "an unknown option", script: `tcp.connect(implicit):starttls { server = "x" }`, err: `unknown field "server"`},
	})
}
