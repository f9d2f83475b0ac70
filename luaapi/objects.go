package luaapi

import (
	"fmt"
	"net/netip"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
)

// objects are the kinds of objects of the managed level in one VM.
type objects struct {
	services *class[*virtualServer]
	servers  *class[*realServer]
	checks   *class[*checkSpec]
	sources  *class[*sourceSpec]
	jobs     *class[*job]
	tasks    *class[*spawned]
	handlers *class[*handler]
	events   *class[*occasion]
}

func newObjects() objects {
	return objects{
		services: virtualServerClass(),
		servers:  realServerClass(),
		checks: &class[*checkSpec]{
			name:  "check",
			print: func(c *checkSpec) string { return c.id },
		},
		sources: &class[*sourceSpec]{
			name:  "source",
			print: func(s *sourceSpec) string { return s.decl.ID },
		},
		jobs:     jobClass(),
		tasks:    taskClass(),
		handlers: handlerClass(),
		events:   eventClass(),
	}
}

// list makes a Lua list of objects.
func list[T any](L *lua.LState, items []T, object func(T) lua.LValue) *lua.LTable {
	t := L.CreateTable(len(items), 0)
	for _, item := range items {
		t.Append(object(item))
	}
	return t
}

// addrFields are the fields of everything that has an address.
func addrFields[T any](fields map[string]func(*lua.LState, T) lua.LValue, addr func(T) netip.AddrPort) {
	fields["addr"] = func(_ *lua.LState, v T) lua.LValue { return addrText(addr(v)) }
	fields["ip"] = func(_ *lua.LState, v T) lua.LValue {
		if a := addr(v); a.IsValid() {
			return lua.LString(a.Addr().String())
		}
		return lua.LNil
	}
	fields["port"] = func(_ *lua.LState, v T) lua.LValue {
		if a := addr(v); a.IsValid() {
			return lua.LNumber(a.Port())
		}
		return lua.LNil
	}
}

// addrText returns an address as Lua sees it; nil for the one of a firewall
// mark, which has none.
func addrText(a netip.AddrPort) lua.LValue {
	if !a.IsValid() {
		return lua.LNil
	}
	return lua.LString(a.String())
}

// protocolText returns a protocol as Lua sees it; nil for a firewall mark.
func protocolText(key ipvs.ServiceKey) lua.LValue {
	if key.FWMark > 0 {
		return lua.LNil
	}
	return lua.LString(key.Protocol.String())
}

// titled returns an object's name with its address, for tostring.
func titled(kind, name, addr string) string {
	if name == "" || name == addr {
		return kind + " " + addr
	}
	return fmt.Sprintf("%s %s (%s)", kind, addr, name)
}
