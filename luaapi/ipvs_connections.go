package luaapi

import (
	"context"
	"net/netip"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// How many connections ipvs.connections returns, if nothing else is said, and
// at most: the kernel may hold millions.
const (
	usualConnections = 1000
	mostConnections  = 100000
)

// connectionView is one of what ipvs.connections returns.
type connectionView struct {
	Protocol                     string // "" for the template of a firewall mark
	Client, Virtual, Destination string
	State                        string
	Expires                      float64 // seconds
	Template                     bool
	Fwmark                       int
	PE, PEData                   string
}

// connections is ipvs.connections{...}: a list, and whether there are more.
func (m *kernelModule) connections(L *lua.LState) int {
	const what = "ipvs.connections"
	m.rt.running(L, what)
	f := args.Optional(L, 1, what)
	filter := readConnectionFilter(f)
	limit := f.Int("limit", usualConnections, 1, mostConnections)
	f.Raise()
	var found []ipvs.Connection
	var more bool
	var err error
	vm.Wait(L, func(ctx context.Context) { found, more, err = m.collect(ctx, filter, limit) })
	raise(L, err)
	L.Push(list(L, found, func(c ipvs.Connection) lua.LValue { return view(L, "connection", showConnection(c)) }))
	L.Push(lua.LBool(more))
	return 2
}

// collect reads connections until there are enough.
func (m *kernelModule) collect(ctx context.Context, filter ipvs.ConnectionFilter, limit int) (found []ipvs.Connection, more bool, err error) {
	for c, err := range m.rt.kernel.Connections(filter) {
		switch {
		case err != nil:
			return nil, false, err
		case ctx.Err() != nil:
			return nil, false, context.Cause(ctx)
		case len(found) == limit:
			return found, true, nil
		}
		found = append(found, c)
	}
	return found, false, nil
}

func readConnectionFilter(f *args.Fields) ipvs.ConnectionFilter {
	filter := ipvs.ConnectionFilter{
		Protocol:    protocols[f.Enum("protocol", "", "tcp", "udp", "sctp")],
		Client:      readNetwork(f, "client"),
		Virtual:     readEnd(f, "virtual"),
		Destination: readEnd(f, "destination"),
	}
	if f.Has("state") {
		filter.State = f.Enum("state", "", ipvs.ConnectionStates()...)
	}
	switch f.Enum("templates", "with", "with", "without", "only") {
	case "without":
		filter.Templates = ipvs.WithoutTemplates
	case "only":
		filter.Templates = ipvs.OnlyTemplates
	}
	if text := f.String("service", ""); text != "" {
		key, err := parseKey(text)
		if err != nil {
			f.Mistake("service", "%v", err)
		}
		filter.Service = key
	}
	return filter
}

// readNetwork reads an address or a network.
func readNetwork(f *args.Fields, name string) netip.Prefix {
	text := f.String(name, "")
	if text == "" {
		return netip.Prefix{}
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen())
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		f.Mistake(name, `want an address or a network such as "10.1.0.0/16", got %q`, text)
	}
	return p
}

// readEnd reads an address with or without a port; without one every port will
// do.
func readEnd(f *args.Fields, name string) netip.AddrPort {
	text := f.String(name, "")
	if text == "" {
		return netip.AddrPort{}
	}
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return netip.AddrPortFrom(a, 0)
	}
	end, err := parseServer(text)
	if err != nil {
		f.Mistake(name, "%v", err)
	}
	return end
}

func showConnection(c ipvs.Connection) connectionView {
	v := connectionView{
		Client: c.Client.String(), Destination: c.Destination.String(), State: c.State,
		Expires: c.Expires.Seconds(), Template: c.Template, Fwmark: int(c.FWMark), PE: c.PE, PEData: c.PEData,
	}
	if c.Protocol != 0 {
		v.Protocol = c.Protocol.String()
	}
	if c.Virtual.IsValid() {
		v.Virtual = c.Virtual.String()
	}
	return v
}
