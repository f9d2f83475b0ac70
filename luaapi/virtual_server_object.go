package luaapi

import (
	"context"
	"net/netip"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/vm"
)

// virtualServer is a virtual server as Lua code sees it.
type virtualServer struct {
	rt   *runtime
	key  ipvs.ServiceKey
	view *engine.ServiceView // what a decision is made of; nil: always the newest
}

// now returns what is known of the virtual server.
func (vs *virtualServer) now(L *lua.LState) *engine.ServiceView {
	if vs.view != nil {
		return vs.view
	}
	if vs.rt.loading.Load() {
		L.RaiseError("virtual_server %v: nothing is known of it while the policy loads; ask in a check, a policy function or an event's", vs.key)
	}
	v, err := vs.rt.view(L, vs.key)
	if err != nil {
		L.RaiseError("virtual_server %v: %v", vs.key, err)
	}
	return v
}

// view returns what is known of a virtual server now.
func (rt *runtime) view(L *lua.LState, key ipvs.ServiceKey) (v *engine.ServiceView, err error) {
	if v = rt.handle.AtHand(key); v == nil {
		vm.Uncounted(L, func() { v, err = rt.handle.View(key) })
	}
	return v, err
}

// server returns the object of one of its servers, which is as new or as old
// as vs is.
func (vs *virtualServer) server(L *lua.LState, sv *engine.ServerView) lua.LValue {
	rs := &realServer{rt: vs.rt, adopted: true, service: vs.key, name: sv.Name, dest: sv.Destination}
	if vs.view != nil {
		rs.view = sv
	}
	return vs.rt.objects.servers.object(L, rs)
}

// member returns the object of a server as the last decision has it.
func (vs *virtualServer) member(L *lua.LState, d ipvs.Destination) lua.LValue {
	rs := &realServer{rt: vs.rt, adopted: true, service: vs.key, name: d.Addr.String(), dest: d, member: true}
	if v := vs.now(L); vs.view != nil {
		rs.view = v.Server(d.Addr)
		rs.fixed = true
	}
	return vs.rt.objects.servers.object(L, rs)
}

func (vs *virtualServer) list(L *lua.LState, servers []*engine.ServerView) lua.LValue {
	return list(L, servers, func(sv *engine.ServerView) lua.LValue { return vs.server(L, sv) })
}

func virtualServerClass() *class[*virtualServer] {
	c := &class[*virtualServer]{
		name: "virtual server",
		fields: map[string]func(*lua.LState, *virtualServer) lua.LValue{
			"name":     func(L *lua.LState, vs *virtualServer) lua.LValue { return lua.LString(vs.now(L).Name) },
			"protocol": func(_ *lua.LState, vs *virtualServer) lua.LValue { return protocolText(vs.key) },
			"servers":  func(L *lua.LState, vs *virtualServer) lua.LValue { return vs.list(L, vs.now(L).Servers) },
			"members": func(L *lua.LState, vs *virtualServer) lua.LValue {
				return list(L, vs.now(L).Serving(), func(d ipvs.Destination) lua.LValue { return vs.member(L, d) })
			},
			"sources": func(L *lua.LState, vs *virtualServer) lua.LValue { return sourceList(L, vs.now(L)) },
			"settled": func(L *lua.LState, vs *virtualServer) lua.LValue { return lua.LBool(vs.now(L).Settled) },
			"quorum":  func(L *lua.LState, vs *virtualServer) lua.LValue { return textOrNil(string(vs.now(L).Quorum)) },
			"problem": func(L *lua.LState, vs *virtualServer) lua.LValue { return textOrNil(vs.now(L).Problem) },
		},
		methods: map[string]func(*lua.LState, *virtualServer) int{
			"up":     func(L *lua.LState, vs *virtualServer) int { L.Push(vs.list(L, vs.now(L).Up())); return 1 },
			"down":   func(L *lua.LState, vs *virtualServer) int { L.Push(vs.list(L, vs.now(L).Down())); return 1 },
			"find":   findServer,
			"decide": decideAnew,
			"add":    addServer,
			"remove": removeServer,
		},
		equal: func(a, b *virtualServer) bool { return a.key == b.key },
		print: func(vs *virtualServer) string { return titled("virtual_server", "", vs.key.String()) },
	}
	addrFields(c.fields, func(vs *virtualServer) netip.AddrPort { return vs.key.Addr })
	return c
}

// findServer is vs:find(ADDR): the server with an address, declared or joined, or nil.
func findServer(L *lua.LState, vs *virtualServer) int {
	if sv := vs.now(L).Server(serverArgument(L, vs.rt, "find")); sv != nil {
		L.Push(vs.server(L, sv))
		return 1
	}
	L.Push(lua.LNil)
	return 1
}

// decideAnew is vs:decide(): the policy of the virtual server is asked again.
func decideAnew(L *lua.LState, vs *virtualServer) int {
	vs.rt.running(L, "decide")
	var err error
	vm.Wait(L, func(ctx context.Context) { err = vs.rt.handle.Decide(ctx, vs.key) })
	if err != nil {
		L.RaiseError("virtual_server %v: decide: %v", vs.key, err)
	}
	return 0
}

// textOrNil returns a text, or nil for the empty one.
func textOrNil(s string) lua.LValue {
	if s == "" {
		return lua.LNil
	}
	return lua.LString(s)
}
