package vm

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

const testMemory = 8 << 20

// greedy are scripts that would take all the memory there is. Those with a
// function run are to be called again and again.
var greedy = []struct{ name, src string }{
	{"a table", "t = {}\nwhile true do t[#t + 1] = {} end"},
	{"a list of numbers", "local t = {}\nfor i = 1, 1e6 do t[i] = i end local u = {} for i = 1, 1e6 do u[i] = i end"},
	{"keys", "local t = {}\nfor i = 1, 1e9 do t['k' .. i] = true end"},
	{"keys that are deleted again", "local t = {}\nfor i = 1, 1e9 do t['k' .. i] = true t['k' .. i] = nil end"},
	{"strings", "local t = {}\nfor i = 1, 1e9 do t[i % 100] = ('x'):rep(1e6) .. i end"},
	{"strings by concat", "local t, s = {}, ('x'):rep(5e5)\nfor i = 1, 1e9 do t[i] = s .. i end"},
	{"closures", "local f = function() end\nfor i = 1, 1e9 do local g = f f = function() return g end end"},
	{"coroutines", "local t = {}\nfor i = 1, 1e9 do t[i] = coroutine.wrap(function() coroutine.yield() end) t[i]() end"},
	{"metatables", "local t = {}\nfor i = 1, 1e9 do t = setmetatable({}, { __index = t }) end"},
	{"a table that nobody names", "local t = {}\nfunction run() for i = 1, 50 do t[#t + 1] = ('x'):rep(1000) .. #t end end"},
	{"a task that waits", "function run() local t = {}\n while true do t[#t + 1] = ('x'):rep(1000) .. #t nap() end end"},
	{"one that catches all errors", "local t = {}\nfunction run() while true do pcall(function() while true do t[#t + 1] = {} end end) end end"},
}

func TestMemoryIsLimited(t *testing.T) {
	for _, s := range greedy {
		t.Run(s.name, func(t *testing.T) {
			told := 0
			v, _ := printer(t, Options{LoadBudget: time.Minute, Limits: Limits{Memory: testMemory, Budget: time.Minute}, Full: func(error) { told++ }})
			v.State().Register("nap", func(L *lua.LState) int { Wait(L, func(context.Context) {}); return 0 })
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := v.RunMain(t.Context(), compile(t, s.src))
			if err == nil {
				err = v.Do(t.Context(), func(L *lua.LState) error { v.Hold("test", L.GetGlobal("run")); return nil })
			}
			for err == nil {
				err = call(t.Context(), v, "run")
			}
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), "more than 8 MB of memory") {
				t.Fatalf("gives %v, want ErrMemory", err)
			}
			if after.Sys > before.Sys+20*testMemory {
				t.Errorf("the process took %d bytes more", after.Sys-before.Sys)
			}
			if again := v.Do(t.Context(), func(*lua.LState) error { t.Error("ran"); return nil }); !errors.Is(again, ErrMemory) || told != 1 {
				t.Errorf("afterwards Do gives %v; told %d times", again, told)
			}
		})
	}
}

func TestGarbageIsNotCountedAsMemory(t *testing.T) {
	v, _ := printer(t, Options{LoadBudget: time.Minute, Limits: Limits{Memory: testMemory}})
	err := v.RunMain(t.Context(), compile(t, `
		for i = 1, 200 do local t = {} for k = 1, 1000 do t[k] = { k, "x" .. k } end end
		for i = 1, 200 do local s = ('x'):rep(1e6) end`))
	if err != nil {
		t.Error(err)
	}
}

