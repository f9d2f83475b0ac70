package checks

import "bytes"

// A framing is how the end of a body is known (RFC 9112, 6.3).
type framing uint8

// The framings.
const (
	toTheEnd    framing = iota // of the stream
	byLength                   // after so many bytes
	inChunks                   // between sizes, the last of which is 0
	withoutBody                // none follows
)

// An httpBody takes in a body as it comes and keeps its first bytes.
type httpBody struct {
	framing framing
	left    int64 // of byLength
	chunks  chunks

	limit int    // bytes that are of interest
	size  int    // bytes so far, at most limit
	keep  bool   // whether they are kept
	kept  []byte // they are
}

// begin makes b ready for the body of an answer. The kept bytes of an earlier
// one are gone.
func (b *httpBody) begin(h *httpHeader, method string, limit int, keep bool) {
	*b = httpBody{limit: limit, keep: keep, kept: b.kept[:0]}
	switch {
	case method == "HEAD" || h.status < 200 || h.status == 204 || h.status == 304:
		b.framing = withoutBody
	case h.chunked:
		b.framing = inChunks
	case h.length >= 0:
		b.framing, b.left = byLength, h.length
	}
}

// complete reports whether all that is of interest is there.
func (b *httpBody) complete() bool {
	switch {
	case b.framing == withoutBody || b.size == b.limit:
		return true
	case b.framing == byLength:
		return b.left == 0
	case b.framing == inChunks:
		return b.chunks.state == afterChunks
	}
	return false
}

// read takes in what has come.
func (b *httpBody) read(data []byte) error {
	switch b.framing {
	case toTheEnd:
		b.take(data)
	case byLength:
		n := min(int64(len(data)), b.left)
		b.take(data[:n])
		b.left -= n
	case inChunks:
		return b.chunks.read(data, b)
	}
	return nil
}

// take takes in bytes of the body itself.
func (b *httpBody) take(data []byte) {
	data = data[:min(len(data), b.limit-b.size)]
	b.size += len(data)
	if b.keep {
		b.kept = append(b.kept, data...)
	}
}

// Limits of the chunked coding: a line of sizes or all trailing fields, and
// what may come besides the body (16 bytes a chunk and as much as the body
// twice are never counted).
const (
	chunkLineLimit = 4 << 10
	chunkNoise     = 16 << 10
)

// chunkState is what comes next.
type chunkState uint8

// The states.
const (
	chunkSize chunkState = iota
	chunkData
	chunkEnd // the CRLF behind the data
	chunkTrailer
	afterChunks
)

// chunks takes the chunked coding apart (RFC 9112, 7.1).
type chunks struct {
	state   chunkState
	left    uint64 // of the chunk
	noise   int64  // bytes that are not of the body, above what is forgiven
	partial []byte // of a line that has not come whole
}

// read takes in what has come and gives to the body what is its.
func (c *chunks) read(data []byte, to *httpBody) error {
	for len(data) > 0 && c.state != afterChunks && to.size < to.limit {
		if c.state == chunkData {
			n := min(uint64(len(data)), c.left)
			to.take(data[:n])
			data = data[n:]
			if c.left -= n; c.left == 0 {
				c.state = chunkEnd
			}
			continue
		}
		// A line at a time: they are short, and rarely cut.
		n := len(data)
		if end := bytes.IndexByte(data, '\n'); end >= 0 {
			n = end + 1
		}
		c.partial = append(c.partial, data[:n]...)
		data = data[n:]
		if err := c.line(); err != nil {
			return faultf(Protocol, "body after %d bytes: %s", to.size, err.Error())
		}
	}
	return nil
}

// line acts on the partial line if it is whole.
func (c *chunks) line() error {
	switch c.state {
	case chunkEnd:
		if want := []byte("\r\n"); !bytes.HasPrefix(want, c.partial) {
			return faultf(Protocol, "no line end behind a chunk")
		} else if len(c.partial) < len(want) {
			return nil
		}
		c.state = chunkSize
	case chunkTrailer:
		return c.trailer()
	case chunkSize:
		switch {
		case len(c.partial) > chunkLineLimit:
			return faultf(Protocol, "header line too long")
		case !bytes.HasSuffix(c.partial, []byte("\n")):
			return nil
		}
		if err := c.size(); err != nil {
			return err
		}
	}
	c.partial = c.partial[:0]
	return nil
}

// size reads such as "1a;extension\r\n". A bare LF does not end it: servers do
// not agree on those, and what is a chunk to one would be a size to another.
func (c *chunks) size() error {
	if cr := bytes.IndexByte(c.partial, '\r'); cr < 0 || cr != len(c.partial)-2 {
		return faultf(Protocol, "bad line end in a chunk")
	}
	text := c.partial[:len(c.partial)-2]
	c.noise += int64(len(text)) + 2
	text, _, _ = bytes.Cut(bytes.TrimRight(text, blanks), []byte(";"))
	n, err := parseChunkSize(text)
	if err != nil {
		return err
	}
	c.noise = max(0, c.noise-16-2*int64(n))
	if c.noise > chunkNoise {
		return faultf(Protocol, "chunked encoding contains too much non-data")
	}
	c.left, c.state = n, chunkData
	if n == 0 {
		c.state = chunkTrailer
	}
	return nil
}

func parseChunkSize(text []byte) (n uint64, err error) {
	switch {
	case len(text) == 0:
		return 0, faultf(Protocol, "empty hex number for chunk length")
	case len(text) > 16:
		return 0, faultf(Protocol, "http chunk length too large")
	}
	for _, b := range text {
		digit := bytes.IndexByte([]byte("0123456789abcdef"), b|0x20)
		if digit < 0 || !isDigit(b) && b|0x20 < 'a' {
			return 0, faultf(Protocol, "invalid byte in chunk length")
		}
		n = n<<4 | uint64(digit)
	}
	return n, nil
}

// trailer reads the fields behind the last chunk, once they are whole.
func (c *chunks) trailer() error {
	switch {
	case string(c.partial) == "\r\n":
		c.state = afterChunks
		return nil
	case !bytes.Contains(c.partial[:min(len(c.partial), chunkLineLimit)], []byte("\r\n\r\n")):
		if len(c.partial) >= chunkLineLimit {
			return faultf(Protocol, "http: suspiciously long trailer after chunked body")
		}
		return nil
	}
	c.state = afterChunks
	fields := httpHeader{status: 200} // its lines are fields
	for rest := c.partial; ; {
		line, size := fields.line(rest)
		if len(line) == 0 {
			return nil
		}
		if _, _, err := fields.split(line); err != nil {
			return err
		}
		rest = rest[size:]
	}
}
