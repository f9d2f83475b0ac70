package luaapi

import (
	"cmp"
	"net/netip"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/engine"
	"luavs/luaapi/args"
)

// checkSpec is a check as check.* makes it, before it is put to a server. It
// never changes.
type checkSpec struct {
	timing
	id      string // kind and settings; of a Lua check just the kind
	probe   checks.Check
	script  *lua.LFunction // instead of probe
	defined *definedCheck  // of a kind made by check.define; else nil
	group   *checkGroup    // of other checks, instead of all this

	at    position     // of the call
	via   bool         // asks by way of the service
	route checks.Route // as written, of a check that does
}

// A madeCheck is a call of check.KIND.
type madeCheck struct {
	spec *checkSpec
	what string
	at   position
}

// askingOne is a probe that knows its server by the address it asks, and
// nothing else of it: it says the same to all services.
type askingOne interface {
	Asks(server netip.AddrPort) netip.AddrPort
}

// on returns the check for a server, of whose checks it is the nth.
func (c *checkSpec) on(rs *realServer, n int) engine.Check {
	_, shared := c.probe.(askingOne)
	check := engine.Check{
		ID: c.id, Probe: c.probe, Shared: shared, Schedule: c.schedule, Fast: c.fast, Slow: c.slow,
		Jitter: c.jitter, Timeout: c.timeout, Limits: c.limits, Initial: c.initial, Degraded: c.degraded,
	}
	if check.ViaService = c.via; c.via {
		check.Shared = false
	}
	if c.script == nil {
		return check
	}
	check.Probe = &scriptCheck{rs: rs, f: c.script, defined: c.defined}
	if c.defined == nil {
		// No text tells one function from another: its place does.
		check.ID = c.id + " " + strconv.Itoa(n) + " of " + rs.service.String()
	}
	return check
}

// A checkReader reads the fields of one kind of check.
type checkReader func(f *args.Fields, c *checkSpec)

// checkModule makes the table check.
func (ld *loader) checkModule(L *lua.LState) *lua.LTable {
	readers := map[string]checkReader{
		"tcp":   readTCPCheck,
		"tls":   readTLSCheck,
		"udp":   readUDPCheck,
		"dns":   readDNSCheck,
		"icmp":  readICMPCheck,
		"http":  func(f *args.Fields, c *checkSpec) { readHTTPCheck(f, c, false) },
		"https": func(f *args.Fields, c *checkSpec) { readHTTPCheck(f, c, true) },
		"grpc":  readGRPCCheck,
		"exec":  ld.rt.allow.Programs.readExecCheck,
		"agent": readAgentCheck,
		"file":  readFileCheck,
		"ttl":   readTTLCheck,
		"lua":   readScriptCheck,
	}
	functions := map[string]lua.LGFunction{"define": ld.define}
	for kind, read := range readers {
		what := "check." + kind
		functions[kind] = func(L *lua.LState) int {
			return ld.check(L, what, func(f *args.Fields, c *checkSpec) {
				c.timing = readTiming(f, what)
				read(f, c)
			})
		}
	}
	for kind, read := range ld.groupReaders() {
		functions[kind] = func(L *lua.LState) int { return ld.check(L, "check."+kind, read) }
	}
	return L.SetFuncs(L.CreateTable(0, 8), functions)
}

// usage shows how each kind of check is written.
var usage = map[string]string{
	"check.tcp":   "check.tcp { port = 80 }",
	"check.tls":   "check.tls { port = 993 }",
	"check.udp":   `check.udp { send = "ping", expect = "pong" }`,
	"check.dns":   `check.dns { name = "example.org", type = "A" }`,
	"check.icmp":  "check.icmp { count = 3 }",
	"check.http":  `check.http { path = "/" }`,
	"check.https": `check.https { path = "/" }`,
	"check.grpc":  `check.grpc { service = "shop" }`,
	"check.exec":  `check.exec { "program", "argument" }`,
	"check.agent": "check.agent { port = 9707 }",
	"check.file":  `check.file { path = "/run/maintenance", want = "absent" }`,
	"check.ttl":   `check.ttl { ttl = "30s" }`,
	"check.lua":   `check.lua { every = "5s", function(rs) return true end }`,

	"check.all":      "check.all { check.tcp {}, check.http {} }",
	"check.any":      "check.any { check.tcp {}, check.http {} }",
	"check.at_least": "check.at_least { 2, check.tcp {}, check.http {}, check.https {} }",
	"check.combine":  "check.combine { check.tcp {}, check.http {}, function(results) return true end }",
}

// check is check.KIND {...}.
func (ld *loader) check(L *lua.LState, what string, read checkReader) int {
	ld.declaring(L, what)
	at := here(L)
	if ld.checkPlace != nil {
		at = *ld.checkPlace
	}
	t, ok := L.Get(1).(*lua.LTable)
	if !ok && L.Get(1) != lua.LNil {
		ld.misuse(L, "%s: want its table, as in %s, got %s", what, cmp.Or(usage[what], what+" {}"), args.Show(L.Get(1)))
		L.Push(ld.rt.objects.checks.object(L, &checkSpec{}))
		return 1
	}
	f := args.Table(L, t, what)
	c := &checkSpec{at: at}
	read(f, c)
	if c.via {
		c.id += " via=service"
	}
	ld.noteAll(at, f)
	ld.checks = append(ld.checks, madeCheck{spec: c, what: what, at: at})
	if c.script != nil {
		ld.rt.vm.Hold(c, c.script)
	}
	if c.group != nil && c.group.says != nil {
		ld.rt.vm.Hold(c.group, c.group.says)
	}
	L.Push(ld.rt.objects.checks.object(L, c))
	return 1
}

// readChecks reads the field check: one check, or a list of them.
func (ld *loader) readChecks(f *args.Fields) []*checkSpec {
	all := ld.checksIn(f)
	for _, c := range all {
		ld.inUse[c] = true
	}
	return all
}

func (ld *loader) checksIn(f *args.Fields) []*checkSpec {
	v := f.Value("check")
	if c, ok := ld.rt.objects.checks.value(v); ok {
		return []*checkSpec{c}
	}
	if _, ok := v.(*lua.LTable); !ok {
		if v != lua.LNil {
			f.Mistake("check", "want a check such as check.tcp {}, or a list of them, got %s", args.Show(v))
		}
		return nil
	}
	sub := f.Sub("check")
	items := sub.List()
	if len(items) == 0 {
		return nil
	}
	return ld.readParts(sub, items, 0).parts
}
