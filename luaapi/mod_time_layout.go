package luaapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"luavs/luaapi/args"
)

// httpLayout is the date of HTTP (RFC 9110, 5.6.7), which is always in UTC.
const httpLayout = http.TimeFormat

// named returns the layout of a name.
func named(name string) string {
	switch name {
	case "rfc3339":
		return time.RFC3339
	case "http":
		return httpLayout
	case "mail":
		return time.RFC1123Z // RFC 5322
	}
	return ""
}

// conversion returns what Go writes for a letter of os.date and strftime.
func conversion(letter byte) string {
	pairs := "Y2006 y06 m01 bJan BJanuary d02 e_2 j002 aMon AMonday H15 I03 M04 S05 pPM z-0700 ZMST f000000 F2006-01-02 T15:04:05 %%"
	for pair := range strings.FieldsSeq(pairs) {
		if pair[0] == letter {
			return pair[1:]
		}
	}
	return ""
}

// goLayout returns Go's way to write a layout: one of the names, or letters after
// percent signs.
func goLayout(text string) (string, error) {
	if layout := named(text); layout != "" {
		return layout, nil
	}
	if !strings.Contains(text, "%") {
		return "", fmt.Errorf(`want "rfc3339", "http", "mail" or a layout such as "%%Y-%%m-%%d %%H:%%M:%%S", got %s%s`, quoted(text), args.Hint(text, []string{"rfc3339", "http", "mail"}))
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			if err := plain(text[i]); err != nil {
				return "", err
			}
			b.WriteByte(text[i])
			continue
		}
		if i++; i == len(text) {
			return "", errors.New("the layout ends with a single %")
		}
		if text[i] == 'f' && !strings.HasSuffix(b.String(), ".") {
			return "", errors.New("%f, the microseconds, comes after a point: %S.%f")
		}
		c := conversion(text[i])
		if c == "" {
			return "", fmt.Errorf("there is no %%%c in a layout", text[i])
		}
		b.WriteString(c)
	}
	return b.String(), nil
}

// plain refuses what stands for something in Go's layouts: digits and letters,
// but for those that separate a date from its time and end it.
func plain(c byte) error {
	if c == 'T' || c == 'Z' || c == 'h' || !unicode.IsLetter(rune(c)) && !unicode.IsDigit(rune(c)) && c != '_' {
		return nil
	}
	return fmt.Errorf("%q in a layout has to be a letter after %%", c)
}

func quoted(text string) string { return fmt.Sprintf("%.60q", text) }
