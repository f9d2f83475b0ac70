package luaapi

import (
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/args"
)

// What IPVS as a whole says of itself and can be told: ipvs.info, ipvs.timeouts
// and ipvs.sysctl.

// infoView is what ipvs.info returns.
type infoView struct {
	Version         string
	ConnectionTable int // buckets
}

// timeoutsView is what ipvs.timeouts returns, in seconds.
type timeoutsView struct{ TCP, TCPFIN, UDP float64 }

// info is ipvs.info().
func (m *kernelModule) info(L *lua.LState) int {
	m.rt.running(L, "ipvs.info")
	i, err := m.rt.kernel.Info()
	raise(L, err)
	L.Push(view(L, "info", infoView{i.Version, i.ConnectionTable}))
	return 1
}

// timeouts is ipvs.timeouts() and ipvs.timeouts{...}, which changes those that
// are named.
func (m *kernelModule) timeouts(L *lua.LState) int {
	const what = "ipvs.timeouts"
	m.alone(L, what)
	if L.Get(1) != lua.LNil {
		raise(L, m.rt.kernel.SetTimeouts(readTimeouts(L, what)))
	}
	t, err := m.rt.kernel.Timeouts()
	raise(L, err)
	L.Push(view(L, "timeouts", timeoutsView{t.TCP.Seconds(), t.TCPFIN.Seconds(), t.UDP.Seconds()}))
	return 1
}

func readTimeouts(L *lua.LState, what string) ipvs.Timeouts {
	f := args.Optional(L, 1, what)
	t := ipvs.Timeouts{
		TCP:    f.Duration("tcp", 0, time.Second),
		TCPFIN: f.Duration("tcpfin", 0, time.Second),
		UDP:    f.Duration("udp", 0, time.Second),
	}
	if t == (ipvs.Timeouts{}) && len(f.Done()) == 0 {
		f.Mistake("", "want at least one of tcp, tcpfin and udp")
	}
	f.Raise()
	return t
}

// sysctl is ipvs.sysctl(name) and ipvs.sysctl(name, value). A value that is one
// number is a number in Lua, another one is text.
func (m *kernelModule) sysctl(L *lua.LState) int {
	const what = "ipvs.sysctl"
	m.alone(L, what)
	name := argText(L, 1, what)
	if L.GetTop() > 1 {
		raise(L, m.rt.kernel.SetSysctl(name, sysctlText(L, what)))
	}
	value, err := m.rt.kernel.Sysctl(name)
	raise(L, err)
	if n, err := strconv.ParseInt(value, 10, 53); err == nil {
		L.Push(lua.LNumber(n))
	} else {
		L.Push(lua.LString(value))
	}
	return 1
}

// sysctlText reads the value, which may be true or false for 1 and 0.
func sysctlText(L *lua.LState, what string) string {
	switch v := L.Get(2).(type) {
	case lua.LString:
		return string(v)
	case lua.LBool:
		if v {
			return "1"
		}
		return "0"
	case lua.LNumber:
		if float64(v) == float64(int64(v)) {
			return strconv.FormatInt(int64(v), 10)
		}
	}
	L.RaiseError("%s: argument 2: want a whole number, a text, true or false, got %s", what, args.Show(L.Get(2)))
	return ""
}
