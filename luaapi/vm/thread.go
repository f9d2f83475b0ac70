package vm

import (
	"reflect"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// A thread is a Lua thread as the VM keeps it. It is the thread's context:
// gopher-lua asks Done once per instruction, and there we count.
type thread struct {
	l     *lua.LState
	task  *task
	owner *lua.LState // the coroutine whose code runs here; nil: the task's own
	state string      // as coroutine.status says; "" if this is no coroutine
	uses  int
}

func (th *thread) Deadline() (time.Time, bool) { return time.Time{}, false }
func (th *thread) Value(key any) any           { return th.task.ctx.Value(key) }
func (th *thread) Err() error                  { return th.task.budget.why }

// Done is called before each Lua instruction.
func (th *thread) Done() <-chan struct{} {
	t := th.task
	if t.budget.left--; t.budget.left > 0 {
		return nil
	}
	return t.look(th.l)
}

// enter makes th the one that runs.
func (th *thread) enter() { th.l.G.CurrentThread = th.l }

// threadOf returns what runs L, or nil for the main state.
func threadOf(L *lua.LState) *thread {
	th, _ := L.Context().(*thread)
	return th
}

const (
	maxIdle     = 256  // idle threads kept
	maxUses     = 1000 // uses of one thread: what gopher-lua keeps in it stays small
	maxRegistry = 4096 // slots; a thread that once needed more is dropped
)

// take gives an idle or a new thread to t. The baton must be held.
func (v *VM) take(t *task) *thread {
	if n := len(v.idle); n > 0 {
		th := v.idle[n-1]
		v.idle = v.idle[:n-1]
		th.task = t
		return th
	}
	l, _ := v.main.NewThread()
	return v.adopt(l, t)
}

// adopt makes l count for t.
func (v *VM) adopt(l *lua.LState, t *task) *thread {
	th := &thread{l: l, task: t}
	l.SetContext(th)
	return th
}

// give takes a thread back that ended in order.
func (v *VM) give(th *thread) {
	th.l.SetTop(0)
	th.uses++
	th.task, th.owner = nil, nil
	if th.uses < maxUses && len(v.idle) < maxIdle && registrySize(th.l) <= maxRegistry {
		v.idle = append(v.idle, th)
	}
}

// registrySize reads how far the registry of l has grown, which gopher-lua
// does not tell. A version of it without that field means no reuse of threads.
func registrySize(l *lua.LState) int {
	reg := reflect.ValueOf(l).Elem().FieldByName("reg")
	if !reg.IsValid() || reg.Kind() != reflect.Pointer {
		return maxRegistry + 1
	}
	array := reg.Elem().FieldByName("array")
	if !array.IsValid() || array.Kind() != reflect.Slice {
		return maxRegistry + 1
	}
	return array.Cap()
}
