package checks

import (
	"net/http"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"luavs/checks/servertest"
)

func newGRPC(t testing.TB, set GRPC) *GRPCCheck {
	t.Helper()
	c, err := NewGRPC(set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// buildGRPC builds the real server. Its module is one of its own, so that gRPC
// is none of ours.
func buildGRPC(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "grpcserver")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = "testdata/grpcserver"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the server of testdata/grpcserver, whose modules come over the network the first time: %v\n%s", err, out)
	}
	return binary
}

// grpcServer runs the real server.
func grpcServer(t testing.TB, binary string, args ...string) netip.AddrPort {
	t.Helper()
	s := servertest.New(t, servertest.Root) // whose the files of TLS are
	s.Start("golang-go", binary+" ADDR "+strings.Join(args, " "), s.Listening)
	return s.Addr
}

func TestGRPCHealth(t *testing.T) {
	ca := newAuthority(t)
	path := ca.issue(t, t.TempDir(), "server", certificateFor("127.0.0.1", ca.cert.NotBefore, ca.cert.NotAfter), false)
	binary := buildGRPC(t)
	plain, secure, bare := grpcServer(t, binary), grpcServer(t, binary, path+".crt", path+".key"), grpcServer(t, binary, "bare")
	overTLS := TLSSettings{RootCAs: ca.pem()}
	tests := []struct {
		name string
		addr netip.AddrPort
		set  GRPC
		want Result
	}{
		{"the whole server", plain, GRPC{}, passing("SERVING")},
		{"a service", plain, GRPC{Service: "shop", Auth: Auth{Bearer: "x"}, Header: http.Header{"x-probe": {"1"}}}, passing("SERVING")},
		{"one that does not serve", plain, GRPC{Service: "shop.Orders"}, fail(Status, "NOT_SERVING, want SERVING")},
		{"one of which nothing is known", plain, GRPC{Service: "shop.Stock"}, fail(Status, "UNKNOWN, want SERVING")},
		{"one that is no more", plain, GRPC{Service: "shop.Old"}, fail(Status, `the server knows no service "shop.Old" (SERVICE_UNKNOWN)`)},
		{"one that there is not", plain, GRPC{Service: "bank"}, fail(Status, `the server knows no service "bank" (NOT_FOUND)`)},
		{"a server without the service health", bare, GRPC{}, fail(Status, "the server has no health service (UNIMPLEMENTED)")},
		{"over TLS", secure, GRPC{TLS: true, TLSSettings: overTLS, Service: "shop"}, passing("SERVING")},
		{"over TLS, with a certificate that is not trusted", secure, GRPC{TLS: true}, fail(TLS, "certificate: x509: certificate signed by unknown authority")},
		{"without TLS where there is TLS", secure, GRPC{}, fail(Protocol, "")},
		{"with TLS where there is none", plain, GRPC{TLS: true}, fail(TLS, "TLS handshake: ")},
		{"an HTTP server", nginx(t, nginxSites), GRPC{}, fail(Protocol, "header: HTTP/2: the server answers in HTTP/1")},
		{"an HTTP/2 server", echo(t, nil), GRPC{}, fail(Protocol, `content-type "application/octet-stream", want application/grpc`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newGRPC(t, tt.set)
			leavesNothing(t, func() {
				got := ask(t, c, tt.addr, long)
				if tt.want.Reason == "" {
					got.Reason = ""
				}
				expectBut(t, got, tt.want)
			})
		})
	}
}

