package luaapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// joins returns the function that declares servers which join a virtual server
// while it is in force: they have what it gives to all of its servers.
func (ld *loader) joins(spec ipvs.Service, g given) func(engine.Member) (engine.Server, error) {
	rt := ld.rt
	return func(m engine.Member) (engine.Server, error) {
		dest := g.dest
		dest.Addr, dest.Weight = m.Addr, m.Weight
		rs := &realServer{rt: rt, adopted: true, service: spec.ServiceKey, name: cmp.Or(m.Name, m.Addr.String()), dest: dest}
		return g.server(rs), errors.Join(dest.Validate(spec), portMisfit(dest, spec))
	}
}

// addServer is vs:add(ADDR [, {...}]): the server, or nil and a reason.
func addServer(L *lua.LState, vs *virtualServer) int {
	vs.rt.running(L, "add")
	f := args.Optional(L, 3, "add")
	m := engine.Member{
		Addr:   serverArgument(L, vs.rt, "add"),
		Name:   f.String("name", ""),
		Weight: f.Int("weight", 1, 0, math.MaxInt32),
		AtOnce: f.Bool("at_once", false),
	}
	f.Raise()
	return vs.change(L, "add", func(ctx context.Context) error { return vs.rt.handle.Add(ctx, vs.key, m) }, func() lua.LValue {
		now := &virtualServer{rt: vs.rt, key: vs.key}
		if sv := now.now(L).Server(m.Addr); sv != nil {
			return now.server(L, sv)
		}
		return lua.LNil // somebody has taken it out already
	})
}

// removeServer is vs:remove(ADDR or server): true, or nil and a reason.
func removeServer(L *lua.LState, vs *virtualServer) int {
	vs.rt.running(L, "remove")
	addr := serverArgument(L, vs.rt, "remove")
	return vs.change(L, "remove", func(ctx context.Context) error { return vs.rt.handle.Remove(ctx, vs.key, addr) }, func() lua.LValue {
		return lua.LTrue
	})
}

// change asks the loop for a change of the membership, and returns what came of
// it, or nil and why it cannot be.
func (vs *virtualServer) change(L *lua.LState, what string, ask func(context.Context) error, done func() lua.LValue) int {
	var err error
	vm.Wait(L, func(ctx context.Context) { err = ask(ctx) })
	switch {
	case errors.Is(err, engine.ErrNotInForce):
		L.RaiseError("virtual_server %v: %s: %v", vs.key, what, err)
	case err != nil:
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(done())
	return 1
}

// serverArgument reads the first argument of a method: a server, or its address.
func serverArgument(L *lua.LState, rt *runtime, method string) netip.AddrPort {
	if rs, ok := rt.objects.servers.value(L.Get(2)); ok {
		return rs.dest.Addr
	}
	text, ok := L.Get(2).(lua.LString)
	if !ok {
		L.RaiseError(`%s: want an address and port such as "192.168.0.1:80", got %s`, method, args.Show(L.Get(2)))
	}
	addr, err := parseServer(string(text))
	if err != nil {
		L.RaiseError("%s: %v", method, err)
	}
	return addr
}

// portMisfit says why a server's port cannot be reached by way of its virtual
// server; nil if it can.
func portMisfit(d ipvs.Destination, of ipvs.Service) error {
	if of.FWMark > 0 || d.Addr.Port() == of.Addr.Port() {
		return nil
	}
	switch {
	case d.Forward == ipvs.Direct || d.Forward == ipvs.Tunnel:
		return fmt.Errorf("real_server %s: forward = %q leaves the port of a packet as it is, and the virtual server's is %d",
			d.Addr, d.Forward, of.Addr.Port())
	case d.Addr.Port() == 0:
		return fmt.Errorf("real_server %s: port 0 stands for the virtual server's port, and is for one of all ports; write port %d",
			d.Addr, of.Addr.Port())
	}
	return nil
}
