package luaapi

import (
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks/dns"
	"luavs/engine"
	"luavs/engine/source"
	"luavs/ipvs"
	"luavs/luaapi/args"
)

// sourceSpec is a source of servers as source.KIND makes it, before a virtual
// server has it.
type sourceSpec struct {
	what string // "source.dns"
	at   position
	used bool // by a virtual server

	decl engine.Discovery
	make func() engine.Source // one for each virtual server
}

// A sourceKind is how the fields of one kind of source are read, and how it is
// written.
type sourceKind struct {
	read  func(f *args.Fields, s *sourceSpec)
	usage string
}

// sourceModule makes the table source.
func (ld *loader) sourceModule(L *lua.LState) *lua.LTable {
	functions := map[string]lua.LGFunction{}
	for kind, k := range map[string]sourceKind{
		"file": {readFileSource, `source.file { path = "/etc/luavs/web.yaml" }`},
		"dns":  {readDNSSource, `source.dns { name = "web.example.org" }`},
		"http": {readHTTPSource, `source.http { url = "http://127.0.0.1:8500/servers" }`},
		"lua":  {func(f *args.Fields, s *sourceSpec) { readScriptSource(ld.rt, f, s) }, scriptSourceUsage},
	} {
		functions[kind] = func(L *lua.LState) int { return ld.source(L, "source."+kind, k) }
	}
	return L.SetFuncs(L.CreateTable(0, len(functions)), functions)
}

// source is source.KIND {...}.
func (ld *loader) source(L *lua.LState, what string, kind sourceKind) int {
	ld.declaring(L, what)
	s := &sourceSpec{what: what, at: here(L)}
	t, ok := L.Get(1).(*lua.LTable)
	if !ok {
		ld.misuse(L, "%s: want its table, as in %s, got %s", what, kind.usage, args.Show(L.Get(1)))
		s.used = true // by whom, does not matter any more
	} else {
		f := args.Table(L, t, what)
		kind.read(f, s)
		s.decl.AllowEmpty = f.Bool("allow_empty", false)
		s.decl.AtOnce = f.Bool("at_once", false)
		ld.noteAll(s.at, f)
		ld.sources = append(ld.sources, s)
	}
	L.Push(ld.rt.objects.sources.object(L, s))
	return 1
}

// readPauses reads how often a source is asked, and how long it may take.
func (s *sourceSpec) readPauses(f *args.Fields, every, timeout time.Duration) {
	s.decl.Every = f.Duration("every", every, time.Second)
	s.decl.Timeout = f.Duration("timeout", timeout, time.Millisecond)
}

// readSources reads the field servers_from: one source, or a list of them.
func (ld *loader) readSources(f *args.Fields, d *declared) {
	const name = "servers_from"
	v := f.Value(name)
	if s, ok := ld.rt.objects.sources.value(v); ok {
		ld.useSource(f, d, name, s)
		return
	}
	if _, ok := v.(*lua.LTable); !ok {
		if v != lua.LNil {
			f.Mistake(name, `want a source such as source.dns { name = "web.example.org" }, or a list of them, got %s`, args.Show(v))
		}
		return
	}
	sub := f.Sub(name)
	for i, item := range sub.List() {
		place := strconv.Itoa(i + 1)
		if s, ok := ld.rt.objects.sources.value(item); ok {
			ld.useSource(sub, d, place, s)
		} else if item != lua.LNil {
			sub.Mistake(place, `want a source such as source.dns { name = "web.example.org" }, got %s`, args.Show(item))
		}
	}
}

// useSource gives a source to a virtual server.
func (ld *loader) useSource(f *args.Fields, d *declared, field string, s *sourceSpec) {
	s.used = true
	decl := s.decl
	if decl.ByPlace { // no text tells one function from another
		decl.ID += " " + strconv.Itoa(1+len(d.service.Sources))
	}
	if slices.ContainsFunc(d.service.Sources, func(other engine.Discovery) bool { return other.ID == decl.ID }) {
		f.Mistake(field, "the virtual server has %s already", decl.ID)
		return
	}
	if s.make != nil { // or its mistakes are noted
		decl.Source = s.make()
		d.service.Sources = append(d.service.Sources, decl)
	}
}

