package checks

import (
	"bufio"
	"bytes"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Values of HTTP/2 before anybody has changed them (RFC 9113, 6.5.2).
const (
	h2Window = 65535
	h2Frame  = 16384
)

// h2Stream is the one stream of a line.
const h2Stream = 1

// line2 is a line of HTTP/2 (RFC 9113) for one question. It starts nothing:
// frames are read while an answer is waited for, and those of the connection
// are answered on the way.
type line2 struct {
	out    *bufio.Writer
	in     *bounded
	buf    *bufio.Reader // of in
	framer *http2.Framer
	method string

	greeted               bool  // the server's SETTINGS have come
	connWindow, window    int64 // bytes that we may send: on the connection, on the stream
	streamStart, maxFrame int64 // as the server's SETTINGS have them

	answer *http.Response // nil before the final header
	data   []byte         // of the body, not read yet; the framer's until the next frame
	ended  bool           // the server's side of the stream
}

func newLine2(conn io.ReadWriter) *line2 {
	in := &bounded{r: conn}
	l := &line2{
		out: bufio.NewWriter(conn), in: in, buf: bufio.NewReader(in),
		connWindow: h2Window, window: h2Window, streamStart: h2Window, maxFrame: h2Frame,
	}
	l.framer = http2.NewFramer(l.out, l.buf)
	l.framer.SetMaxReadFrameSize(h2Frame)
	l.framer.SetReuseFrames()
	l.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	l.framer.MaxHeaderListSize = headerLimit
	return l
}

func (l *line2) silent() bool { return l.in.n == 0 }
func (l *line2) atRest() bool { return false }

// exchange implements line.
func (l *line2) exchange(r *run, q *question) (*http.Response, error) {
	l.method, l.in.left = q.method, headerLimit
	if err := l.ask(q); err != nil {
		return nil, r.noHeader(h2Fault(err), l.in)
	}
	r.reach("request sent")
	for l.answer == nil {
		if err := l.step(); err != nil {
			return nil, r.noHeader(h2Fault(err), l.in)
		}
	}
	l.in.left = math.MaxInt64 // whoever reads the body bounds it
	l.answer.Body = io.NopCloser(l)
	return l.answer, nil
}

// ask writes the request.
func (l *line2) ask(q *question) error {
	io.WriteString(l.out, http2.ClientPreface)
	l.framer.WriteSettings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: headerLimit},
	)
	if err := l.writeHeader(q); err != nil {
		return err
	}
	if err := l.writeBody(q.body); err != nil {
		return err
	}
	return l.out.Flush()
}

// writeHeader writes the header in frames of the size that any server takes.
func (l *line2) writeHeader(q *question) error {
	block, last := q.fields(), false
	for first := true; !last; first = false {
		part := block[:min(len(block), h2Frame)]
		block = block[len(part):]
		last = len(block) == 0
		var err error
		if first {
			err = l.framer.WriteHeaders(http2.HeadersFrameParam{
				StreamID: h2Stream, BlockFragment: part, EndHeaders: last, EndStream: len(q.body) == 0,
			})
		} else {
			err = l.framer.WriteContinuation(h2Stream, last, part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fields is the header of a question, compressed (RFC 9113, 8.3.1).
func (q *question) fields() []byte {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	add := func(name, value string) { encoder.WriteField(hpack.HeaderField{Name: name, Value: value}) }
	add(":method", q.method)
	add(":scheme", q.scheme)
	add(":authority", q.authority)
	add(":path", q.path)
	if _, ok := q.header["User-Agent"]; !ok {
		add("user-agent", "luavs")
	}
	for name, values := range q.header {
		for _, value := range values {
			add(strings.ToLower(name), strings.TrimSpace(value))
		}
	}
	if q.hasBody() {
		add("content-length", strconv.Itoa(len(q.body)))
	}
	return block.Bytes()
}

// writeBody writes as much as the server lets us, until it has answered.
func (l *line2) writeBody(body []byte) error {
	for len(body) > 0 && l.answer == nil {
		n := min(int64(len(body)), l.maxFrame, l.window, l.connWindow)
		if n <= 0 {
			if err := l.step(); err != nil {
				return err
			}
			continue
		}
		part := body[:n]
		body = body[n:]
		l.window -= n
		l.connWindow -= n
		if err := l.framer.WriteData(h2Stream, len(body) == 0, part); err != nil {
			return err
		}
	}
	return nil
}

// Read reads the body of the answer.
func (l *line2) Read(p []byte) (int, error) {
	for len(l.data) == 0 {
		if l.ended {
			return 0, io.EOF
		}
		if err := l.step(); err != nil {
			return 0, h2Fault(noEOF(err))
		}
	}
	n := copy(p, l.data)
	l.data = l.data[n:]
	return n, nil
}

// noEOF is err, or the end of the connection where the stream has not ended.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
