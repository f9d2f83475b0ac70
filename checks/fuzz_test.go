package checks

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

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
	judge := func(t *testing.T, r io.Reader) Result {
		run := start(t.Context())
		answer, err := newLine1(r, nil).answer(run, "GET")
		if err == nil {
			_, err = c.judge(run, answer)
		}
		if err != nil {
			return run.failed(err)
		}
		return Result{Outcome: Pass}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := judge(t, bytes.NewReader(data))
		if whole.Outcome == Unknown || len(whole.Reason) > reasonLimit || strings.ContainsAny(whole.Reason, "\r\n\x1b") {
			t.Errorf("%q gives %+v", data, whole)
		}
		if cut := judge(t, iotest.OneByteReader(bytes.NewReader(data))); cut != whole {
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
		_, err := start(t.Context()).await(iotest.HalfReader(bytes.NewReader(data)), want{text: text}, nil)
		if holds := bytes.Contains(data[:min(len(data), DefaultLimit)], text); holds != (err == nil) {
			t.Errorf("%q in %q: %v", text, data, err)
		}
	})
}
