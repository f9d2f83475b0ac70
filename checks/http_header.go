package checks

import (
	"bytes"
	"strconv"
)

// An httpHeader reads the status line and the fields of an answer, line by
// line, as they come (RFC 9112, 2.2, 4 and 5). Of the fields it keeps what
// frames the body. Where the RFC leaves room it takes what http.ReadResponse
// takes.
type httpHeader struct {
	minor  int // of the version HTTP/1.x
	status int // 0 before the status line

	length   int64 // Content-Length; -1 if there is none
	digits   int   // how it was written
	codings  int   // Transfer-Encoding fields
	chunked  bool  // the last of them is "chunked"
	trailers error // what is wrong with a Trailer field
	fields   int   // lines of fields so far
}

// read takes in whole lines from the start of data and returns how many bytes
// they had. It stops behind the empty line.
func (h *httpHeader) read(data []byte) (n int, whole bool, err error) {
	for {
		line, size := h.line(data[n:])
		if size == 0 {
			return n, false, nil
		}
		n += size
		switch {
		case h.status == 0:
			err = h.statusLine(line)
		case len(line) == 0:
			return n, true, h.check()
		default:
			err = h.field(line)
		}
		if err != nil {
			return n, false, err
		}
	}
}

// line is the first line of data without its end, and its size with it; the
// size is 0 if the line has not come whole. What follows a field and begins
// with a space is of the same line (obs-fold), so its end is seen by what
// follows it.
func (h *httpHeader) line(data []byte) (line []byte, size int) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return nil, 0
	}
	line = chop(data[:end])
	if h.status == 0 || len(line) == 0 {
		return line, end + 1
	}
	line = trimEnd(line)
	for {
		rest := data[end+1:]
		if len(rest) == 0 {
			return nil, 0
		}
		if !isBlank(rest[0]) || !bytes.ContainsRune(line, ':') {
			return line, end + 1 // what has no colon is no field that could go on
		}
		next := bytes.IndexByte(rest, '\n')
		if next < 0 {
			return nil, 0
		}
		line = unfold(line, rest[:next])
		end += next + 1
	}
}

// unfold adds a line to the ones before of the same field.
func unfold(line, next []byte) []byte {
	return append(append(line[:len(line):len(line)], ' '), bytes.Trim(chop(next), blanks)...)
}

// trimEnd takes blanks off the end of a line, but not the last of it: an empty
// line would be the end of the header.
func trimEnd(line []byte) []byte {
	for len(line) > 1 && isBlank(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	return line
}

const blanks = " \t"

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// chop takes the CR off the end of a line.
func chop(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }

// statusLine reads such as "HTTP/1.1 200 OK".
func (h *httpHeader) statusLine(line []byte) error {
	version, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return faultf(Protocol, "header: malformed HTTP response %s", shortQuote(string(line)))
	}
	code, _, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	if len(code) != 3 || !isDigit(code[0]) || !isDigit(code[1]) || !isDigit(code[2]) {
		return faultf(Protocol, "header: malformed HTTP status code %s", shortQuote(string(code)))
	}
	if len(version) != len("HTTP/1.1") || string(version[:5]) != "HTTP/" ||
		!isDigit(version[5]) || version[6] != '.' || !isDigit(version[7]) {
		return faultf(Protocol, "header: malformed HTTP version %s", shortQuote(string(version)))
	}
	*h = httpHeader{minor: int(version[7] - '0'), length: -1}
	h.status = int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0')
	if version[5] != '1' {
		return faultf(Protocol, "header: version %s", shortQuote(string(version)))
	}
	if h.status < minStatus {
		return faultf(Protocol, "header: malformed HTTP status code %s", shortQuote(string(code)))
	}
	return nil
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// field reads such as "Content-Length: 5".
func (h *httpHeader) field(line []byte) error {
	name, value, err := h.split(line)
	if err != nil {
		return err
	}
	switch len(name) {
	case len("Trailer"):
		if bytes.EqualFold(name, []byte("Trailer")) && h.trailers == nil {
			h.trailers = badTrailer(value)
		}
	case len("Content-Length"):
		if bytes.EqualFold(name, []byte("Content-Length")) {
			return h.contentLength(value)
		}
	case len("Transfer-Encoding"):
		if bytes.EqualFold(name, []byte("Transfer-Encoding")) {
			h.codings++
			h.chunked = bytes.EqualFold(value, []byte("chunked"))
		}
	}
	return nil
}

// split takes a field apart.
func (h *httpHeader) split(line []byte) (name, value []byte, err error) {
	h.fields++
	indented := h.fields == 1 && isBlank(line[0])
	name, value, ok := bytes.Cut(bytes.TrimLeft(line, blanks), []byte(":"))
	if indented || !ok || len(name) == 0 || !isFieldName(name) || !isFieldValue(value) {
		return nil, nil, malformedField(line)
	}
	return name, bytes.TrimLeft(value, blanks), nil
}

func malformedField(line []byte) error {
	return faultf(Protocol, "header: malformed line %s", shortQuote(string(line)))
}

// contentLength reads a length. Several are one if they are the same text.
func (h *httpHeader) contentLength(value []byte) error {
	value = bytes.TrimRight(value, blanks)
	n, err := strconv.ParseUint(string(value), 10, 63)
	if err != nil {
		return faultf(Protocol, "header: bad Content-Length %s", shortQuote(string(value)))
	}
	if h.length >= 0 && (h.length != int64(n) || h.digits != len(value)) {
		return faultf(Protocol, "header: multiple Content-Length headers, %d and %s", h.length, value)
	}
	h.length, h.digits = int64(n), len(value)
	return nil
}

// badTrailer says what is wrong with the names of trailing fields: none of
// them may frame the message (RFC 9110, 6.5.1).
func badTrailer(value []byte) error {
	for name := range bytes.SplitSeq(value, []byte(",")) {
		name = bytes.Trim(name, blanks)
		for _, bad := range []string{"Transfer-Encoding", "Trailer", "Content-Length"} {
			if bytes.EqualFold(name, []byte(bad)) {
				return faultf(Protocol, "header: bad trailer %s", bad)
			}
		}
	}
	return nil
}

// check judges the fields together.
func (h *httpHeader) check() error {
	switch {
	case h.codings == 0 || h.minor == 0: // HTTP/1.0 has no codings
		h.chunked = false
		return nil
	case h.codings > 1 || !h.chunked:
		return faultf(Protocol, "header: a transfer encoding other than chunked")
	}
	return h.trailers
}

// isFieldName reports whether name is a token, in which blanks are forgiven.
func isFieldName(name []byte) bool {
	for _, b := range name {
		if b != ' ' && !tokenBytes[b] {
			return false
		}
	}
	return true
}

// isFieldValue reports whether value has no control character but tabs.
func isFieldValue(value []byte) bool {
	for _, b := range value {
		if b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// tokenBytes are the characters of a token (RFC 9110, 5.6.2).
var tokenBytes = func() (in [256]bool) {
	for _, b := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		in[b] = true
	}
	return in
}()
