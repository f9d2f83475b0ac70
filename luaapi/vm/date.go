package vm

import (
	"fmt"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// osDate is os.date([format [, time]]), in the words of the C locale.
func osDate(L *lua.LState) int {
	t := time.Now()
	if L.Get(2) != lua.LNil {
		t = time.Unix(int64(checkInt(L, 2)), 0)
	}
	format, utc := strings.CutPrefix(optText(L, 1, "%c"), "!")
	if utc {
		t = t.UTC()
	}
	if strings.HasPrefix(format, "*t") {
		L.Push(dateTable(L, t))
		return 1
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		b.WriteString(datePart(t, format[i]))
		checkSize(L, b.Len())
	}
	L.Push(lua.LString(b.String()))
	return 1
}

// dateLayouts returns the parts of a date that Go writes as C does.
var dateLayouts = sync.OnceValue(func() map[byte]string {
	return map[byte]string{
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'c': "Mon Jan _2 15:04:05 2006", 'd': "02", 'D': "01/02/06",
		'e': "_2", 'F': "2006-01-02", 'h': "Jan", 'H': "15", 'I': "03", 'j': "002", 'm': "01", 'M': "04", 'p': "PM", 'R': "15:04",
		'r': "03:04:05 PM", 'S': "05", 'T': "15:04:05", 'x': "01/02/06", 'X': "15:04:05", 'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST",
	}
})

// datePart is what a letter of strftime stands for; another stays as it is.
func datePart(t time.Time, letter byte) string {
	if layout, ok := dateLayouts()[letter]; ok {
		return t.Format(layout)
	}
	year, week := t.ISOWeek()
	monday := (int(t.Weekday()) + 6) % 7
	switch letter {
	case '%':
		return "%"
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case 's':
		return fmt.Sprint(t.Unix())
	case 'C':
		return fmt.Sprintf("%02d", t.Year()/100)
	case 'u':
		return fmt.Sprint(monday + 1)
	case 'w':
		return fmt.Sprint(int(t.Weekday()))
	case 'U':
		return fmt.Sprintf("%02d", (t.YearDay()+6-int(t.Weekday()))/7)
	case 'W':
		return fmt.Sprintf("%02d", (t.YearDay()+6-monday)/7)
	case 'V':
		return fmt.Sprintf("%02d", week)
	case 'G':
		return fmt.Sprint(year)
	case 'g':
		return fmt.Sprintf("%02d", year%100)
	}
	return "%" + string([]byte{letter})
}

func dateTable(L *lua.LState, t time.Time) *lua.LTable {
	d := L.CreateTable(0, 9)
	for name, n := range map[string]int{
		"year": t.Year(), "month": int(t.Month()), "day": t.Day(), "hour": t.Hour(), "min": t.Minute(), "sec": t.Second(),
		"wday": int(t.Weekday()) + 1, "yday": t.YearDay(),
	} {
		d.RawSetString(name, lua.LNumber(n))
	}
	d.RawSetString("isdst", lua.LBool(t.IsDST()))
	return d
}

// osTime is os.time([table]). A field beyond its range counts on into the next,
// as in C.
func osTime(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		L.Push(lua.LNumber(time.Now().Unix()))
		return 1
	}
	d := L.CheckTable(1)
	field := func(name string, otherwise int) int {
		n, ok := numberOf(L.GetField(d, name))
		if !ok && otherwise < 0 {
			L.RaiseError("field '%s' missing in date table", name)
		} else if !ok {
			return otherwise
		}
		return int(toInt64(float64(n)))
	}
	t := time.Date(field("year", -1), time.Month(field("month", -1)), field("day", -1), field("hour", 12), field("min", 0), field("sec", 0), 0, time.Local)
	L.Push(lua.LNumber(t.Unix()))
	return 1
}
