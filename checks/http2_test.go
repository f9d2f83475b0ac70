package checks

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

var overHTTP2 = HTTP{Version: HTTP2}

func TestHTTP2WithNginx(t *testing.T) {
	addr := nginx(t, `server { listen LISTEN http2; root .; client_max_body_size 1m;
		location = /healthz { return 200 "ready $server_protocol $http_user_agent $http_x_probe $host\n"; }
		location = /busy { return 503 "busy\n"; }
		location = /old { return 301 /healthz; }
	}`)
	tests := []struct {
		name string
		set  HTTP
		want Result
	}{
		{"the request arrives", HTTP{Path: "/healthz", Host: "www.example.org", Header: http.Header{"X-Probe": {"7"}},
			BodyContains: "ready HTTP/2.0 luavs 7 www.example.org"}, passing("status 200")},
		{"busy", HTTP{Path: "/busy"}, fail(Status, "status 503, want 200-299")},
		{"a text that is not there", HTTP{Path: "/healthz", BodyContains: "fine"}, fail(Body, `body: "fine" not found in `)},
		{"HEAD", HTTP{Method: "HEAD", Path: "/healthz"}, pass},
		{"a header that is too large for the server", HTTP{Path: "/healthz", Header: http.Header{"X-Large": {strings.Repeat("x", 1<<20)}}},
			fail(Protocol, "header: HTTP/2: the server ends the connection: ENHANCE_YOUR_CALM")},
		{"a redirect", HTTP{Path: "/old", Redirects: 1, BodyContains: "ready"}, pass},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.set.Version = HTTP2
			c := newHTTP(t, tt.set)
			leavesNothing(t, func() { expectBut(t, ask(t, c, addr, long), tt.want) })
		})
	}
}

// echo is Go's own server of HTTP/2, with and without TLS.
func echo(t *testing.T, config *tls.Config) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		body, err := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "X-End")
		fmt.Fprintf(w, "%s %s %s %d %v\n", r.Proto, r.Method, r.Host, len(body), err)
		w.Write(body)
		w.Header().Set("X-End", "1")
	}), Protocols: &http.Protocols{}, TLSConfig: config}
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	server.Protocols.SetHTTP1(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if config != nil {
			server.ServeTLS(l, "", "")
		} else {
			server.Serve(l)
		}
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// A body of several windows needs them widened in both directions.
func TestHTTP2Bodies(t *testing.T) {
	addr := echo(t, nil)
	for _, size := range []int{0, 1, h2Frame, h2Window, h2Window + 1, 1 << 20} {
		c := newHTTP(t, HTTP{Version: HTTP2, Method: "POST", BodyLimit: 2 << 20, Host: "www.example.org",
			RequestBody:  bytes.Repeat([]byte("x"), size),
			Header:       http.Header{"X-Large": {strings.Repeat("ü", 2*h2Frame)}}, // of several frames
			BodyContains: fmt.Sprintf("HTTP/2.0 POST www.example.org %d <nil>\n%s", size, strings.Repeat("x", size))})
		leavesNothing(t, func() { expect(t, ask(t, c, addr, long), passing("status 200")) })
	}
}

func TestALPNChoosesTheVersion(t *testing.T) {
	ca := newAuthority(t)
	path := ca.issue(t, t.TempDir(), "server", certificateFor("127.0.0.1", time.Now(), time.Now().Add(time.Hour)), false)
	pair, err := tls.LoadX509KeyPair(path+".crt", path+".key")
	if err != nil {
		t.Fatal(err)
	}
	both := echo(t, &tls.Config{Certificates: []tls.Certificate{pair}})
	tests := []struct {
		name    string
		version HTTPVersion
		alpn    []string
		want    string
	}{
		{"HTTP/1.1 unless told", "", nil, "HTTP/1.1 GET"},
		{"HTTP/2", HTTP2, nil, "HTTP/2.0 GET"},
		{"HTTP/1.0, for which there is no ALPN that servers know", HTTP10, nil, "HTTP/1.0 GET"},
		{"what the server likes best", "", []string{"h2", "http/1.1"}, "HTTP/2.0 GET"},
	}
	for _, tt := range tests {
		set := HTTP{TLS: true, Version: tt.version, TLSSettings: TLSSettings{RootCAs: ca.pem(), ALPN: tt.alpn}, BodyContains: tt.want}
		expectBut(t, ask(t, newHTTP(t, set), both, long), pass)
	}
	old := serveTLS(t, &tls.Config{}, func(c *tls.Conn) {
		c.Handshake()
		hold(c.NetConn().(*net.TCPConn))
	})
	set := anyCertificate
	set.Version = HTTP2
	expectBut(t, ask(t, newHTTP(t, set), old, long), fail(TLS, "ALPN: the server does not choose h2"))
}

// frames is what a server sends: SETTINGS, then what write writes.
func frames(write func(f *http2.Framer, header func(id uint32, end bool, fields ...string))) string {
	var b bytes.Buffer
	f := http2.NewFramer(&b, nil)
	f.WriteSettings()
	write(f, func(id uint32, end bool, fields ...string) {
		var block bytes.Buffer
		e := hpack.NewEncoder(&block)
		for i := 0; i < len(fields); i += 2 {
			e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
		}
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: end})
	})
	return b.String()
}

