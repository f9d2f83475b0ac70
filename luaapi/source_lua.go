package luaapi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/engine"
	"luavs/engine/source"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

const scriptSourceUsage = `source.lua { every = "30s", function() return { "192.168.0.1:80" } end }`

func readScriptSource(rt *runtime, f *args.Fields, s *sourceSpec) {
	s.readPauses(f, 30*time.Second, 10*time.Second)
	s.decl.ID, s.decl.ByPlace = "lua", true
	items := f.List()
	if len(items) != 1 || items[0].Type() != lua.LTFunction {
		f.Mistake("", "want one function, as in %s", scriptSourceUsage)
		return
	}
	s.make = func() engine.Source { return &scriptSource{rt, items[0].(*lua.LFunction)} }
}

// scriptSource asks a function of the policy who belongs to a virtual server.
type scriptSource struct {
	rt *runtime
	f  *lua.LFunction
}

// List implements [engine.Source]. The function returns a list, or nil and a
// reason.
func (s *scriptSource) List(ctx context.Context) (listing engine.Listing, err error) {
	reason := ""
	err = s.rt.vm.Do(ctx, func(L *lua.LState) error {
		answer, err := vm.Call(L, s.f)
		if err != nil {
			return err
		}
		answer = append(answer, lua.LNil, lua.LNil)
		if lua.LVIsFalse(answer[0]) && lua.LVCanConvToString(answer[1]) {
			reason = answer[1].String()
			return nil
		}
		listing.Members, err = s.members(L, answer[0])
		return placed(s.f, err)
	})
	if reason != "" {
		return listing, errors.New(checks.OneLine(reason))
	}
	return listing, withTrail(err)
}

// members reads the list that the function returned.
func (s *scriptSource) members(L *lua.LState, answer lua.LValue) ([]engine.Member, error) {
	t, ok := answer.(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf(`the function returned %s; want a list of servers such as { "192.168.0.1:80" }, or nil and a reason`, args.Show(answer))
	}
	f := args.Table(L, t, "source.lua")
	var members []engine.Member
	for i, item := range f.List() {
		m, err := listedMember(item)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		members = append(members, m)
	}
	return members, joinMistakes(f.Done())
}

// listedMember reads a server of a list: "ADDR:PORT", { "ADDR:PORT", weight = 3 }
// or the same with a field addr, as lists in JSON have it.
func listedMember(item lua.LValue) (m engine.Member, err error) {
	t, ok := item.(*lua.LTable)
	if !ok {
		m.Weight = 1
		m.Addr, err = listedAddr(item)
		return m, err
	}
	f := args.Table(nil, t, "source.lua")
	addr := f.Value("addr")
	if addr == lua.LNil {
		addr = append(f.List(), lua.LNil)[0]
	}
	m.Name, m.Weight = f.String("name", ""), f.Int("weight", 1, 0, math.MaxInt32)
	port := f.Int("port", 0, 1, math.MaxUint16)
	if mistakes := f.Done(); len(mistakes) > 0 {
		return m, errors.New(mistakes[0].Text)
	}
	if m.Addr, err = listedAddr(addr); err != nil || port == 0 {
		return m, err
	}
	if m.Addr.Port() != 0 {
		return m, fmt.Errorf("field \"port\" is for an address that has none, and this is %v", m.Addr)
	}
	m.Addr = netip.AddrPortFrom(m.Addr.Addr(), uint16(port))
	return m, nil
}

func listedAddr(v lua.LValue) (netip.AddrPort, error) {
	text, ok := v.(lua.LString)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf(`want "192.168.0.1:80" or { "192.168.0.1:80", weight = 3 }, got %s`, args.Show(v))
	}
	return source.ParseAddr(string(text))
}
