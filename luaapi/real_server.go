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
	case rs.adopted:
		L.RaiseError("real_server %q: its virtual server is declared already; write the table where the server is made", rs.dest.Addr)
	}
	rs.fields = args.Table(L, t, "real_server")
	L.Push(L.Get(1))
	return 1
}

// given is what a virtual server gives to those of its servers that do not say
// otherwise.
type given struct {
	dest     ipvs.Destination // without an address
	checks   []*checkSpec
	recovery recovery
	panel    *panel // of checks, if it does for any server
}

func newGiven(service ipvs.ServiceKey, dest ipvs.Destination, checks []*checkSpec, back recovery) given {
	g := given{dest: dest, checks: checks, recovery: back}
	if p := panelOf(&realServer{service: service}, checks); !p.scripted {
		g.panel = p
	}
	return g
}

// server returns what is declared of a server that has its destination and its
// name.
func (g *given) server(rs *realServer) engine.Server {
	p := g.panel
	if p == nil {
		p = panelOf(rs, g.checks)
	}
	return engine.Server{
		Name: rs.name, Destination: rs.dest, Checks: p.checks, Rule: p.rule, Combiner: p.combiner,
		HoldDown: g.recovery.holdDown, SlowStart: g.recovery.slowStart, Drain: g.recovery.drain,
	}
}

// readServer reads the table of a real server over what is given.
func (ld *loader) readServer(rs *realServer, g given) engine.Server {
	g.dest.Addr = rs.dest.Addr
	rs.name, rs.clean = rs.dest.Addr.String(), true
	if rs.fields != nil {
		ld.readServerFields(rs, &g)
	}
	rs.dest, rs.checks = g.dest, g.checks
	if ld.crowded != nil {
		return engine.Server{}
	}
	server := g.server(rs)
	if ld.crowded = ld.rt.limits.servers.take(len(server.Checks)); ld.crowded != nil {
		ld.note(rs.at, nil, "%v", ld.crowded)
	}
	return server
}

// readServerFields reads what a real server says of itself into what is given.
func (ld *loader) readServerFields(rs *realServer, g *given) {
	f := rs.fields
	readDestination(f, &g.dest)
	if g.dest.Forward != ipvs.Tunnel {
		g.dest.Encapsulation = ipvs.Encapsulation{} // the virtual server's
	}
	rs.name, rs.title = readName(f, rs.name), nil
	if f.Has("check") {
		g.checks, g.panel = ld.readChecks(f), nil
	}
	g.recovery = readRecovery(f, g.recovery)
	if tags := f.Sub("tags"); tags != nil {
		rs.tags = tags.All()
		id := serverID{rs.service, rs.dest.Addr}
		ld.rt.tags[id] = rs.tags
		ld.rt.vm.Hold(id, rs.tags)
	}
	rs.clean = ld.noteAll(rs.at, f)
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
