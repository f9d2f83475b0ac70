package luaapi

import (
	"net/netip"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/args"
)

// daemonView is one of what ipvs.daemons returns, under the names that
// ipvs.start_daemon takes.
type daemonView struct {
	Role, Interface string
	SyncID, MaxLen  int
	Group           string
	Port, TTL       int
}

// daemons is ipvs.daemons().
func (m *kernelModule) daemons(L *lua.LState) int {
	m.rt.running(L, "ipvs.daemons")
	all, err := m.rt.kernel.Daemons()
	raise(L, err)
	L.Push(list(L, all, func(d ipvs.Daemon) lua.LValue {
		v := daemonView{Role: d.Role.String(), Interface: d.Interface, SyncID: d.SyncID, MaxLen: d.MaxLen, Port: int(d.Port), TTL: int(d.TTL)}
		if d.Group.IsValid() {
			v.Group = d.Group.String()
		}
		return view(L, "sync daemon", v)
	}))
	return 1
}

// startDaemon is ipvs.start_daemon{...}.
func (m *kernelModule) startDaemon(L *lua.LState) int {
	const what = "ipvs.start_daemon"
	m.alone(L, what)
	f := args.Optional(L, 1, what)
	d := ipvs.Daemon{
		Interface: f.String("interface", ""),
		SyncID:    f.Int("sync_id", 0, 0, 255),
		MaxLen:    f.Int("max_len", 0, 1, 65507),
		Port:      uint16(f.Int("port", 0, 1, 65535)),
		TTL:       uint8(f.Int("ttl", 0, 1, 255)),
	}
	d.Role = readRole(f)
	d.Group = readGroup(f)
	if d.Interface == "" {
		f.Mistake("interface", `is missing: the interface to multicast on, such as "eth0"`)
	}
	f.Raise()
	raise(L, m.rt.kernel.StartDaemon(d))
	return 0
}

func readRole(f *args.Fields) ipvs.Role {
	if !f.Has("role") {
		f.Mistake("role", `is missing: "master" or "backup"`)
		return 0
	}
	role, _ := ipvs.ParseRole(f.Enum("role", "master", "master", "backup"))
	return role
}

func readGroup(f *args.Fields) netip.Addr {
	text := f.String("group", "")
	if text == "" {
		return netip.Addr{}
	}
	group, err := netip.ParseAddr(text)
	if err != nil || !group.IsMulticast() {
		f.Mistake("group", `want a multicast address such as "224.0.0.81", got %q`, text)
	}
	return group
}

// stopDaemon is ipvs.stop_daemon("master" or "backup").
func (m *kernelModule) stopDaemon(L *lua.LState) int {
	const what = "ipvs.stop_daemon"
	m.alone(L, what)
	role, err := ipvs.ParseRole(argText(L, 1, what))
	if err != nil {
		L.RaiseError("%s: %v", what, err)
	}
	raise(L, m.rt.kernel.StopDaemon(role))
	return 0
}
