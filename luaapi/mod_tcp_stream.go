package luaapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"time"

	"luavs/checks"
)

// A stream is a connection with what came in and nobody has taken yet. A
// receive that fails takes nothing: the next one sees the same bytes again.
type stream struct {
	addr string
	conn net.Conn
	busy bool // guarded by the VM's baton

	secure bool // speaks TLS
	buf    []byte
	end    error // why nothing more comes; nil while the connection is good

	// close may be called from anywhere, and again.
	close func()
}

// A finder looks for what is wanted at the beginning of what came. It returns
// the size of the result and how much is taken with it, or false if more must
// come. ended says that nothing more comes.
type finder func(came []byte, ended bool) (size, taken int, ok bool)

func findBytes(n int) finder {
	return func(came []byte, _ bool) (int, int, bool) { return n, n, len(came) >= n }
}

// findLine finds a line. Its end, LF or CR LF, is not part of the result.
func findLine(came []byte, _ bool) (int, int, bool) {
	i := bytes.IndexByte(came, '\n')
	if i < 0 {
		return 0, 0, false
	}
	return len(bytes.TrimSuffix(came[:i], []byte("\r"))), i + 1, true
}

func findEnd(came []byte, ended bool) (int, int, bool) { return len(came), len(came), ended }

// findText finds everything up to the end of a text, or of what a regular
// expression matches.
func findText(text string, re bool) (finder, error) {
	if text == "" {
		return nil, errors.New("want a text to wait for, got an empty one")
	}
	if !re {
		return func(came []byte, _ bool) (int, int, bool) {
			i := bytes.Index(came, []byte(text))
			return i + len(text), i + len(text), i >= 0
		}, nil
	}
	expr, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return func(came []byte, _ bool) (int, int, bool) {
		at := expr.FindIndex(came)
		if at == nil {
			return 0, 0, false
		}
		return at[1], at[1], true
	}, nil
}

// take reads until find is content or most bytes came without that.
func (s *stream) take(ctx context.Context, find finder, most int, timeout time.Duration) ([]byte, error) {
	reach(ctx, s.got)
	defer limit(ctx, s.conn, timeout)()
	for {
		came := s.buf[:min(len(s.buf), most)]
		ended := s.end == io.EOF && len(s.buf) <= most
		if size, taken, ok := find(came, ended); ok {
			data := bytes.Clone(came[:size])
			s.buf = s.buf[taken:]
			return data, nil
		}
		if len(s.buf) > most {
			return nil, &failure{checks.Protocol, fmt.Sprintf("%d bytes came without it, which is the limit", most)}
		}
		if err := s.fill(timeout); err != nil {
			return nil, err
		}
	}
}

// got says what came of the connection.
func (s *stream) got() string {
	return fmt.Sprintf("connected to %s, %d bytes came and were not enough", s.addr, len(s.buf))
}

// fill waits for more bytes.
func (s *stream) fill(timeout time.Duration) error {
	if s.end != nil {
		return s.ending()
	}
	if len(s.buf) == cap(s.buf) {
		s.buf = slices.Grow(s.buf, max(512, len(s.buf)))
	}
	n, err := s.conn.Read(s.buf[len(s.buf):min(cap(s.buf), maxBuffer+1)])
	s.buf = s.buf[:len(s.buf)+n]
	switch {
	case n > 0 || err == nil:
	case isTimeout(err):
		return &failure{checks.Timeout, fmt.Sprintf("no answer within %v; %d bytes came", timeout, len(s.buf))}
	default:
		s.end = err
	}
	return nil
}

// ending says why nothing more comes.
func (s *stream) ending() error {
	if s.end == io.EOF {
		return &failure{checks.Protocol, fmt.Sprintf("the server closed the connection; %d bytes came", len(s.buf))}
	}
	return netFailure(s.end, 0)
}

func (s *stream) send(ctx context.Context, data []byte, timeout time.Duration) error {
	reach(ctx, s.got)
	defer limit(ctx, s.conn, timeout)()
	_, err := s.conn.Write(data)
	return netFailure(err, timeout)
}
