package luaapi

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/engine"
	"luavs/luaapi/args"
)

// drainServer is rs:drain(why), or rs:drain { why = ..., deadline = ... }: true,
// or nil and a reason.
func drainServer(L *lua.LState, rs *realServer) int {
	return rs.mark(L, "drain", engine.MarkDrain)
}

// maintainServer is rs:maintenance(why), or with a table as drain has.
func maintainServer(L *lua.LState, rs *realServer) int {
	return rs.mark(L, "maintenance", engine.MarkMaintenance)
}

// resumeServer is rs:resume(): true, or nil and a reason.
func resumeServer(L *lua.LState, rs *realServer) int {
	rs.rt.running(L, "resume")
	return rs.change(L, "resume", func(ctx context.Context) error {
		return rs.rt.handle.Resume(ctx, rs.service, rs.dest.Addr)
	})
}

// mark puts a mark on the server.
func (rs *realServer) mark(L *lua.LState, method string, kind engine.MarkKind) int {
	rs.rt.running(L, method)
	m := readMark(L, method)
	m.Kind = kind
	return rs.change(L, method, func(ctx context.Context) error {
		return rs.rt.handle.Mark(ctx, rs.service, rs.dest.Addr, m)
	})
}

// readMark reads what rs:drain and rs:maintenance are called with.
func readMark(L *lua.LState, method string) engine.Mark {
	switch v := L.Get(2).(type) {
	case lua.LString:
		return engine.Mark{Why: checks.OneLine(string(v))}
	case *lua.LTable, *lua.LNilType:
	default:
		L.RaiseError(`%s: want a reason, or a table such as { why = "new kernel", deadline = "5m" }, got %s`, method, args.Show(v))
	}
	f := args.Optional(L, 2, method)
	m := engine.Mark{Why: checks.OneLine(f.String("why", ""))}
	if f.Has("deadline") {
		m.Until = time.Now().Add(f.Duration("deadline", 0, 0))
	}
	f.Raise()
	return m
}

// change asks the loop for a change of the server: true, or nil and why it
// cannot be.
func (rs *realServer) change(L *lua.LState, method string, ask func(context.Context) error) int {
	vs := &virtualServer{rt: rs.rt, key: rs.service}
	return vs.change(L, method, ask, func() lua.LValue { return lua.LTrue })
}

// readDrain reads drain = "5m" or drain = { deadline = "5m" } over what holds
// otherwise.
func readDrain(f *args.Fields, otherwise time.Duration) time.Duration {
	if _, ok := f.Value("drain").(*lua.LTable); !ok {
		return f.Duration("drain", otherwise, 0)
	}
	sub := f.Sub("drain")
	if !sub.Has("deadline") {
		sub.Mistake("", `want how long connections may stay, as in drain = "5m" or drain = { deadline = "5m" }`)
	}
	return sub.Duration("deadline", otherwise, 0)
}

// judgeDrain notes a drain where no connections are waited for.
func (ld *loader) judgeDrain(d *declared) {
	spec := d.service.Spec
	if engine.Drains(spec) {
		return
	}
	const text = `field "drain": connections of %s are not waited for, its servers leave at once; leave it out`
	of := spec.Protocol.String()
	if spec.OnePacket {
		of = "a one-packet service"
	}
	if d.service.Drain > 0 {
		ld.note(d.at, []string{"drain"}, text, of)
	}
	for i, rs := range d.servers {
		if drain := d.service.Servers[i].Drain; drain > 0 && drain != d.service.Drain {
			ld.note(rs.at, []string{"drain"}, text, of)
		}
	}
}