type headerWriter = func(id uint32, end bool, fields ...string)

func TestHTTP2ServersThatMisbehave(t *testing.T) {
	tests := []struct {
		name   string
		server func(*net.TCPConn)
		limit  time.Duration
		want   Result
	}{
		{"answers in HTTP/1", says("HTTP/1.1 400 Bad Request\r\n\r\n", closes), long,
			fail(Protocol, "header: HTTP/2: the server answers in HTTP/1")},
		{"closes", says("", closes), long, fail(Protocol, "the server closed without an answer")},
		{"resets", says("", reset), long, fail(Refused, "connection reset by peer (connected, request sent)")},
		{"says nothing", hold, short, fail(Timeout, "no answer within 400ms (connected, request sent)")},
		{"stops after its settings", says(frames(func(*http2.Framer, headerWriter) {}), hold), short,
			fail(Timeout, "no answer within 400ms (connected, request sent, 9 bytes of the header)")},
		{"sends garbage", says("SSH-2.0-OpenSSH_9.2\r\n", closes), long,
			fail(Protocol, "header: HTTP/2: a frame of more than 16384 bytes")},
		{"sends no settings", says("\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678", hold), long,
			fail(Protocol, "header: HTTP/2: the first frame is not SETTINGS")},
		{"sends settings without end", endless("\x00\x00\x00\x04\x00\x00\x00\x00\x00"), long,
			fail(Protocol, "header: more than 65536 bytes")},
		{"resets the stream", says(frames(func(f *http2.Framer, _ headerWriter) { f.WriteRSTStream(1, http2.ErrCodeRefusedStream) }), hold), long,
			fail(Protocol, "header: HTTP/2: the server ends the stream: REFUSED_STREAM")},
		{"goes away", says(frames(func(f *http2.Framer, _ headerWriter) { f.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, nil) }), hold), long,
			fail(Protocol, "header: HTTP/2: the server ends the connection: ENHANCE_YOUR_CALM")},
		{"has no status", says(frames(func(_ *http2.Framer, h headerWriter) { h(1, true, "server", "x") }), hold), long,
			fail(Protocol, "header: HTTP/2: status \"\"")},
		{"answers another stream", says(frames(func(_ *http2.Framer, h headerWriter) { h(3, true, ":status", "200") }), hold), long,
			fail(Protocol, "header: HTTP/2: a header on a stream that is not open")},
		{"pushes", says(frames(func(f *http2.Framer, _ headerWriter) {
			f.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, EndHeaders: true})
		}), hold), long, fail(Protocol, "header: HTTP/2: a push, which was not allowed")},
		{"ends after an interim answer", says(frames(func(_ *http2.Framer, h headerWriter) { h(1, true, ":status", "103") }), hold), long,
			fail(Protocol, "header: HTTP/2: nothing after status 103")},
		{"stops within the body", says(frames(func(f *http2.Framer, h headerWriter) {
			h(1, false, ":status", "200")
			f.WriteData(1, false, []byte("abc"))
		}), hold), short, fail(Timeout, "no answer within 400ms (connected, request sent, status 200, 3 bytes of the body)")},
		{"closes within the body", says(frames(func(f *http2.Framer, h headerWriter) {
			h(1, false, ":status", "200")
			f.WriteData(1, false, []byte("abc"))
		}), closes), long, fail(Protocol, "body after 3 bytes: the server closed before its end")},
		{"sends a second header", says(frames(func(_ *http2.Framer, h headerWriter) {
			h(1, false, ":status", "200")
			h(1, false, ":status", "200")
		}), hold), long, fail(Protocol, "body after 0 bytes: HTTP/2: a second header")},
		{"widens a window too far", says(frames(func(f *http2.Framer, _ headerWriter) {
			f.WriteWindowUpdate(0, 1<<31-1)
		}), hold), long, fail(Protocol, "header: HTTP/2: a window of more than 2147483647 bytes")},
		{"pings on the way", says(frames(func(f *http2.Framer, h headerWriter) {
			f.WritePing(false, [8]byte{1})
			f.WriteSettingsAck()
			h(1, false, ":status", "103")
			f.WritePing(true, [8]byte{1})
			f.WriteGoAway(1, http2.ErrCodeNo, nil)
			h(1, true, ":status", "200")
		}), closes), long, passing("status 200")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := serve(t, tt.server)
			c := newHTTP(t, overHTTP2)
			leavesNothing(t, func() { expect(t, ask(t, c, addr, tt.limit), tt.want) })
		})
	}
}

