package luaapi

import (
	"net/netip"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/args"
)

// defaultScheduler is what a service has that names none, as ipvsadm does.
const defaultScheduler = "wlc"

// virtualServer is virtual_server ADDR {...}, or virtual_server { fwmark = N }.
func (ld *loader) virtualServer(L *lua.LState) int {
	ld.declaring(L, "virtual_server")
	at := here(L)
	if L.GetTop() > 1 {
		ld.note(at, nil, `write virtual_server "ADDR:PORT" { ... }, without a comma or parentheses`)
	}
	switch v := L.Get(1).(type) {
	case lua.LString:
		u := &unfinished{at: at, addr: string(v)}
		ld.unfinished = append(ld.unfinished, u)
		L.Push(L.NewFunction(func(L *lua.LState) int { return ld.finishVirtualServer(L, u) }))
	case *lua.LTable:
		L.Push(ld.declare(L, at, v, ""))
	default:
		L.RaiseError(`virtual_server: want an address and port such as "10.0.0.1:80", or a table with a field fwmark, got %s`, args.Show(v))
	}
	return 1
}

// finishVirtualServer takes the table of a virtual server that has its address.
func (ld *loader) finishVirtualServer(L *lua.LState, u *unfinished) int {
	ld.declaring(L, "virtual_server")
	t, ok := L.Get(1).(*lua.LTable)
	if !ok {
		L.RaiseError("virtual_server %q: want its table, got %s", u.addr, args.Show(L.Get(1)))
	}
	if u.done {
		L.RaiseError("virtual_server %q: has its table already", u.addr)
	}
	u.done = true
	L.Push(ld.declare(L, u.at, t, u.addr))
	return 1
}

// declare reads the table of a virtual server and returns its object.
func (ld *loader) declare(L *lua.LState, at position, t *lua.LTable, addr string) lua.LValue {
	f := args.Table(L, t, "virtual_server")
	d := &declared{at: at}
	spec := &d.service.Spec
	spec.ServiceKey = ld.readServiceKey(f, at, addr)
	spec.Scheduler = defaultScheduler
	readScheduling(f, spec)
	d.service.Name = readName(f, spec.ServiceKey.String())
	base := ipvs.Destination{Weight: 1}
	readForwarding(f, &base)
	d.service.RefuseExisting = f.Enum("existing", "adopt", "adopt", "refuse") == "refuse"
	d.service.MaxChange = readMaxChange(f)
	g := newGiven(spec.ServiceKey, base, ld.readChecks(f), readRecovery(f, recovery{}))
	d.service.Drain = g.recovery.drain
	ld.adopt(f, d, g)
	ld.readSources(f, d)
	d.service.Join = ld.joins(*spec, g)
	ld.readHandlers(f, at, spec.ServiceKey)
	d.service.Decider = ld.readPolicy(L, f, d, base)
	d.clean = ld.noteAll(at, f)
	ld.judge(d)
	ld.services = append(ld.services, d)
	return ld.rt.objects.services.object(L, &virtualServer{rt: ld.rt, key: spec.ServiceKey})
}

// readServiceKey reads what names the virtual server: the text before its
// table, or the fields fwmark and family.
func (ld *loader) readServiceKey(f *args.Fields, at position, addr string) ipvs.ServiceKey {
	if addr == "" {
		if !f.Has("fwmark") {
			f.Mistake("", `want an address, as in virtual_server "10.0.0.1:80" { ... }, or a field fwmark`)
			return ipvs.ServiceKey{}
		}
		return readKey(f)
	}
	for _, name := range []string{"fwmark", "family"} {
		if f.Has(name) {
			f.Mistake(name, "is for a virtual server without an address: virtual_server { fwmark = 7, ... }")
		}
	}
	protocol := protocols[f.Enum("protocol", "tcp", "tcp", "udp", "sctp")]
	vip, err := parseServer(addr)
	if err != nil {
		ld.note(at, nil, "virtual_server: %v", err)
		return ipvs.ServiceKey{}
	}
	return ipvs.AddrKey(protocol, vip)
}

// adopt takes the real servers of the list part.
func (ld *loader) adopt(f *args.Fields, d *declared, g given) {
	items := f.List()
	d.servers, d.service.Servers = make([]*realServer, 0, len(items)), make([]engine.Server, 0, len(items))
	for i, item := range items {
		rs, ok := ld.rt.objects.servers.value(item)
		switch {
		case item == lua.LNil:
		case !ok:
			ld.notServer(f, i+1, item)
		case rs.adopted:
			f.Mistake(strconv.Itoa(i+1), "real_server %s is in a virtual server already (%s); write real_server %q { ... } again", rs.dest.Addr, rs.at.in(d.at.file), rs.dest.Addr)
		default:
			rs.adopted, rs.service = true, d.service.Spec.ServiceKey
			d.servers = append(d.servers, rs)
			d.service.Servers = append(d.service.Servers, ld.readServer(rs, g))
		}
	}
}

// judge notes what does not fit together in a virtual server whose fields were
// read.
func (ld *loader) judge(d *declared) {
	key := d.service.Spec.ServiceKey
	if key.FWMark == 0 && !key.Addr.IsValid() {
		return // which is noted
	}
	if twin := ld.byKey[key]; twin != nil {
		ld.note(d.at, nil, "virtual_server %v is declared already, in %s", key, twin.at.in(d.at.file))
	}
	ld.byKey[key] = d
	ld.judgeService(d)
	ld.judgeDrain(d)
	first := make(map[netip.AddrPort]*realServer, len(d.servers))
	for _, rs := range d.servers {
		if twin := first[rs.dest.Addr]; twin != nil {
			ld.note(rs.at, nil, "real_server %s is in this virtual server already, in %s", rs.dest.Addr, twin.at.in(rs.at.file))
			continue
		}
		first[rs.dest.Addr] = rs
		if rs.dest.Addr.IsValid() {
			ld.judgeServer(rs, d.service.Spec)
		}
	}
	ld.judgeVia(d)
}

// asDeclared is a view of a virtual server of which nothing is known but its
// declaration.
func (d *declared) asDeclared(policy string) *engine.ServiceView {
	v := &engine.ServiceView{Policy: policy, Name: d.service.Name, Spec: d.service.Spec}
	for _, s := range d.service.Sources {
		v.Sources = append(v.Sources, engine.SourceView{Name: s.ID})
	}
	for _, s := range d.service.Servers {
		sv := &engine.ServerView{Service: d.service.Spec.ServiceKey, Name: s.Name, Destination: s.Destination, Configured: s.Destination.Weight}
		for _, c := range s.Checks {
			sv.Checks = append(sv.Checks, engine.CheckView{ID: c.ID})
		}
		v.Servers = append(v.Servers, sv)
	}
	return v
}
