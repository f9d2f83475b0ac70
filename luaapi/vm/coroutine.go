package vm

import (
	"runtime"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// coroutines holds the functions of gopher-lua's library that ours are built on.
type coroutines struct {
	create, resume, yield, body *lua.LFunction
}

// Both functions are here for what gopher-lua does not do itself. yield gives
// nil for values that resume did not pass, where gopher-lua leaves a hole. body
// keeps the end of a coroutine's function off the bottom of its stack, where
// `return coroutine.yield(x)` would count as the end of the coroutine.
const coroutinePrelude = `
local raw, id = ...
return function(...) return id(raw(...)) end,
	function(f) return function(...) return id(f(...)) end end
`

// openCoroutines replaces the library: with budget, nesting limit, and a clear
// error where a coroutine cannot yield.
func (v *VM) openCoroutines() {
	L := v.main
	lua.OpenCoroutine(L)
	lib := L.GetGlobal(lua.CoroutineLibName).(*lua.LTable)
	v.coroutines.create = lib.RawGetString("create").(*lua.LFunction)
	v.coroutines.resume = lib.RawGetString("resume").(*lua.LFunction)
	v.coroutines.yield = lib.RawGetString("yield").(*lua.LFunction)

	yield, body := v.prelude()
	v.coroutines.body = body
	L.SetFuncs(lib, map[string]lua.LGFunction{
		"create": coCreate, "resume": coResume, "wrap": coWrap,
		"running": coRunning, "status": coStatus,
	})
	lib.RawSetString("yield", yield)
	L.SetTop(0)
}

// compiled is coroutinePrelude, which all VMs share.
var compiled = sync.OnceValue(func() *lua.FunctionProto {
	const name = "[coroutine]"
	chunk, err := parse.Parse(strings.NewReader(coroutinePrelude), name)
	if err != nil {
		panic(err) // our own text
	}
	proto, err := lua.Compile(chunk, name)
	if err != nil {
		panic(err) // our own text
	}
	return proto
})

// prelude runs coroutinePrelude.
func (v *VM) prelude() (yield, body *lua.LFunction) {
	L := v.main
	L.Push(L.NewFunctionFromProto(compiled()))
	L.Push(L.NewFunction(coYield))
	L.Push(L.NewFunction(func(L *lua.LState) int { return L.GetTop() }))
	L.Call(2, 2)
	return L.Get(-2).(*lua.LFunction), L.Get(-1).(*lua.LFunction)
}

// coYield is the innermost part of coroutine.yield.
func coYield(L *lua.LState) int {
	th := threadOf(L)
	switch {
	case th.owner == nil:
		L.Error(lua.LString("attempt to yield from outside a coroutine"), 3)
	case th.owner != L || !yieldable():
		L.Error(lua.LString("attempt to yield across pcall, a metamethod, an iterator or a callback"), 3)
	}
	return Of(L).coroutines.yield.GFunction(L)
}

// yieldable tells whether only Lua code is between here and the resume: a
// yield goes back to the nearest Go function that runs Lua, whichever it is.
func yieldable() bool {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		switch {
		case strings.HasSuffix(f.Function, "gopher-lua.threadRun"):
			return true
		case strings.HasSuffix(f.Function, "gopher-lua.(*LState).callR"), !more:
			return false
		}
	}
}

func coCreate(L *lua.LState) int {
	L.Push(newCoroutine(L, L.CheckFunction(1)))
	return 1
}

// newCoroutine makes a coroutine of L's task that will run fn.
func newCoroutine(L *lua.LState, fn *lua.LFunction) *lua.LState {
	v := Of(L)
	L.Push(v.coroutines.body)
	L.Push(fn)
	L.Call(1, 1)
	v.main.SetTop(0)
	v.main.Push(L.Get(-1))
	L.Pop(1)
	v.coroutines.create.GFunction(v.main)
	co := v.main.Get(-1).(*lua.LState)
	v.main.SetTop(0)
	th := v.adopt(co, threadOf(L).task)
	th.owner, th.state = co, "suspended"
	return co
}

func coResume(L *lua.LState) int { return resume(L, L.CheckThread(1)) }

// resume runs co, the first value on L, with the values after it, and leaves
// what coroutine.resume returns.
func resume(L *lua.LState, co *lua.LState) int {
	from, th := threadOf(L), threadOf(co)
	if th == nil || th.state != "suspended" {
		L.Push(lua.LFalse)
		L.Push(lua.LString("cannot resume " + stateOf(th) + " coroutine"))
		return 2
	}
	from.task.deepen(L)
	th.task = from.task
	around := setState(from.owner, "normal")
	th.state = "running"
	n := Of(L).coroutines.resume.GFunction(L)
	th.state = "suspended"
	if co.Dead || L.Get(-n) == lua.LFalse {
		th.state = "dead"
	}
	if L.Get(-n) == lua.LFalse {
		L.Replace(L.GetTop(), reworded(L, lua.LNil, L.Get(-1)))
	}
	setState(from.owner, around)
	from.task.depth--
	L.G.CurrentThread = L
	return n
}

// setState changes the state of a coroutine, if it is one, and returns what it was.
func setState(co *lua.LState, state string) (was string) {
	if co == nil {
		return ""
	}
	th := threadOf(co)
	was, th.state = th.state, state
	return was
}

func stateOf(th *thread) string {
	if th == nil || th.state == "" {
		return "non-suspended"
	}
	return th.state
}

func coWrap(L *lua.LState) int {
	co := newCoroutine(L, L.CheckFunction(1))
	L.Push(L.NewClosure(func(L *lua.LState) int {
		if state := stateOf(threadOf(co)); state != "suspended" {
			L.RaiseError("cannot resume %s coroutine", state)
		}
		L.Insert(co, 1)
		n := resume(L, co)
		if L.Get(-n) == lua.LFalse {
			L.Error(L.Get(-1), 0)
		}
		return n - 1
	}, co)) // as an upvalue, which is seen when the VM is weighed
	return 1
}

func coRunning(L *lua.LState) int {
	if co := threadOf(L).owner; co != nil {
		L.Push(co)
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

func coStatus(L *lua.LState) int {
	L.Push(lua.LString(stateOf(threadOf(L.CheckThread(1)))))
	return 1
}
