package vm

import (
	lua "github.com/yuin/gopher-lua"
)

// maxDepth bounds protected calls and coroutines inside each other, as the
// stack of a goroutine is behind them.
const maxDepth = 190

// Call calls fn, which may be anything callable, and returns its results.
// An error comes back as [*Error]. It is the way for a binding to call back:
// an error leaves the local variables of the functions that called the binding
// as they were.
func Call(L *lua.LState, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	if _, running := L.GetStack(0); !running && threadOf(L) != nil {
		return callOn(threadOf(L), fn, args) // nothing to protect: the task begins here
	}
	th := protected(L)
	results, err := callOn(th, fn, args)
	leave(L, th)
	return results, err
}

// callOn calls fn on a thread.
func callOn(th *thread, fn lua.LValue, args []lua.LValue) ([]lua.LValue, error) {
	L, base := th.l, th.l.GetTop()
	L.Push(fn)
	for _, a := range args {
		L.Push(a)
	}
	if err := L.PCall(len(args), lua.MultRet, nil); err != nil {
		th.failed(err)
		return nil, th.task.outcome(L, fn, err)
	}
	results := make([]lua.LValue, L.GetTop()-base)
	for i := range results {
		results[i] = L.Get(base + i + 1)
	}
	L.SetTop(base)
	return results, nil
}

// failed has a thread not be used again if a Go panic has gone through it.
func (th *thread) failed(err error) {
	if e, ok := err.(*lua.ApiError); ok && e.Type == lua.ApiErrorPanic {
		th.uses = maxUses
	}
}

// protected makes a thread on which a function called from L may fail.
func protected(L *lua.LState) *thread {
	from := threadOf(L)
	if from == nil {
		L.RaiseError("nothing can be called here")
	}
	from.task.deepen(L)
	th := from.task.vm.take(from.task)
	th.owner = from.owner
	th.task.threads = append(th.task.threads, th)
	th.enter()
	return th
}

// deepen counts one more call into a thread of its own.
func (t *task) deepen(L *lua.LState) {
	if t.depth >= maxDepth {
		L.RaiseError("stack overflow (more than %d protected calls or coroutines inside each other)", maxDepth)
	}
	t.depth++
}

// leave goes back to L from a thread made by protected, which is kept for others.
func leave(L *lua.LState, th *thread) {
	th.task.depth--
	th.task.threads = th.task.threads[:len(th.task.threads)-1]
	th.task.vm.give(th)
	L.G.CurrentThread = L
}

func basePcall(L *lua.LState) int {
	L.CheckAny(1)
	return pcall(L, L.GetTop())
}

func baseXpcall(L *lua.LState) int {
	L.CheckAny(1)
	handler := L.CheckAny(2)
	L.SetTop(1)
	if n := pcall(L, 1); L.Get(1) == lua.LTrue {
		return n
	}
	L.Replace(1, handler)
	pcall(L, 2)
	L.Replace(1, lua.LFalse)
	L.SetTop(2)
	return 2
}

// pcall calls the function with its arguments that are the n values on L, and
// leaves true and the results there, or false and the error value.
func pcall(L *lua.LState, n int) int {
	th, fn := protected(L), L.Get(-n)
	L.XMoveTo(th.l, n)
	err := th.l.PCall(n-1, lua.MultRet, nil)
	if err != nil {
		L.Push(lua.LFalse)
		L.Push(reworded(L, fn, err.(*lua.ApiError).Object))
	} else {
		L.Push(lua.LTrue)
		th.l.XMoveTo(L, th.l.GetTop())
	}
	th.failed(err)
	leave(L, th)
	return L.GetTop()
}
