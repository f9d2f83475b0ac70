package vm

import (
	"context"
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// withGet gives v the function get(...), which waits and returns its
// arguments. While it waits, another task runs Lua in v.
func withGet(t testing.TB, v *VM) {
	v.State().SetGlobal("get", v.State().NewFunction(func(L *lua.LState) int {
		n := L.GetTop()
		Wait(L, func(ctx context.Context) {
			if err := call(ctx, v, "other"); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
		return n
	}))
	if err := v.RunMain(context.Background(), compile(t, `
		others = 0
		function other()
			local x, y = {}, coroutine.wrap(function(a) return a end)(1)
			pcall(error, x)
			others = others + y
		end`)); err != nil {
		t.Fatal(err)
	}
}

// waits has get() in every place where it might go wrong.
var waits = []script{
	{"plain", "local a = get(1) print(a)", "1"},
	{"in a nested function", "local function f() return (get(2)) end local function g() return f() + 1 end print(g())", "3"},
	{"as a method", "local o = {get = get} local self, x = o:get(5) print(self == o, x)", "true\t5"},
	{"by __call", "local o = setmetatable({}, {__call = function(_, x) return get(x) end}) print(o(6))", "6"},
	{"in the body of for-in", "for _, x in ipairs{1, 2} do print(get(x)) end", "1; 2"},
	{"in a table constructor and as argument", "local t = {get(1, 2)} print(#t, math.max(get(3, 9)))", "2\t9"},
	{"as a tail call", "local function f() return get(7) end print(f())", "7"},
	{"as the last statement", "return print(get(8))", "8"},
	{"with fewer results than names", "local a, b, c = get(1) if b then print('bad') end print(a, b, c)", "1\tnil\tnil"},
	{"in pcall, nested", "print(pcall(function() return pcall(function() local x = get(1) error('e' .. x, 0) end) end))", "true\tfalse\te1"},
	{"in xpcall and its handler", "print(xpcall(function() get(1) error('e', 0) end, function(e) return get(e .. '!') end))", "false\te!"},
	{"in a sort comparator", "local t = {3, 1, 2} table.sort(t, function(a, b) return get(a) < get(b) end) print(t[1], t[2], t[3])", "1\t2\t3"},
	{"in a gsub callback", "print((('abc'):gsub('%w', function(c) return get(c:upper()) end)))", "ABC"},
	{"in metamethods", `
		local mt = {__index = function(_, k) return get(k) end, __add = function(a, b) return get(40) + b end,
			__eq = function() return get(true) end, __concat = function() return get("cat") end, __lt = function() return get(true) end,
			__newindex = function(t, k, v) rawset(t, k, get(v)) end, __tostring = function() return get("str") end, __unm = function() return get(-1) end}
		local o, p = setmetatable({}, mt), setmetatable({}, mt)
		o.x = 5
		print(o.name, o + 2, o == p, o .. 1, o < p, rawget(o, "x"), tostring(o), -o)`, "name\t42\ttrue\tcat\ttrue\t5\tstr\t-1"},
	{"in an iterator", "local n = 0 for x in function() n = n + 1 if n < 3 then return get(n) end end do print(x) end", "1; 2"},
	{"after goto", "local n = 0 ::top:: n = n + get(1) if n < 3 then goto top end print(n)", "3"},
	{"in a user coroutine", `
		local co = coroutine.create(function(a) local b = coroutine.yield(get(a + 1)) local c = get(b) return c, coroutine.running() ~= nil end)
		print(coroutine.resume(co, 1)) print(coroutine.resume(co, 5)) print(coroutine.status(co))`, "true\t2; true\t5\ttrue; dead"},
	{"in coroutines inside pcall inside coroutines", `
		local f = coroutine.wrap(function()
			local ok, x = pcall(function() return coroutine.wrap(function() coroutine.yield(get(1)) end)() end)
			coroutine.yield(x) coroutine.yield(get(2))
		end)
		print(f(), f())`, "1\t2"},
	{"local variables of closures are kept", "local n = 0 local function inc() n = n + 1 end inc() get() inc() pcall(get) inc() print(n, others)", "3\t2"},
}

func TestWaitWorksEverywhere(t *testing.T) {
	for _, s := range waits {
		t.Run(s.name, func(t *testing.T) {
			v, printed := printer(t, Options{})
			withGet(t, v)
			if err := v.RunMain(t.Context(), compile(t, s.src)); err != nil {
				t.Fatal(err)
			}
			if got := printed(); got != s.want {
				t.Errorf("printed %q, want %q", got, s.want)
			}
		})
	}
}

func TestManyTasksWaitAtOnce(t *testing.T) {
	v, _ := printer(t, Options{})
	withGet(t, v)
	const tasks = 200
	done := make(chan error)
	for range tasks {
		v.Go(t.Context(), func(L *lua.LState) error {
			for range 10 {
				if _, err := Call(L, L.GetGlobal("get"), lua.LNumber(1)); err != nil {
					return err
				}
			}
			return nil
		}, func(err error) { done <- err })
	}
	for range tasks {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	err := v.Do(t.Context(), func(L *lua.LState) error {
		if n := L.GetGlobal("others"); n != lua.LNumber(tasks*10) {
			t.Errorf("other ran %v times, want %d", n, tasks*10)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPanicInWaitIsALuaError(t *testing.T) {
	v, printed := printer(t, Options{})
	v.State().Register("bad", func(L *lua.LState) int {
		Wait(L, func(context.Context) { panic("boom") })
		return 0
	})
	if err := v.RunMain(t.Context(), compile(t, "print(pcall(bad)) print('on')")); err != nil {
		t.Fatal(err)
	}
	if got := printed(); !strings.Contains(got, "internal error: boom") || !strings.HasSuffix(got, "; on") {
		t.Errorf("printed %q", got)
	}
}

func TestPanicInABindingIsAnError(t *testing.T) {
	v, _ := printer(t, Options{})
	v.State().Register("bad", func(*lua.LState) int { panic("boom") })
	err := v.RunMain(t.Context(), compile(t, "bad()"))
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("RunMain gives %v", err)
	}
	err = v.Do(t.Context(), func(*lua.LState) error { panic("bang") })
	if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(e.Message, "bang") {
		t.Errorf("Do gives %v", err)
	}
	if err := v.Do(t.Context(), func(*lua.LState) error { return nil }); err != nil {
		t.Errorf("afterwards Do gives %v", err)
	}
}

func TestNothingWaitsOnTheMainState(t *testing.T) {
	v, _ := printer(t, Options{})
	L := v.State()
	err := L.CallByParam(lua.P{Fn: L.NewFunction(func(L *lua.LState) int { Wait(L, nil); return 0 }), Protect: true})
	if err == nil || !strings.Contains(err.Error(), "nothing can wait here") {
		t.Errorf("Wait on the main state gives %v", err)
	}
}
