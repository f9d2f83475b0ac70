package luaapi

import (
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/luaapi/args"
)

// changeWithin is how long a step lasts unless max_change says otherwise.
const changeWithin = 10 * time.Second

// maxServers bounds max_change = N.
const maxServers = 1_000_000

// readMaxChange reads max_change = "30%", max_change = 2, or
// max_change = { "30%", within = "10s" }.
func readMaxChange(f *args.Fields) engine.MaxChange {
	const name = "max_change"
	v := f.Value(name)
	switch v := v.(type) {
	case *lua.LNilType:
		return engine.MaxChange{}
	case *lua.LTable:
		return readMaxChangeTable(f.Sub(name))
	default:
		m, ok := maxChange(v)
		if !ok {
			f.Mistake(name, wantMaxChange, args.Show(v))
		}
		return m
	}
}

const wantMaxChange = `want a part of those who serve such as "30%%", above 0%% and up to 100%%, or a number of servers from 1 up, got %s`

func readMaxChangeTable(f *args.Fields) engine.MaxChange {
	items := f.List()
	within := f.Duration("within", changeWithin, time.Second)
	if len(items) != 1 {
		f.Mistake("", `want how much, and perhaps in which time, as in max_change = { "30%%", within = "10s" }`)
		return engine.MaxChange{}
	}
	m, ok := maxChange(items[0])
	if !ok && items[0] != lua.LNil {
		f.Mistake("1", wantMaxChange, args.Show(items[0]))
	}
	m.Within = within
	return m
}

// maxChange reads "30%" or 2.
func maxChange(v lua.LValue) (engine.MaxChange, bool) {
	m := engine.MaxChange{Within: changeWithin}
	if n, ok := args.Whole(v, 1, maxServers); ok {
		m.Servers = n
		return m, true
	}
	text, _ := v.(lua.LString)
	percent, isPart := strings.CutSuffix(string(text), "%")
	n, err := strconv.ParseFloat(percent, 64)
	m.Percent = n
	return m, isPart && err == nil && n > 0 && n <= 100
}
