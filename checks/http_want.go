package checks

import (
	"fmt"
	"net/http"
	"net/textproto"
	"regexp"
	"strings"
)

// A HeaderWant is what a header of an answer has to be. With the name alone it
// has to be there. A header that comes several times counts as one, its values
// joined by ", " (RFC 9110, 5.3).
type HeaderWant struct {
	Name   string         // in any case
	Absent bool           // it must not be there
	Equal  string         // its value; empty for any
	Match  *regexp.Regexp // a pattern that its value has to match; nil for any
}

// missing says how the headers of an answer differ from what is wanted; it is
// empty if they do not.
func (w HeaderWant) missing(header http.Header) string {
	name := textproto.CanonicalMIMEHeaderKey(w.Name)
	values, there := header[name]
	value := strings.Join(values, ", ")
	switch {
	case w.Absent && there:
		return fmt.Sprintf("%s is there: %s", name, shortQuote(value))
	case !w.Absent && !there:
		return fmt.Sprintf("no %s", name)
	case w.Equal != "" && value != w.Equal:
		return fmt.Sprintf("%s is %s, want %s", name, shortQuote(value), shortQuote(w.Equal))
	case w.Match != nil && !w.Match.MatchString(value):
		return fmt.Sprintf("%s is %s, want a match of %s", name, shortQuote(value), shortQuote(w.Match.String()))
	}
	return ""
}

// mistake says what is wrong with the want itself.
func (w HeaderWant) mistake() error {
	return mistake(isToken(w.Name), "response_headers: %q is no name of a header", w.Name)
}

// String is the want for an identity.
func (w HeaderWant) String() string {
	text := textproto.CanonicalMIMEHeaderKey(w.Name)
	if w.Absent {
		return "no " + text
	}
	if w.Equal != "" {
		text += " is " + w.Equal
	}
	if w.Match != nil {
		text += " matches " + w.Match.String()
	}
	return text
}