// noteIdleSources notes sources that no virtual server has.
func (ld *loader) noteIdleSources() {
	for _, s := range ld.sources {
		if !s.used {
			ld.note(s.at, nil, "%s of no virtual server: a source is the field servers_from of one", s.what)
		}
	}
}

func readFileSource(f *args.Fields, s *sourceSpec) {
	s.readPauses(f, 10*time.Second, 5*time.Second)
	path := readPath(f, "path")
	kinds := []string{".json", ".yaml", ".yml"}
	if !f.Has("path") || filepath.IsAbs(path) && !slices.Contains(kinds, filepath.Ext(path)) {
		f.Mistake("path", "want a file whose name ends in .json, .yaml or .yml, got %q", path)
	}
	s.decl.ID = "file " + path
	s.make = func() engine.Source { return source.File{Path: path} }
}

func readDNSSource(f *args.Fields, s *sourceSpec) {
	s.readPauses(f, time.Minute, 5*time.Second)
	d := source.DNS{
		Name:     f.String("name", ""),
		Type:     f.Enum("type", "A", "A", "AAAA", "SRV"),
		Port:     uint16(f.Int("port", 0, 1, math.MaxUint16)),
		Family:   readFamily(f),
		Resolver: readNameServer(f, "resolver"),
	}
	if _, err := dns.NewName(d.Name); err != nil {
		f.Mistake("name", `want the name of a domain such as "web.example.org", got %q`, d.Name)
	}
	if d.Type == "SRV" && f.Has("port") {
		f.Mistake("port", "is for A and AAAA: SRV records say the port")
	}
	if d.Type != "SRV" && f.Has("family") {
		f.Mistake("family", "is for SRV: which addresses of its targets")
	}
	s.decl.ID = "dns " + d.String()
	s.make = func() engine.Source { return d }
}

func readHTTPSource(f *args.Fields, s *sourceSpec) {
	s.readPauses(f, 30*time.Second, 5*time.Second)
	o := source.HTTPOptions{
		URL: f.String("url", ""), Headers: f.StringMap("headers"), Bearer: f.String("bearer", ""), Insecure: f.Bool("insecure", false),
	}
	if auth := f.Sub("auth"); auth != nil {
		o.User, o.Password = auth.String("user", ""), auth.String("password", "")
	}
	switch u, err := url.Parse(o.URL); {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		f.Mistake("url", `want an address such as "http://127.0.0.1:8500/servers", got %q`, o.URL)
	case u.User != nil:
		f.Mistake("url", `has a password, which the status would show: write auth = { user = "...", password = "..." }`)
	}
	s.decl.ID = "http " + o.URL // the rest may be secret
	s.make = func() engine.Source { return source.NewHTTP(o) }
}

// readFamily reads which addresses of SRV records' targets are meant.
func readFamily(f *args.Fields) ipvs.Family {
	if f.Enum("family", "inet", "inet", "inet6") == "inet6" {
		return ipvs.INET6
	}
	return ipvs.INET
}

// sourceState is a source of a virtual server as Lua code sees it.
type sourceState struct {
	Name    string
	Servers int     // how many it lists
	Age     float64 // seconds since its last answer that could be used; -1 before the first
	Problem string  // why the last answer could not be used; empty if it could
}

// String is what tostring prints.
func (s sourceState) String() string { return s.Name }

// sourceList is vs.sources.
func sourceList(L *lua.LState, v *engine.ServiceView) lua.LValue {
	return list(L, v.Sources, func(s engine.SourceView) lua.LValue {
		age := -1.0
		if !s.At.IsZero() {
			age = time.Since(s.At).Seconds()
		}
		return view(L, "source", sourceState{Name: s.Name, Servers: s.Servers, Age: age, Problem: s.Problem})
	})
}
