package luaapi

import (
	"cmp"
	"context"
	"math"
	"net/netip"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// realServer is a real server: what real_server declares, and what Lua code
// sees of it later.
type realServer struct {
	rt      *runtime
	at      position     // of real_server
	fields  *args.Fields // its table, while the policy loads; nil if it has none
	clean   bool         // no field of it is wrong
	adopted bool         // a virtual server has it
	service ipvs.ServiceKey

	name string
	dest ipvs.Destination // as declared, or of a member as it serves

	addr, ip, port, title lua.LValue // what Lua sees of dest and name, once it was asked for
	tags                  *lua.LTable

	checks []*checkSpec // while the policy loads

	member bool // one of the members of a decision, perhaps never declared
	fixed  bool // shows view and nothing newer
	view   *engine.ServerView
}

// now returns what is known of the server; nil if it is not declared.
func (rs *realServer) now(L *lua.LState) *engine.ServerView {
	if rs.view != nil || rs.fixed {
		return rs.view
	}
	if rs.rt.loading.Load() {
		L.RaiseError("real_server %s: nothing is known of it while the policy loads; ask in a check, a policy function or an event's", rs.dest.Addr)
	}
	v, err := rs.rt.view(L, rs.service)
	if err != nil {
		L.RaiseError("real_server %s: %v", rs.dest.Addr, err)
	}
	return v.Server(rs.dest.Addr)
}

// known makes the reader of a field of a server that may not be declared.
func known(read func(*lua.LState, *engine.ServerView) lua.LValue, otherwise lua.LValue) func(*lua.LState, *realServer) lua.LValue {
	return func(L *lua.LState, rs *realServer) lua.LValue {
		if sv := rs.now(L); sv != nil {
			return read(L, sv)
		}
		return otherwise
	}
}

// weightBy makes the reader of a weight: what it is by a view, or as declared
// while the policy loads; that of a member is the one it serves with.
func weightBy(read func(*engine.ServerView) int) func(*lua.LState, *realServer) lua.LValue {
	return func(L *lua.LState, rs *realServer) lua.LValue {
		if !rs.member && !rs.rt.loading.Load() {
			if sv := rs.now(L); sv != nil {
				return lua.LNumber(read(sv))
			}
		}
		return lua.LNumber(rs.dest.Weight)
	}
}

// setWeight is rs.weight = n.
func (rs *realServer) setWeight(L *lua.LState, value lua.LValue) {
	weight, ok := args.Whole(value, 0, math.MaxInt32)
	if !ok {
		L.RaiseError("weight: want a whole number from 0 to %d, got %s", math.MaxInt32, args.Show(value))
	}
	rs.rt.running(L, "weight")
	var err error
	vm.Wait(L, func(ctx context.Context) {
		err = rs.rt.handle.SetWeight(ctx, rs.service, rs.dest.Addr, weight)
	})
	if err != nil {
		L.RaiseError("real_server %s: weight: %v", rs.dest.Addr, err)
	}
}

func realServerClass() *class[*realServer] {
	c := &class[*realServer]{
		name:   "real server",
		fields: realServerFields(),
		write: func(L *lua.LState, rs *realServer, field string, value lua.LValue) {
			if field != "weight" {
				L.RaiseError("a real server's %s cannot be written; weight can", field)
			}
			rs.setWeight(L, value)
		},
		methods: map[string]func(*lua.LState, *realServer) int{
			"drain": drainServer, "maintenance": maintainServer, "resume": resumeServer,
		},
		equal: func(a, b *realServer) bool { return a.dest.Addr == b.dest.Addr },
		print: func(rs *realServer) string { return titled("real_server", rs.name, rs.dest.Addr.String()) },
	}
	addrFields(c.fields, func(rs *realServer) netip.AddrPort { return rs.dest.Addr })
	for field, slot := range map[string]func(*realServer) *lua.LValue{
		"addr": func(rs *realServer) *lua.LValue { return &rs.addr },
		"ip":   func(rs *realServer) *lua.LValue { return &rs.ip },
		"port": func(rs *realServer) *lua.LValue { return &rs.port },
		"name": func(rs *realServer) *lua.LValue { return &rs.title },
	} {
		c.fields[field] = once(slot, c.fields[field])
	}
	return c
}

// once makes the reader of a field that is always the same, and keeps what it is.
func once(slot func(*realServer) *lua.LValue, read func(*lua.LState, *realServer) lua.LValue) func(*lua.LState, *realServer) lua.LValue {
	return func(L *lua.LState, rs *realServer) lua.LValue {
		kept := slot(rs)
		if *kept == nil {
			*kept = read(L, rs)
		}
		return *kept
	}
}

// realServerFields are the fields besides the address. A server that no virtual
// server has yet does not know them: what it does not say is the virtual
// server's.
func realServerFields() map[string]func(*lua.LState, *realServer) lua.LValue {
	number := func(n uint32) lua.LValue { return lua.LNumber(n) }
	fields := map[string]func(*lua.LState, *realServer) lua.LValue{
		"name":    func(_ *lua.LState, rs *realServer) lua.LValue { return lua.LString(rs.name) },
		"weight":  weightBy(func(sv *engine.ServerView) int { return sv.Configured }),
		"forward": func(_ *lua.LState, rs *realServer) lua.LValue { return lua.LString(rs.dest.Forward.String()) },
		"service": func(L *lua.LState, rs *realServer) lua.LValue {
			return rs.rt.objects.services.object(L, &virtualServer{rt: rs.rt, key: rs.service})
		},
		"tags": func(L *lua.LState, rs *realServer) lua.LValue { return rs.rt.tagsOf(L, rs) },
		"state": known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue {
			return lua.LString(sv.State.String())
		}, lua.LString(engine.StateUnknown.String())),
		"since": known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue {
			return lua.LNumber(time.Since(sv.Since).Seconds())
		}, lua.LNil),
		"origin": known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue {
			return lua.LString(cmp.Or(sv.Origin, "declared"))
		}, lua.LNil),
		"reason": known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue { return textOrNil(sv.Reason) }, lua.LString("not declared")),
		"health": known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue {
			return lua.LString(sv.Health.String())
		}, lua.LString(engine.StateUnknown.String())),
		"drained":              known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue { return lua.LBool(!sv.Mark.Out.IsZero()) }, lua.LFalse),
		"active_connections":   known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue { return number(sv.Active) }, lua.LNil),
		"inactive_connections": known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue { return number(sv.Inactive) }, lua.LNil),
		"effective_weight":     weightBy(func(sv *engine.ServerView) int { return sv.Destination.Weight }),
		"flaps":                known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue { return lua.LNumber(sv.Flaps) }, lua.LNil),
		"held": known(func(_ *lua.LState, sv *engine.ServerView) lua.LValue {
			return lua.LNumber(max(0, time.Until(sv.HeldUntil).Seconds()))
		}, lua.LNil),
		"stats":  known(func(L *lua.LState, sv *engine.ServerView) lua.LValue { return statsView(L, sv.Stats) }, lua.LNil),
		"checks": known(checkList, lua.LNil),
	}
	for name, read := range fields {
		fields[name] = func(L *lua.LState, rs *realServer) lua.LValue {
			if !rs.adopted {
				L.RaiseError("real_server %s: %s is not known before a virtual server has it", rs.dest.Addr, name)
			}
			return read(L, rs)
		}
	}
	return fields
}

// serverID names a server of a policy.
type serverID struct {
	service ipvs.ServiceKey
	addr    netip.AddrPort
}

// tagsOf returns the tags of a server: the table of its declaration, the same
// each time, or a new one if it has none.
func (rt *runtime) tagsOf(L *lua.LState, rs *realServer) lua.LValue {
	if rs.tags != nil {
		return rs.tags
	}
	id := serverID{rs.service, rs.dest.Addr}
	if rt.tags[id] == nil {
		rt.tags[id] = L.NewTable()
		rt.vm.Hold(id, rt.tags[id])
	}
	return rt.tags[id]
}
