package luaapi

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/luaapi/args"
)

// The most time a server is held down, and the time up after which it is
// forgotten that it was down, unless hold_down says otherwise.
const (
	holdMax    = 5 * time.Minute
	holdForget = 5 * time.Minute
)

// recovery is how servers leave and come back: what a virtual server says of all of its
// servers, and each may say otherwise.
type recovery struct {
	slowStart time.Duration
	holdDown  engine.HoldDown
	drain     time.Duration
}

// readRecovery reads slow_start, hold_down and drain over what holds otherwise.
func readRecovery(f *args.Fields, r recovery) recovery {
	r.slowStart = f.Duration("slow_start", r.slowStart, 0)
	r.drain = readDrain(f, r.drain)
	const name = "hold_down"
	switch f.Value(name).(type) {
	case *lua.LNilType:
	case *lua.LTable:
		r.holdDown = readHoldDown(f.Sub(name))
	default:
		r.holdDown = holdDown(f.Duration(name, 0, 0))
	}
	return r
}

// holdDown is hold_down = "10s".
func holdDown(base time.Duration) engine.HoldDown {
	return engine.HoldDown{Base: base, Max: max(base, holdMax), Forget: holdForget}
}

// readHoldDown reads hold_down = { "10s", max = "5m", forget = "5m" }.
func readHoldDown(f *args.Fields) engine.HoldDown {
	items := f.List()
	if len(items) != 1 {
		f.Mistake("", `want the first time and perhaps others, as in hold_down = { "10s", max = "5m", forget = "5m" }`)
		return engine.HoldDown{}
	}
	base, err := args.Duration(items[0])
	if err != nil {
		f.Mistake("1", "%v", err)
	}
	d := holdDown(base)
	d.Max = f.Duration("max", d.Max, 0)
	d.Forget = f.Duration("forget", d.Forget, time.Second)
	if d.Max < d.Base {
		f.Mistake("max", "%v is shorter than the first time, %v", d.Max, d.Base)
	}
	return d
}
