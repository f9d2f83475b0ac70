package luaapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// everything uses all that a policy can reach, so that its VM has it.
const everything = `
local all = _G
local used = { require, policy.standard, check.redis, log.info, json.null, url.parse, http.get }
virtual_server "10.0.0.1:80" { policy = policy.standard {}, check = { check.tcp {}, check.redis {} }, real_server "192.168.0.1:80" }
on("start", function() end)
`

// An explorer collects the tables, objects and functions that can be reached from a
// value, by what leads there.
type explorer struct {
	L    *lua.LState
	seen map[lua.LValue]string
}

func (r explorer) walk(v lua.LValue, path string) {
	switch v.(type) {
	case *lua.LTable, *lua.LUserData, *lua.LFunction:
	default:
		return
	}
	if _, known := r.seen[v]; known {
		return
	}
	r.seen[v] = path
	if meta, ok := r.L.GetMetatable(v).(*lua.LTable); ok {
		r.walk(meta, path+"'s metatable")
	}
	switch v := v.(type) {
	case *lua.LTable:
		v.ForEach(func(k, item lua.LValue) {
			r.walk(k, path+"'s key")
			r.walk(item, path+"."+k.String())
		})
	case *lua.LUserData:
		if v.Env != nil {
			r.walk(v.Env, path+"'s environment")
		}
	case *lua.LFunction:
		if v.Env != nil {
			r.walk(v.Env, path+"'s environment")
		}
		for i, u := range v.Upvalues {
			if u != nil {
				r.walk(u.Value(), fmt.Sprintf("%s's upvalue %d", path, i))
			}
		}
	}
}

// reachable is all that the code of a policy can reach, and more: the registry
// of its VM as well.
func reachable(t *testing.T, name string) map[lua.LValue]string {
	L := load(t, name, everything, Options{}).rt.vm.State()
	r := explorer{L, map[lua.LValue]string{}}
	r.walk(L.G.Global, "_G")
	r.walk(L.G.Registry, "the registry")
	if meta, ok := L.GetMetatable(lua.LString("")).(*lua.LTable); ok {
		r.walk(meta, "the metatable of strings")
	}
	return r.seen
}

// Nothing that can be changed is in two VMs: no table, object or function.
func TestVMsShareNothing(t *testing.T) {
	a, b := reachable(t, "a.lua"), reachable(t, "b.lua")
	if len(a) < 200 {
		t.Fatalf("only %d things are reachable", len(a))
	}
	for v, path := range a {
		if other, shared := b[v]; shared {
			t.Errorf("%s of one policy is %s of another: %v", path, other, v)
		}
	}
}

// hostile changes whatever it can reach.
const hostile = `
local function deface(t, seen)
  if type(t) ~= "table" or seen[t] then return end
  seen[t] = true
  for k, v in pairs(t) do
    deface(v, seen)
    if type(v) == "function" then pcall(rawset, t, k, function() return "defaced" end) end
  end
end
for _, o in ipairs { "", 1, true, print, json.null, json.array {}, coroutine.create(print) } do
  local meta = getmetatable(o)
  if type(meta) == "table" then meta.__index = function() return "defaced" end end
  pcall(setmetatable, o, { __index = function() return "defaced" end })
end
local real = virtual_server
real "10.0.0.9:80" { real_server "192.168.0.9:80" }
deface({ string = string, table = table, math = math, os = os, json = json, log = log, http = http, check = check, policy = policy, base64 = base64 }, {})
rawset(_G, "print", nil)
`

// What a policy does to what it reaches is seen by itself alone.
func TestAHostilePolicyChangesNothingForOthers(t *testing.T) {
	if p, err := Load(t.Context(), "hostile.lua", []byte(hostile), Options{Log: quiet, Allow: allowed}); err == nil {
		defer p.Close(t.Context())
	} else if !strings.Contains(err.Error(), "hostile.lua") {
		t.Fatal(err)
	}
	b := newBench(t)
	got := b.must(t, `print(("x"):rep(2), table.concat({ 1, 2 }, ","), math.floor(1.5), json.encode({ 1 }), tostring(json.null), base64.encode("a"), type(os.time()), tostring(nil))`)
	if got != "xx\t1,2\t1\t[1]\tnull\tYQ==\tnumber\tnil" {
		t.Errorf("printed %q", got)
	}
	load(t, "good.lua", everything, Options{})
}

// What is not for policies is nowhere: not by its usual name, not inside of
// anything.
func TestNothingLeadsOutOfTheSandbox(t *testing.T) {
	forbidden := []string{"dofile", "loadfile", "loadstring", "load", "execute", "popen", "dump", "getfenv", "setfenv", "getregistry", "setupvalue", "getupvalue", "sethook", "loadlib", "newproxy", "tmpname", "setlocale"}
	for v, path := range reachable(t, "a.lua") {
		name := path[strings.LastIndex(path, ".")+1:]
		if _, isFunction := v.(*lua.LFunction); isFunction && slices.Contains(forbidden, name) && !strings.HasSuffix(path, "data.load") {
			t.Errorf("%s is there", path)
		}
	}
}
