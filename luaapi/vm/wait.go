package vm

import (
	"context"
	"fmt"
	"runtime/debug"

	lua "github.com/yuin/gopher-lua"
)

// Wait is for bindings that wait: it gives the baton back, runs w, and takes
// the baton again. Other tasks run meanwhile. w must not touch L or any Lua
// value, and must return soon after ctx, the task's context, has ended.
//
// If the task was cancelled meanwhile, Wait ends it: no pcall of the script
// can go on. A panic in w becomes a Lua error.
func Wait(L *lua.LState, w func(ctx context.Context)) {
	th := threadOf(L)
	if th == nil {
		L.RaiseError("nothing can wait here")
	}
	t := th.task
	t.end(L)
	err := t.park(w)
	L.G.CurrentThread = L
	t.end(L)
	if err != nil {
		L.RaiseError("%s", err)
	}
}

// end raises the reason why the task must end, if there is one.
func (t *task) end(L *lua.LState) {
	if t.budget.why == nil {
		t.budget.why = t.canceled()
	}
	if t.budget.why == nil && t.vm.memory.due() {
		t.budget.why = t.vm.weighed(L)
	}
	if t.budget.why != nil {
		t.budget.left = 0
		L.RaiseError("%s", t.budget.why)
	}
}

// park runs w without the baton.
func (t *task) park(w func(ctx context.Context)) (err error) {
	t.vm.baton.Unlock()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error: %v\n%s", r, debug.Stack())
		}
		t.vm.baton.Lock()
		t.budget.restart()
	}()
	w(t.ctx)
	return nil
}

// Context returns the context of the task that runs L. It ends when the task
// is cancelled or the VM is closed.
func Context(L *lua.LState) context.Context {
	if th := threadOf(L); th != nil {
		return th.task.ctx
	}
	return context.Background()
}
