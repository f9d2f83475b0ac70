package checks

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// reference is the cause that an answer has by net/http.
func reference(data []byte, method string, want string, limit int) Cause {
	buf := bufio.NewReader(bytes.NewReader(data))
	var answer *http.Response
	for answer == nil || answer.StatusCode < 200 && answer.StatusCode != 101 {
		var err error
		answer, err = http.ReadResponse(buf, &http.Request{Method: method})
		if err != nil || answer.ProtoMajor != 1 || answer.StatusCode < 100 || strings.HasPrefix(strings.TrimSpace(answer.Status), "+") {
			return Protocol
		}
	}
	if answer.StatusCode > 299 || answer.StatusCode < 200 {
		return Status
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(limit)))
	switch {
	case err != nil:
		return Protocol
	case !strings.Contains(string(body), want):
		return Body
	}
	return NoCause
}

// What we make of an answer is what net/http makes of it.
func FuzzHTTPAnswerIsReadAsNetHTTPReadsIt(f *testing.F) {
	head := "HTTP/1.1 200 OK\r\n"
	for _, text := range []string{
		"", head, head + "\r\n", head + "\r\nready", "HTTP/1.0 200 OK\r\n\r\nready", "HTTP/1.1 200\n\nready",
		head + "Content-Length: 5\r\n\r\nready", head + "Content-Length: 5\r\n\r\nrea", head + "Content-Length: 05\r\nContent-Length: 5\r\n\r\nready",
		head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nready", head + "Content-Length:\r\n\r\n", head + "Content-Length: +5\r\n\r\nready",
		head + "Content-Length:\r\n 5\r\n\r\nready", head + "Content-Length: 5\r\n\t\r\n\r\nready", head + "Content-Length : 9\r\n\r\nready",
		head + "content-length: 9223372036854775808\r\n\r\n", head + " a: b\r\n\r\n", head + "a\r\n\r\n", head + ":b\r\n\r\n", head + "a: \x01\r\n\r\n",
		head + "a:b\rc\r\n\r\n", head + "a: b\r\r\n\r\n", head + "\r\r\n\r\n", head + "A b: c\r\n\r\n", head + "\xc3\xa9: c\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\n\r\n", head + "Transfer-Encoding: CHUNKED\r\n\r\n5 ;x=y\r\nready\r\n0\r\nX: y\r\n\r\n",
		head + "Transfer-Encoding: gzip\r\n\r\n", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nready", head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nready\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\nTrailer: a, Content-Length\r\n\r\n5\r\nready\r\n0\r\n\r\n", head + "Trailer: Content-Length\r\n\r\nready",
		head + "Transfer-Encoding: chunked\r\n\r\n5\nready\r\n0\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nreadyx\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n", head + "Transfer-Encoding: chunked\r\n\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\n0\r\nx\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\nContent-Length: x\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\na: b\n\nc\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\n\r", head + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nready\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\n" + strings.Repeat("a: b\r\n", 1000) + "\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n5;" + strings.Repeat("x", 5000) + "\r\nready\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 3000)+"\r\nr\r\n", 10) + "0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n" + head + "\r\nready", "HTTP/1.1 101 S\r\n\r\n", "HTTP/1.1 100 C\r\nTransfer-Encoding: x\r\n\r\n" + head + "\r\n",
		"HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 204 N\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 304 N\r\n\r\n",
		"HTTP/1.1 +20 OK\r\n\r\n", "HTTP/1.1 000 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1\t200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "HTTP/1.9 200 OK\r\n\r\n",
		"HTTP/2.0 200 OK\r\n\r\n", "HTTP/11 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "\r\n" + head, head + "Transfer-Encoding: chunked\r\n\r\n\n", head + "Transfer-Encoding: chunked\n \n\n",
		head + "Transfer\n -Encoding: chunked\n \n\n", head + "a\r\n b: c\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n\r",
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	get := newHTTP(f, HTTP{BodyContains: "ready", BodyLimit: maxBodyLimit})
	head2 := newHTTP(f, HTTP{Method: "HEAD"})
	f.Fuzz(func(t *testing.T, data []byte, isHead bool) {
		data = data[:min(len(data), headerLimit)]
		c, want := get, reference(data, "GET", "ready", maxBodyLimit)
		if isHead {
			c, want = head2, reference(data, "HEAD", "", maxBodyLimit)
		}
		if got := tell(t, c, bytes.NewReader(data)); got.Cause != want {
			t.Errorf("%q: got %q %q, net/http says %q", data, got.Cause, got.Reason, want)
		}
	})
}
