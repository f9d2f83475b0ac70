package luaapi

import (
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/args"
)

// realServerCall is real_server ADDR. Its table, if it has one, is read when a
// virtual server takes it: what it leaves out is the virtual server's.
func (ld *loader) realServerCall(L *lua.LState) int {
	ld.declaring(L, "real_server")
	text, ok := L.Get(1).(lua.LString)
	if !ok {
		L.RaiseError(`real_server: want an address and port such as "192.168.0.1:80", got %s`, args.Show(L.Get(1)))
	}
	if err := ld.rt.limits.servers.take(1); err != nil {
		L.RaiseError("real_server: %v", err)
	}
	rs := &realServer{rt: ld.rt, at: here(L)}
	if L.GetTop() > 1 {
		ld.note(rs.at, nil, `write real_server "ADDR:PORT" { ... }, without a comma`)
	}
	addr, err := parseServer(string(text))
	if err != nil {
		ld.note(rs.at, nil, "real_server: %v", err)
	}
	rs.dest.Addr = addr
	ld.servers = append(ld.servers, rs)
	L.Push(ld.rt.objects.servers.object(L, rs))
	return 1
}

// realServerTable is the table behind real_server ADDR.
func (ld *loader) realServerTable(L *lua.LState) int {
	ld.declaring(L, "real_server")
	rs := ld.rt.objects.servers.argument(L, 1, "real_server")
	t, ok := L.Get(2).(*lua.LTable)
	switch {
	case !ok:
		L.RaiseError("real_server %q: want its table, got %s", rs.dest.Addr, args.Show(L.Get(2)))
	case rs.fields != nil:
		L.RaiseError("real_server %q: has its table already", rs.dest.Addr)
	}
	rs.fields = args.Table(L, t, "real_server")
	L.Push(L.Get(1))
	return 1
}

// readServer reads the table of a real server over what its virtual server
// gives to all of its servers.
func (ld *loader) readServer(rs *realServer, base ipvs.Destination, specs []*checkSpec, back recovery) engine.Server {
	base.Addr = rs.dest.Addr
	rs.dest, rs.name, rs.clean = base, base.Addr.String(), true
	if f := rs.fields; f != nil {
		readDestination(f, &rs.dest)
		if rs.dest.Forward != ipvs.Tunnel {
			rs.dest.Encapsulation = ipvs.Encapsulation{} // the virtual server's
		}
		rs.name, rs.title = readName(f, rs.name), nil
		if f.Has("check") {
			specs = ld.readChecks(f)
		}
		back = readRecovery(f, back)
		if tags := f.Sub("tags"); tags != nil {
			rs.tags = tags.All()
			id := serverID{rs.service, rs.dest.Addr}
			ld.rt.tags[id] = rs.tags
			ld.rt.vm.Hold(id, rs.tags)
		}
		rs.clean = ld.noteAll(rs.at, f)
	}
	rs.checks = specs
	server := engine.Server{Name: rs.name, Destination: rs.dest, HoldDown: back.holdDown, SlowStart: back.slowStart, Drain: back.drain}
	if ld.crowded == nil {
		combined(&server, rs, specs)
		if ld.crowded = ld.rt.limits.servers.take(len(server.Checks)); ld.crowded != nil {
			ld.note(rs.at, nil, "%v", ld.crowded)
		}
	}
	return server
}

// readName reads a name for people: of a line of the log and the status.
func readName(f *args.Fields, def string) string {
	name := f.String("name", def)
	if name == "" || name != checks.OneLine(name) {
		f.Mistake("name", "want some text that is printed on one short line, got %s", args.Show(lua.LString(name)))
	}
	return name
}

// notServer notes an item of a virtual server's list that is no real server.
func (ld *loader) notServer(f *args.Fields, n int, item lua.LValue) {
	switch v := item.(type) {
	case lua.LString:
		f.Mistake(strconv.Itoa(n), "want a real_server, got %s: write real_server %s", args.Show(v), args.Show(v))
	default:
		f.Mistake(strconv.Itoa(n), `want a real_server, as in real_server "192.168.0.1:80" { weight = 1 }, got %s`, args.Show(v))
	}
}
