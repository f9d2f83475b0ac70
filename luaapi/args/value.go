package args

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// shown is how much of a string is printed in a message, in bytes.
const shown = 60

// Show prints a value for a message: strings quoted and cut, tables and
// functions by their type.
func Show(v lua.LValue) string {
	switch v := v.(type) {
	case nil, *lua.LNilType:
		return "nil"
	case lua.LString:
		if len(v) > shown {
			return strconv.Quote(string(v[:shown])) + "..."
		}
		return strconv.Quote(string(v))
	case lua.LNumber, lua.LBool:
		return v.String()
	case *lua.LUserData:
		return "an object"
	default:
		return "a " + v.Type().String()
	}
}

// Duration returns the duration that a value is: a string such as "1500ms",
// "5s" or "1h30m" in the units of [time.ParseDuration], with whole days (of 24
// hours) before them such as "14d" or "1d12h", or a number of seconds,
// fractions allowed. It is never negative.
func Duration(v lua.LValue) (time.Duration, error) {
	switch v := v.(type) {
	case lua.LString:
		return parseDuration(string(v))
	case lua.LNumber:
		seconds := float64(v)
		if !(seconds >= 0 && seconds < math.MaxInt64/float64(time.Second)) {
			return 0, fmt.Errorf("want a number of seconds from 0 up, got %v", v)
		}
		return time.Duration(math.Round(seconds * float64(time.Second))), nil
	}
	return 0, fmt.Errorf(`want a duration such as "5s" or a number of seconds, got %s`, Show(v))
}

// inDays is time.ParseDuration with days, of 24 hours, before the rest.
func inDays(s string) (time.Duration, error) {
	number, rest, ok := strings.Cut(s, "d")
	days, err := strconv.ParseUint(number, 10, 16)
	if !ok || err != nil {
		return time.ParseDuration(s)
	}
	if rest == "" {
		rest = "0s"
	}
	d, err := time.ParseDuration(rest)
	if d < 0 {
		err = errors.New("a part of it is negative")
	}
	return time.Duration(days)*24*time.Hour + d, err
}

func parseDuration(s string) (time.Duration, error) {
	d, err := inDays(s)
	if _, number := strconv.ParseFloat(s, 64); number == nil && s != "" && err != nil {
		return 0, fmt.Errorf(`want a duration with a unit, such as "%ss", got %q`, s, s)
	}
	if err != nil {
		return 0, fmt.Errorf(`want a duration such as "1500ms", "5s" or "1h", got %s`, Show(lua.LString(s)))
	}
	if d < 0 || strings.HasPrefix(s, "-") {
		return 0, fmt.Errorf("want a duration from 0 up, got %q", s)
	}
	return d, nil
}
