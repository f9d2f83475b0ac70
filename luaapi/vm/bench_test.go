package vm

import (
	"context"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New(Options{})
	}
}

// benchmark runs the global function f of src again and again, each time as a task.
func benchmark(b *testing.B, src string) {
	v := New(Options{})
	v.State().Register("wait", func(L *lua.LState) int {
		Wait(L, func(context.Context) {})
		return 0
	})
	if err := v.RunMain(context.Background(), compile(b, src)); err != nil {
		b.Fatal(err)
	}
	f := func(L *lua.LState) error {
		return L.CallByParam(lua.P{Fn: L.GetGlobal("f"), Protect: true})
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := v.Do(context.Background(), f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDo(b *testing.B)     { benchmark(b, "function f() end") }
func BenchmarkDoWait(b *testing.B) { benchmark(b, "function f() wait() end") }
func BenchmarkDoPcall(b *testing.B) {
	benchmark(b, "local function g() end function f() pcall(g) end")
}
func BenchmarkDoFailing(b *testing.B) {
	benchmark(b, "local function g() error('e') end function f() pcall(g) end")
}
func BenchmarkDoCoroutine(b *testing.B) {
	benchmark(b, "function f() local g = coroutine.wrap(function() coroutine.yield(1) end) g() g() end")
}
func BenchmarkFib20(b *testing.B) {
	benchmark(b, "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end function f() fib(20) end")
}
