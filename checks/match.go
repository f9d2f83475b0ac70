package checks

import (
	"bytes"
	"fmt"
	"regexp"
)

// DefaultLimit is how many bytes of an answer, or of each output stream of a
// program, are kept unless the check says otherwise.
const DefaultLimit = 64 << 10

// A want is what an answer has to hold: all that it has of a text, a match of
// a pattern, and bytes.
type want struct {
	text    []byte         // empty: any
	pattern *regexp.Regexp // nil: any
	hex     Hex            // zero: any
}

// nothing reports whether any answer will do.
func (w want) nothing() bool { return len(w.text) == 0 && w.pattern == nil && w.hex.text == "" }

// in reports whether data holds what is wanted.
func (w want) in(data []byte) bool {
	return bytes.Contains(data, w.text) && (w.pattern == nil || w.pattern.Match(data)) && w.hex.end(data) >= 0
}

// end is where the first of all that is wanted has come, in data that holds it.
func (w want) end(data []byte) int {
	end := max(bytes.Index(data, w.text)+len(w.text), w.hex.end(data))
	if w.pattern != nil {
		end = max(end, w.pattern.FindIndex(data)[1])
	}
	return end
}

// missing is the reason why data will not do, such as `"ready" not found in
// 312 bytes`. Data that fills limit may be the beginning of more.
func (w want) missing(data []byte, limit int) string {
	span := fmt.Sprintf("in %d bytes", len(data))
	if len(data) >= limit {
		span = fmt.Sprintf("in the first %d bytes", limit)
	}
	switch {
	case !bytes.Contains(data, w.text):
		return fmt.Sprintf("%s not found %s", shortQuote(string(w.text)), span)
	case w.hex.end(data) < 0:
		return fmt.Sprintf("bytes %s not found %s", shorten(w.hex.text, 60), span)
	}
	return fmt.Sprintf("no match of %s %s", shortQuote(w.pattern.String()), span)
}