func TestHTTP2HeadersWithoutEnd(t *testing.T) {
	start := frames(func(f *http2.Framer, _ headerWriter) {
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x88}})
	})
	more := frames(func(f *http2.Framer, _ headerWriter) { f.WriteContinuation(1, false, []byte("\x00\x01x\x01y")) })
	addr := serve(t, greets(start, endless(more[9:])))
	c := newHTTP(t, overHTTP2)
	leavesNothing(t, func() {
		if res := ask(t, c, addr, long); res.Cause != Protocol {
			t.Errorf("got %+v", res)
		}
	})
}

// Whatever a server sends over HTTP/2, the judgement is a verdict about the
// server.
func FuzzHTTP2Answer(f *testing.F) {
	f.Add([]byte(frames(func(f *http2.Framer, h headerWriter) {
		h(1, false, ":status", "200", "content-type", "text/plain")
		f.WriteData(1, false, []byte("ready"))
		h(1, true, "grpc-status", "0")
	})))
	f.Add([]byte("HTTP/1.1 400 \r\n"))
	f.Add([]byte(frames(func(f *http2.Framer, _ headerWriter) { f.WriteRSTStream(1, 9) })))
	c := newHTTP(f, HTTP{Version: HTTP2, Method: "POST", RequestBody: make([]byte, h2Window+1), BodyContains: "ready", BodyLimit: 32})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := start(t.Context())
		answer, err := newLine2(struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(data), io.Discard}).exchange(r, c.question(netip.MustParseAddrPort("10.0.0.1:80")))
		if err == nil {
			_, err = c.judge(r, answer)
		}
		if err == nil {
			return
		}
		if res := r.failed(err); res.Outcome != Fail || len(res.Reason) > reasonLimit {
			t.Errorf("%q gives %+v", data, res)
		}
	})
}
