package vm

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A verb is one conversion of string.format: %[flags][width][.precision]letter.
type verb struct {
	minus, plus, space, alt, zero bool
	width, precision              int // precision -1: not given
	letter                        byte
}

// stringFormat is string.format of Lua 5.1, but that %s takes any value, as
// tostring writes it.
func stringFormat(L *lua.LState) int {
	f := checkText(L, 1)
	var b strings.Builder
	arg := 1
	for i := 0; i < len(f); i++ {
		if f[i] != '%' {
			b.WriteByte(f[i])
			continue
		}
		if i++; i < len(f) && f[i] == '%' {
			b.WriteByte('%')
			continue
		}
		var v verb
		v, i = parseVerb(L, f, i)
		arg++
		b.WriteString(v.format(L, arg))
		checkSize(L, b.Len())
	}
	L.Push(lua.LString(b.String()))
	return 1
}

// parseVerb reads the verb whose flags begin at i, and returns the place of
// its letter.
func parseVerb(L *lua.LState, f string, i int) (verb, int) {
	v, from := verb{precision: -1}, i
	for ; i < len(f) && v.flag(f[i]); i++ {
	}
	if i-from > len("-+ #0") {
		L.RaiseError("invalid format (repeated flags)")
	}
	v.width, i = twoDigits(L, f, i)
	if i < len(f) && f[i] == '.' {
		v.precision, i = twoDigits(L, f, i+1)
	}
	if i < len(f) {
		v.letter = f[i]
	}
	return v, i
}

// flag takes c in if it is a flag.
func (v *verb) flag(c byte) bool {
	switch c {
	case '-':
		v.minus = true
	case '+':
		v.plus = true
	case ' ':
		v.space = true
	case '#':
		v.alt = true
	case '0':
		v.zero = true
	default:
		return false
	}
	return true
}

func twoDigits(L *lua.LState, f string, i int) (n, end int) {
	for end = i; end < len(f) && isDigit(f[end]); end++ {
		if end-i == 2 {
			L.RaiseError("invalid format (width or precision too long)")
		}
		n = n*10 + int(f[end]-'0')
	}
	return n, end
}

// format formats argument n.
func (v verb) format(L *lua.LState, n int) string {
	switch v.letter {
	case 'c':
		return v.pad("", string([]byte{byte(checkInt(L, n))}), false)
	case 'd', 'i':
		return v.signed(checkNumber(L, n))
	case 'o', 'u', 'x', 'X':
		return v.unsigned(checkNumber(L, n))
	case 'e', 'E', 'f', 'g', 'G':
		return v.float(checkNumber(L, n))
	case 'q':
		return quote(checkText(L, n))
	case 's':
		s := toString(L, L.CheckAny(n))
		if v.precision >= 0 && v.precision < len(s) {
			s = s[:v.precision]
		}
		return v.pad("", s, false)
	}
	L.RaiseError("invalid option '%%%s' to 'format'", strings.TrimRight(string([]byte{v.letter}), "\x00"))
	return ""
}

// pad fills up to the width; zeros go between sign and digits.
func (v verb) pad(sign, s string, zero bool) string {
	fill := max(0, v.width-len(sign)-len(s))
	switch {
	case v.minus:
		return sign + s + strings.Repeat(" ", fill)
	case zero:
		return sign + strings.Repeat("0", fill) + s
	}
	return strings.Repeat(" ", fill) + sign + s
}

func (v verb) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case v.plus:
		return "+"
	case v.space:
		return " "
	}
	return ""
}

func (v verb) signed(f float64) string {
	n := toInt64(f)
	digits := strings.TrimPrefix(strconv.FormatInt(n, 10), "-")
	return v.integer(v.sign(n < 0), digits)
}

func (v verb) unsigned(f float64) string {
	n := uint64(toInt64(f))
	if f >= 1<<63 && f < 1<<64 {
		n = uint64(f)
	}
	switch v.letter {
	case 'o':
		digits := strconv.FormatUint(n, 8)
		if v.alt && (n != 0 || v.precision == 0) {
			digits = "0" + strings.TrimPrefix(digits, "0")
		}
		return v.integer("", digits)
	case 'u':
		return v.integer("", strconv.FormatUint(n, 10))
	}
	sign, digits := "", strconv.FormatUint(n, 16)
	if v.alt && n != 0 {
		sign = "0x"
	}
	if v.letter == 'X' {
		sign, digits = strings.ToUpper(sign), strings.ToUpper(digits)
	}
	return v.integer(sign, digits)
}

// integer applies the precision, which is the least number of digits.
func (v verb) integer(sign, digits string) string {
	if v.precision == 0 && digits == "0" && !(v.alt && v.letter == 'o') {
		digits = ""
	}
	digits = strings.Repeat("0", max(0, v.precision-len(digits))) + digits
	return v.pad(sign, digits, v.zero && v.precision < 0)
}

// toInt64 converts as C does on amd64: what does not fit is the smallest number.
func toInt64(f float64) int64 {
	if f >= -1<<63 && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}

func (v verb) float(f float64) string {
	precision := v.precision
	if precision < 0 {
		precision = 6
	}
	var s string
	switch abs := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		s = strings.TrimPrefix(formatNumber(abs), "-")
	case v.letter|0x20 == 'g':
		s = formatG(abs, precision, v.alt)
	default:
		s = strconv.FormatFloat(abs, v.letter|0x20, precision, 64)
		if v.alt && precision == 0 {
			s = pointed(s)
		}
	}
	if v.letter < 'a' {
		s = strings.ToUpper(s)
	}
	return v.pad(v.sign(math.Signbit(f)), s, v.zero && !math.IsInf(f, 0) && !math.IsNaN(f))
}

// pointed puts a point behind the digits, before an exponent.
func pointed(s string) string {
	digits, exp, ok := strings.Cut(s, "e")
	if !ok {
		return s + "."
	}
	return digits + ".e" + exp
}

// quote writes s so that Lua reads it back.
func quote(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", "\\\n", "\r", `\r`, "\x00", `\000`).Replace(s) + `"`
}