func TestGRPCServersThatMisbehave(t *testing.T) {
	const serving = "\x00\x00\x00\x00\x02\x08\x01"
	answer := func(body string, trailer ...string) string {
		return frames(func(f *http2.Framer, h headerWriter) {
			h(1, false, ":status", "200", "content-type", "application/grpc+proto")
			for part := body; part != ""; part = part[min(len(part), h2Frame):] {
				f.WriteData(1, false, []byte(part[:min(len(part), h2Frame)]))
			}
			if trailer != nil {
				h(1, true, trailer...)
			}
		})
	}
	header := func(fields ...string) string {
		return frames(func(_ *http2.Framer, h headerWriter) { h(1, true, fields...) })
	}
	tests := []struct {
		name   string
		answer string
		want   Result
	}{
		{"serves", answer(serving, "grpc-status", "0"), passing("SERVING")},
		{"a message with fields that nobody knows", answer("\x00\x00\x00\x00\x16\x10\x96\x01\x19abcdefgh\x25abcd\x2a\x01x\x08\x01", "grpc-status", "0"), passing("SERVING")},
		{"no trailers", answer(serving), fail(Timeout, "no answer within 400ms (connected, request sent, status 200)")},
		{"trailers without the status", answer(serving, "x", "y"), fail(Protocol, `no grpc-status in the answer, or none that there is: ""`)},
		{"a status that there is not", answer(serving, "grpc-status", "99"), fail(Protocol, `no grpc-status in the answer, or none that there is: "99"`)},
		{"a status in the header", header(":status", "200", "content-type", "application/grpc", "grpc-status", "14", "grpc-message", "no%20more"),
			fail(Status, `the call ends with UNAVAILABLE: "no more"`)},
		{"a proxy that has no server", header(":status", "502"), fail(Status, "HTTP status 502, want 200")},
		{"no message", answer("", "grpc-status", "0"), fail(Protocol, "body: 0 bytes, want a message")},
		{"an empty message is UNKNOWN", answer("\x00\x00\x00\x00\x00", "grpc-status", "0"), fail(Status, "UNKNOWN, want SERVING")},
		{"a health that there is not", answer("\x00\x00\x00\x00\x02\x08\x07", "grpc-status", "0"), fail(Status, "health 7, want SERVING")},
		{"half a message", answer("\x00\x00\x00\x00\x05\x08\x01", "grpc-status", "0"), fail(Protocol, "body: a message of 5 bytes in 2")},
		{"two messages", answer(serving+serving, "grpc-status", "0"), fail(Protocol, "body: a message of 2 bytes in 9")},
		{"a compressed message", answer("\x01\x00\x00\x00\x02\x08\x01", "grpc-status", "0"), fail(Protocol, "body: a compressed message, which was not asked for")},
		{"a broken field", answer("\x00\x00\x00\x00\x02\x12\x05", "grpc-status", "0"), fail(Protocol, "body: field 2 is broken")},
		{"a body without end", answer(strings.Repeat("x", 1<<16)), fail(Protocol, "body: more than 4096 bytes")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := serve(t, says(tt.answer, hold))
			c := newGRPC(t, GRPC{})
			leavesNothing(t, func() { expect(t, ask(t, c, addr, short), tt.want) })
		})
	}
}

func TestGRPCMistakesAndIdentity(t *testing.T) {
	_, err := NewGRPC(GRPC{
		Service: strings.Repeat("x", 1001), Header: http.Header{"te": {"x"}, "grpc-timeout": {"1S"}},
		TLSSettings: TLSSettings{InsecureSkipVerify: true}, Authority: "a b",
	})
	for _, want := range []string{
		"service: 1001 bytes, want at most 1000", "headers: Te: the check sets it itself", "headers: Grpc-Timeout: the check sets it itself",
		"TLS: the settings verify=false are of use with TLS only", `authority "a b": want a name or an address`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
	c := newGRPC(t, GRPC{Service: "shop", TLS: true, Auth: Auth{Bearer: "secret"}, TLSSettings: TLSSettings{WarnBefore: time.Hour}})
	if got, want := c.String(), "grpc service=shop auth=sha256:"; !strings.HasPrefix(got, want) || strings.Contains(got, "secret") || !strings.HasSuffix(got, "tls warn_before=1h0m0s") {
		t.Errorf("got %s", got)
	}
}

// Whatever the message is, its status is read within its bounds.
func FuzzGRPCMessage(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x02\x08\x01"))
	f.Add([]byte("\x00\x00\x00\x00\x0b\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add(grpcRequest("shop"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := grpcStatus(data); err == nil && len(data) < 5 {
			t.Errorf("%q is taken", data)
		}
	})
}
