package checks

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"golang.org/x/net/http2"
)

// step takes in one frame. Data that it brings is the framer's, and good until
// the next step.
func (l *line2) step() error {
	if err := l.out.Flush(); err != nil {
		return err
	}
	if !l.greeted {
		switch first, err := l.buf.Peek(len("HTTP/1.")); {
		case err != nil:
			return err
		case string(first) == "HTTP/1.":
			return errors.New("the server answers in HTTP/1")
		}
	}
	frame, err := l.framer.ReadFrame()
	if err != nil {
		return err
	}
	if _, ok := frame.(*http2.SettingsFrame); !ok && !l.greeted {
		return errors.New("the first frame is not SETTINGS")
	}
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		return l.settings(f)
	case *http2.PingFrame:
		if !f.IsAck() {
			return l.framer.WritePing(true, f.Data)
		}
	case *http2.WindowUpdateFrame:
		return l.widen(f)
	case *http2.GoAwayFrame:
		if f.ErrCode != http2.ErrCodeNo || f.LastStreamID < h2Stream {
			return fmt.Errorf("the server ends the connection: %v", f.ErrCode)
		}
	case *http2.RSTStreamFrame:
		return fmt.Errorf("the server ends the stream: %v", f.ErrCode)
	case *http2.MetaHeadersFrame:
		return l.header(f)
	case *http2.DataFrame:
		return l.body(f)
	case *http2.PushPromiseFrame:
		return errors.New("a push, which was not allowed")
	}
	return nil
}

// settings takes in and confirms the server's settings.
func (l *line2) settings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	l.greeted = true
	err := f.ForeachSetting(func(s http2.Setting) error {
		if err := s.Valid(); err != nil {
			return err
		}
		switch s.ID {
		case http2.SettingInitialWindowSize:
			l.window += int64(s.Val) - l.streamStart
			l.streamStart = int64(s.Val)
		case http2.SettingMaxFrameSize:
			l.maxFrame = int64(s.Val)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.framer.WriteSettingsAck()
}

// widen lets us send more.
func (l *line2) widen(f *http2.WindowUpdateFrame) error {
	window := &l.connWindow
	if f.StreamID == h2Stream {
		window = &l.window
	}
	if *window += int64(f.Increment); *window > math.MaxInt32 {
		return errors.New("a window of more than 2147483647 bytes")
	}
	return nil
}

// header takes in a header: an interim one, the final one, or trailers.
func (l *line2) header(f *http2.MetaHeadersFrame) error {
	switch {
	case f.StreamID != h2Stream || l.ended:
		return errors.New("a header on a stream that is not open")
	case f.Truncated:
		return fmt.Errorf("more than %d bytes", headerLimit)
	case l.answer != nil:
		if !f.StreamEnded() || len(f.PseudoFields()) > 0 {
			return errors.New("a second header")
		}
		l.ended, l.answer.Trailer = true, headerOf(f)
		return nil
	}
	code, err := strconv.Atoi(f.PseudoValue("status"))
	if err != nil || code < minStatus || code > maxStatus {
		return fmt.Errorf("status %s", shortQuote(f.PseudoValue("status")))
	}
	if code < 200 {
		if f.StreamEnded() {
			return fmt.Errorf("nothing after status %d", code)
		}
		return nil
	}
	l.ended = f.StreamEnded()
	l.answer = &http.Response{StatusCode: code, Proto: "HTTP/2.0", ProtoMajor: 2, Header: headerOf(f)}
	return nil
}

func headerOf(f *http2.MetaHeadersFrame) http.Header {
	header := http.Header{}
	for _, field := range f.RegularFields() {
		header.Add(field.Name, field.Value)
	}
	return header
}

// body takes in a piece of the body, and lets the server send as much again.
func (l *line2) body(f *http2.DataFrame) error {
	if f.StreamID != h2Stream || l.answer == nil || l.ended {
		return errors.New("data where none belongs")
	}
	if len(f.Data()) > 0 && l.method == http.MethodHead {
		return errors.New("a body in the answer to HEAD")
	}
	l.data, l.ended = f.Data(), f.StreamEnded()
	if f.Length == 0 || l.ended {
		return nil
	}
	if err := l.framer.WriteWindowUpdate(0, f.Length); err != nil {
		return err
	}
	return l.framer.WriteWindowUpdate(h2Stream, f.Length)
}

// h2Fault is err with the reason in words where the framer has a code only.
func h2Fault(err error) error {
	var conn http2.ConnectionError
	var stream http2.StreamError
	switch {
	case errors.As(err, &conn):
		return fmt.Errorf("HTTP/2: %v", http2.ErrCode(conn))
	case errors.As(err, &stream):
		return fmt.Errorf("HTTP/2: %v", stream.Cause)
	case errors.Is(err, http2.ErrFrameTooLarge):
		return errors.New("HTTP/2: a frame of more than 16384 bytes")
	case ofConnection(err) || ofTLS(err) || isEOF(err):
		return err
	}
	return fmt.Errorf("HTTP/2: %w", err)
}