// TestWeighingIsRoughlyRight compares with what Go says of the heap.
func TestWeighingIsRoughlyRight(t *testing.T) {
	for _, s := range []struct{ name, src string }{
		{"records", "t = {} for i = 1, 2e4 do t[i] = { name = 'n' .. i, weight = i, up = true } end"},
		{"small lists", "t = {} for i = 1, 5e4 do t[i] = { i, i + 1 } end"},
		{"numbers", "t = {} for i = 1, 4e5 do t[i] = i / 3 end"},
		{"strings", "t = {} for i = 1, 5e4 do t[i] = 'string number ' .. i end"},
		{"keys", "t = {} for i = 1, 5e4 do t['key' .. i] = i end"},
		{"closures", "t = {} for i = 1, 5e4 do t[i] = function() return i end end"},
		{"coroutines", "t = {} for i = 1, 1e3 do t[i] = coroutine.create(function() end) end"},
	} {
		t.Run(s.name, func(t *testing.T) {
			v, _ := printer(t, Options{LoadBudget: time.Minute, Limits: Limits{Memory: 1 << 40}})
			heap := func() int {
				runtime.GC()
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return int(m.HeapAlloc)
			}
			h, w := heap(), v.weigh(1<<40)
			if err := v.RunMain(t.Context(), compile(t, s.src)); err != nil {
				t.Fatal(err)
			}
			h, w = heap()-h, v.weigh(1<<40)-w
			t.Logf("weighs %d, Go says %d", w, h)
			if w < h/2 || w > h*2 {
				t.Errorf("weighs %d, Go says %d", w, h)
			}
		})
	}
}

func TestTheInsideOfGopherLuaIsAsWeThink(t *testing.T) {
	for _, c := range []struct{ ours, real reflect.Type }{
		{reflect.TypeFor[tableInside](), reflect.TypeFor[lua.LTable]()},
		{reflect.TypeFor[threadInside](), reflect.TypeFor[lua.LState]()},
		{reflect.TypeFor[registryInside](), field(t, reflect.TypeFor[lua.LState](), "reg").Type.Elem()},
	} {
		for i := range c.ours.NumField() {
			ours := c.ours.Field(i)
			real := field(t, c.real, ours.Name)
			if ours.Offset != real.Offset || ours.Type != real.Type && ours.Name != "reg" {
				t.Errorf("%v.%s is %v at %d, want %v at %d", c.real, ours.Name, real.Type, real.Offset, ours.Type, ours.Offset)
			}
		}
	}
}

func field(t *testing.T, of reflect.Type, name string) reflect.StructField {
	t.Helper()
	f, ok := of.FieldByName(name)
	if !ok {
		t.Fatalf("%v has no field %s", of, name)
	}
	return f
}

func TestSetLimits(t *testing.T) {
	v, _ := printer(t, Options{})
	if got, want := v.Limits(), (Limits{DefaultBudget, DefaultTasks, DefaultMemory}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	v.SetLimits(Limits{Budget: time.Millisecond})
	v.SetLimits(Limits{Memory: 5 << 20})
	if got, want := v.Limits(), (Limits{time.Millisecond, DefaultTasks, 5 << 20}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := v.RunMain(t.Context(), compile(t, "function spin() while true do end end")); err != nil {
		t.Fatal(err)
	}
	if err := call(t.Context(), v, "spin"); !errors.Is(err, ErrBudget) || !strings.Contains(err.Error(), "1ms") {
		t.Errorf("gives %v", err)
	}
}

// TestAnAbandonedVMIsCollected: nothing of the process keeps a closed VM.
func TestAnAbandonedVMIsCollected(t *testing.T) {
	collected := make(chan bool, 20)
	for range cap(collected) {
		v := New(Options{})
		var parked = make(chan bool, 1)
		v.State().Register("park", func(L *lua.LState) int {
			Wait(L, func(ctx context.Context) { parked <- true; <-ctx.Done() })
			return 0
		})
		if err := v.RunMain(t.Context(), compile(t, "t = {} for i = 1, 1000 do t[i] = coroutine.wrap(function() end) end function go() pcall(park) end")); err != nil {
			t.Fatal(err)
		}
		err := v.Go(context.Background(), func(L *lua.LState) error {
			return L.CallByParam(lua.P{Fn: L.GetGlobal("go"), Protect: true})
		}, func(error) {})
		if err != nil {
			t.Fatal(err)
		}
		<-parked
		runtime.AddCleanup(v.State().G.Global, func(c chan bool) { c <- true }, collected)
		closeVM(t, v)
	}
	for n := 0; n < cap(collected); {
		runtime.GC()
		select {
		case <-collected:
			n++
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d VMs were collected", n, cap(collected))
		}
	}
}
