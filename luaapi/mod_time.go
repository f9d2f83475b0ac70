package luaapi

import (
	"fmt"
	"math"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
)

// newTime returns the module time. A time is a number of seconds since 1970 in
// UTC, as os.time counts, with a fraction.
func newTime(L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"now": func(L *lua.LState) int {
			L.Push(seconds(time.Now()))
			return 1
		},
		"format":   timeFormat,
		"parse":    timeParse,
		"parts":    timeParts,
		"zone":     timeZone,
		"duration": timeDuration,
	})
}

// seconds is a time as Lua has it, to the microsecond.
func seconds(t time.Time) lua.LNumber { return lua.LNumber(t.UnixMicro()) / 1e6 }

// argTime returns argument n: a time in a zone.
func argTime(L *lua.LState, n int, what string, zone *time.Location) time.Time {
	const far = 1 << 37 // seconds; some 4,300 years
	s := argNumber(L, n, what)
	if math.Abs(s) > far {
		L.RaiseError("%s: argument %d: %v is no time: want seconds since 1970", what, n, s)
	}
	return time.UnixMicro(int64(math.Round(s * 1e6))).In(zone)
}

// argZone returns argument n: the name of a time zone, UTC by default.
func argZone(L *lua.LState, n int, what string) *time.Location {
	name := textOr(L, n, what, "UTC")
	if name == "local" {
		return time.Local
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		L.RaiseError(`%s: argument %d: want a time zone such as "UTC", "local" or "Europe/Paris", got %q`, what, n, name)
	}
	return zone
}

// argLayout returns argument n: how a time is written.
func argLayout(L *lua.LState, n int, what string) string {
	layout, err := goLayout(textOr(L, n, what, "rfc3339"))
	if err != nil {
		L.RaiseError("%s: argument %d: %v", what, n, err)
	}
	return layout
}

// timeFormat is time.format(t [, layout [, zone]]).
func timeFormat(L *lua.LState) int {
	const what = "time.format"
	layout, zone := argLayout(L, 2, what), argZone(L, 3, what)
	t := argTime(L, 1, what, zone)
	if layout == httpLayout {
		t = t.UTC()
	}
	L.Push(lua.LString(t.Format(layout)))
	return 1
}

// timeParse is time.parse(text [, layout [, zone]]); the zone is for texts that
// name none.
func timeParse(L *lua.LState) int {
	const what = "time.parse"
	layout, zone := argLayout(L, 2, what), argZone(L, 3, what)
	if layout == httpLayout {
		zone = time.UTC
	}
	t, err := time.ParseInLocation(layout, argText(L, 1, what), zone)
	if err != nil {
		return refuse(L, fmt.Errorf("no time as %s: %s", textOr(L, 2, what, "rfc3339"), args.Show(L.Get(1))))
	}
	if name, _ := t.Zone(); strings.Contains(layout, "MST") && name != "UTC" && t.Location() != zone {
		return refuse(L, fmt.Errorf("nobody knows which time zone %s is: give its name as argument 3, or the offset in the text (%%z)", name))
	}
	L.Push(seconds(t))
	return 1
}

// timeParts is time.parts(t [, zone]): the parts as os.date("*t") names them.
func timeParts(L *lua.LState) int {
	const what = "time.parts"
	t := argTime(L, 1, what, argZone(L, 2, what))
	parts := L.NewTable()
	for name, n := range map[string]int{
		"year": t.Year(), "month": int(t.Month()), "day": t.Day(), "hour": t.Hour(), "min": t.Minute(), "sec": t.Second(),
		"wday": int(t.Weekday()) + 1, "yday": t.YearDay(),
	} {
		parts.RawSetString(name, lua.LNumber(n))
	}
	parts.RawSetString("isdst", lua.LBool(t.IsDST()))
	L.Push(parts)
	return 1
}

// timeZone is time.zone(zone [, t]): its short name at that time, now if none is
// given, and by how many seconds it is ahead of UTC.
func timeZone(L *lua.LState) int {
	const what = "time.zone"
	t := time.Now().In(argZone(L, 1, what))
	if L.Get(2) != lua.LNil {
		t = argTime(L, 2, what, t.Location())
	}
	name, offset := t.Zone()
	L.Push(lua.LString(name))
	L.Push(lua.LNumber(offset))
	return 2
}

// timeDuration is time.duration(d): a duration in seconds, or nil and a reason.
func timeDuration(L *lua.LState) int {
	d, err := args.Duration(L.Get(1))
	if err != nil {
		return refuse(L, err)
	}
	L.Push(lua.LNumber(d.Seconds()))
	return 1
}
