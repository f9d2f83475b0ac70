package args

import (
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// units are what sizes are written in: powers of two, as memory is counted.
var units = []struct {
	name  string
	bytes int
}{{"kB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}}

// Size returns a field that holds a size in bytes from low to high: "64MB", or
// a whole number.
func (f *Fields) Size(name string, def, low, high int) int {
	v := f.Value(name)
	if v == lua.LNil {
		return def
	}
	n, ok := size(v)
	switch {
	case !ok:
		f.Mistake(name, `want a size such as "64MB" (kB, MB or GB) or a number of bytes, got %s`, Show(v))
	case n < low || n > high:
		f.Mistake(name, "want %s to %s, got %s", showSize(low), showSize(high), Show(v))
	default:
		return n
	}
	return def
}

func size(v lua.LValue) (int, bool) {
	const most = 1 << 40
	text, ok := v.(lua.LString)
	if !ok {
		return Whole(v, 0, most)
	}
	for _, u := range units {
		if number, ok := strings.CutSuffix(string(text), u.name); ok {
			n, err := strconv.Atoi(number)
			return n * u.bytes, err == nil && n >= 0 && n <= most/u.bytes
		}
	}
	return 0, false
}

func showSize(n int) string {
	for i := len(units) - 1; i >= 0; i-- {
		if u := units[i]; n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d%s", n/u.bytes, u.name)
		}
	}
	return strconv.Itoa(n)
}
