package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// A JSONWant is what a body has to say as JSON (RFC 8259) at one place. With
// the path alone there has to be a value, which is not null.
type JSONWant struct {
	Path   string         // see ParseJSONPath
	Absent bool           // there has to be nothing, or null
	Equal  any            // a string, float64 or bool that it has to be; nil for any value
	Min    *float64       // a number of at least this; nil for no bound
	Max    *float64       // a number of at most this
	Match  *regexp.Regexp // a string that matches this
}

// judgeJSON says which of the wants a body does not meet first.
func judgeJSON(wants []JSONWant, body []byte) error {
	doc, err := decodeJSON(body)
	if err != nil {
		return faultf(Body, "json: the body is no JSON: %v", err)
	}
	for _, w := range wants {
		path, err := ParseJSONPath(w.Path)
		if err != nil {
			return err
		}
		if text := w.missing(path.find(doc)); text != "" {
			return faultf(Body, "json: %s %s", shorten(w.Path, 60), text)
		}
	}
	return nil
}

// decodeJSON decodes one JSON text with nothing but space after it.
func decodeJSON(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		if isEOF(err) {
			return nil, errors.New("it ends too early")
		}
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something comes after its end")
	}
	return doc, nil
}

// missing says how a value differs from what is wanted; it is empty if it does
// not. A value that is not there is nil, as null is.
func (w JSONWant) missing(v any) string {
	switch {
	case w.Absent && v != nil:
		return "is " + showJSON(v) + ", want nothing"
	case w.Absent:
		return ""
	case v == nil:
		return "is missing or null"
	case w.Equal != nil && !equalJSON(v, w.Equal):
		return "is " + showJSON(v) + ", want " + showJSON(w.Equal)
	case w.Match != nil:
		if text, ok := v.(string); !ok || !w.Match.MatchString(text) {
			return "is " + showJSON(v) + ", want a match of " + shortQuote(w.Match.String())
		}
	}
	return w.outside(v)
}

// outside says how a value is not within the bounds.
func (w JSONWant) outside(v any) string {
	if w.Min == nil && w.Max == nil {
		return ""
	}
	switch n, ok := numberOf(v); {
	case !ok:
		return "is " + showJSON(v) + ", want a number"
	case w.Min != nil && n < *w.Min:
		return "is " + showJSON(v) + ", want at least " + showJSON(*w.Min)
	case w.Max != nil && n > *w.Max:
		return "is " + showJSON(v) + ", want at most " + showJSON(*w.Max)
	}
	return ""
}

func equalJSON(v, want any) bool {
	if n, ok := numberOf(v); ok {
		return n == want
	}
	switch v.(type) {
	case string, bool:
		return v == want
	}
	return false
}

// numberOf is a number as Lua has it, too.
func numberOf(v any) (float64, bool) {
	text, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := text.Float64()
	return n, err == nil
}

// showJSON is a value for a reason.
func showJSON(v any) string {
	switch v := v.(type) {
	case string:
		return shortQuote(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case map[string]any:
		return fmt.Sprintf("an object of %d", len(v))
	}
	return shorten(fmt.Sprint(v), 60)
}

// mistake joins all that is wrong with the want itself.
func (w JSONWant) mistake() error {
	_, err := ParseJSONPath(w.Path)
	return errors.Join(
		mistake(err == nil, "json: %w", err),
		mistake(w.Min == nil || w.Max == nil || *w.Min <= *w.Max, "json: %s: min is above max", w.Path),
		mistake(!w.Absent || w.Equal == nil && w.Match == nil && w.Min == nil && w.Max == nil,
			"json: %s: what is not there has no value", w.Path),
	)
}

// String is the want for an identity.
func (w JSONWant) String() string {
	text := w.Path
	if w.Absent {
		text += " absent"
	}
	if w.Equal != nil {
		text += " = " + showWhole(w.Equal)
	}
	if w.Min != nil {
		text += " >= " + showJSON(*w.Min)
	}
	if w.Max != nil {
		text += " <= " + showJSON(*w.Max)
	}
	if w.Match != nil {
		text += " matches " + w.Match.String()
	}
	return text
}

// showWhole is a value for an identity: never cut.
func showWhole(v any) string {
	if text, ok := v.(string); ok {
		return strconv.Quote(text)
	}
	return showJSON(v)
}
