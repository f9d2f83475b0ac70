package vm

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// formatNumber writes n as Lua 5.1 does ("%.14g").
func formatNumber(n float64) string {
	switch {
	case math.IsNaN(n):
		if math.Signbit(n) {
			return "-nan"
		}
		return "nan"
	case math.IsInf(n, 1):
		return "inf"
	case math.IsInf(n, -1):
		return "-inf"
	case n == math.Trunc(n) && math.Abs(n) < 1e14:
		if n == 0 && math.Signbit(n) {
			return "-0"
		}
		return strconv.FormatInt(int64(n), 10)
	}
	return formatG(n, 14, false)
}

// Number returns the number that text is, if text is what tostring makes of it.
func Number(text string) (lua.LNumber, bool) {
	if strings.TrimLeft(text, "0123456789.+-e") != "" {
		return 0, false // which ParseFloat takes long to say
	}
	n, err := strconv.ParseFloat(text, 64)
	return lua.LNumber(n), err == nil && formatNumber(n) == text
}

// formatG is C's %.*g; with alt (its '#') it keeps the point and the zeros at the end.
func formatG(n float64, precision int, alt bool) string {
	if precision == 0 {
		precision = 1
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(n, 'e', precision-1, 64), "e")
	x, _ := strconv.Atoi(exp)
	if x < -4 || x >= precision {
		return trimZeros(mantissa, alt) + "e" + exp
	}
	return trimZeros(strconv.FormatFloat(n, 'f', precision-1-x, 64), alt)
}

func trimZeros(s string, alt bool) string {
	switch point := strings.Contains(s, "."); {
	case alt && !point:
		return s + "."
	case alt || !point:
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// parseNumber reads a number as tonumber does; nil if s is none.
func parseNumber(s string, base int) lua.LValue {
	s = strings.Trim(s, " \t\n\v\f\r")
	if base != 10 {
		return parseInteger(s, base)
	}
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || strings.ContainsAny(digits, "_pPiInN") {
		return lua.LNil
	}
	if len(digits) > 2 && (digits[:2] == "0x" || digits[:2] == "0X") {
		return parseInteger(s, 16)
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(n, 0) {
		return lua.LNil
	}
	return lua.LNumber(n)
}

// parseInteger reads the digits of a base, with a sign, and 0x for base 16.
func parseInteger(s string, base int) lua.LValue {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || strings.Contains(digits, "_") {
		return lua.LNil
	}
	if base == 16 {
		digits = strings.TrimPrefix(strings.TrimPrefix(digits, "0x"), "0X")
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return lua.LNil
	}
	if strings.HasPrefix(s, "-") {
		return lua.LNumber(-float64(n))
	}
	return lua.LNumber(n)
}
