package checks

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// reasonLimit is the length of a reason in bytes: what fits a log line and a
// column of a table.
const reasonLimit = 200

// OneLine is the first line of text that has anything to say, printable and
// no longer than a reason may be. Texts of servers and programs are not
// trusted with a terminal or a log.
func OneLine(text string) string {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	text, _, _ = strings.Cut(text, "\n")
	text = strings.Map(printable, strings.TrimSpace(text))
	return shorten(text, reasonLimit)
}

// printable keeps what takes its own place on a line.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case !unicode.IsPrint(r):
		return '.'
	}
	return r
}

// shorten cuts text to limit bytes, between two runes.
func shorten(text string, limit int) string {
	const dots = "..."
	if len(text) <= limit {
		return text
	}
	cut := limit - len(dots)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + dots
}

// shortQuote quotes text for a reason.
func shortQuote(text string) string {
	return strconv.Quote(shorten(text, 60))
}

// An identity is the text that tells one check from another: the kind and
// each setting that is not the default, in a fixed order. A check of the same
// identity is the same check after a reload.
type identity struct{ strings.Builder }

// word adds a word of its own.
func (id *identity) word(text string) {
	if id.Len() > 0 {
		id.WriteByte(' ')
	}
	id.WriteString(quoted(text))
}

// field adds name=value unless value is empty.
func (id *identity) field(name, value string) {
	if value != "" {
		fmt.Fprintf(id, " %s=%s", name, quoted(value))
	}
}

// flag adds name if on.
func (id *identity) flag(name string, on bool) {
	if on {
		id.WriteString(" " + name)
	}
}

// bytes adds data: as text when it is short, else as a digest.
func (id *identity) bytes(name string, data []byte) {
	if len(data) > 64 {
		id.digest(name, data)
		return
	}
	id.field(name, string(data))
}

// digest adds data that is long or not for everybody's eyes.
func (id *identity) digest(name string, data []byte) {
	if len(data) > 0 {
		fmt.Fprintf(id, " %s=sha256:%.12x", name, sha256.Sum256(data))
	}
}

// pattern adds a regular expression.
func (id *identity) pattern(name string, re *regexp.Regexp) {
	if re != nil {
		id.field(name, re.String())
	}
}

// number adds n unless it is the default.
func (id *identity) number(name string, n, usual int) {
	if n != usual {
		id.field(name, strconv.Itoa(n))
	}
}

// environment adds NAME=value items; the values may be passwords.
func (id *identity) environment(items []string) {
	for _, item := range items {
		name, _, _ := strings.Cut(item, "=")
		id.digest("env="+name, []byte(item))
	}
}

// quoted is text as it is, or in quotes where its end or its bytes would not
// be plain to see.
func quoted(text string) string {
	special := func(r rune) bool {
		return r == '"' || r == '=' || unicode.IsSpace(r) || !unicode.IsPrint(r) || r == utf8.RuneError
	}
	if text == "" || strings.ContainsFunc(text, special) {
		return strconv.Quote(text)
	}
	return text
}

// inDays is a time in days where it has two or more of them.
func inDays(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.Round(time.Minute).String()
}
