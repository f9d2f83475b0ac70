package checks

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
)

// tell is what a check makes of an answer.
func tell(t *testing.T, c polled, answer io.Reader) Result {
	d := c.dialogue()
	defer d.free()
	r := start(t.Context())
	if err := r.hold(&answering{answer: answer}, d, server); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

// answering is a connection of which only the answer is used.
type answering struct {
	net.Conn
	answer io.Reader
}

func (a *answering) Write(p []byte) (int, error) { return len(p), nil }
func (a *answering) Read(p []byte) (int, error)  { return a.answer.Read(p) }

// Whatever a server sends, the judgement is a verdict about the server, is
// the same however the bytes are cut, and keeps to the limits.
func FuzzHTTPAnswer(f *testing.F) {
	for _, text := range []string{
		"", ok + "\r\n", ok + "Content-Length: 5\r\n\r\nready",
		ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n" + ok + "\r\n", "HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\nready",
		"HTTP/1.1 503 \r\n\r\n", "HTTP/9.9 200\r\n\r\n", "\x16\x03\x01", "ICY 200 OK\r\n\r\n",
		ok + "Content-Length: -1\r\n\r\n", ok + "Transfer-Encoding: gzip\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	c := newHTTP(f, HTTP{BodyContains: "ready", BodyLimit: 32})
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := tell(t, c, bytes.NewReader(data))
		if whole.Outcome == Unknown || len(whole.Reason) > reasonLimit || strings.ContainsAny(whole.Reason, "\r\n\x1b") {
			t.Errorf("%q gives %+v", data, whole)
		}
		if cut := tell(t, c, iotest.OneByteReader(bytes.NewReader(data))); cut != whole {
			t.Errorf("%q gives %+v, byte by byte %+v", data, whole, cut)
		}
	})
}

// An answer to a TCP check passes if and only if its first bytes hold what is
// wanted.
func FuzzTCPAnswer(f *testing.F) {
	f.Add([]byte("+PONG\r\n"), []byte("PONG"))
	f.Add([]byte(""), []byte(""))
	f.Add(bytes.Repeat([]byte("x"), DefaultLimit+1), []byte("y"))
	f.Fuzz(func(t *testing.T, data, text []byte) {
		res := tell(t, TCP{Send: []byte("x"), Expect: text}, iotest.HalfReader(bytes.NewReader(data)))
		if holds := bytes.Contains(data[:min(len(data), DefaultLimit)], text); holds != (res.Outcome == Pass) {
			t.Errorf("%q in %q: %+v", text, data, res)
		}
	})
}
