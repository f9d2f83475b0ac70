package luaapi

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// spawned is what spawn returns: a task that runs beside the one that started
// it.
type spawned struct {
	name    string
	cancel  context.CancelFunc
	waiting atomic.Int64 // how many wait for it

	done    chan struct{} // closed when it has ended
	results []lua.LValue  // what it returned; of use once it has ended
	err     error         // what it ended with; of use once it has ended
}

func taskClass() *class[*spawned] {
	return &class[*spawned]{
		name: "task",
		fields: map[string]func(*lua.LState, *spawned) lua.LValue{
			"done": func(_ *lua.LState, t *spawned) lua.LValue { return lua.LBool(t.isDone()) },
		},
		methods: map[string]func(*lua.LState, *spawned) int{
			"cancel": func(_ *lua.LState, t *spawned) int { t.cancel(); return 0 },
		},
		print: func(t *spawned) string { return t.name },
	}
}

func (t *spawned) isDone() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// sleep is sleep(PAUSE).
func (rt *runtime) sleep(L *lua.LState) int {
	rt.running(L, "sleep")
	d, err := args.Duration(L.Get(1))
	if err != nil {
		L.RaiseError("sleep: %v", err)
	}
	vm.Wait(L, func(ctx context.Context) {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	})
	return 0
}

// spawn is spawn(f, ...): it runs f beside its caller.
func (rt *runtime) spawn(L *lua.LState) int {
	rt.running(L, "spawn")
	f, ok := L.Get(1).(*lua.LFunction)
	if !ok {
		L.RaiseError("spawn: want a function, got %s", args.Show(L.Get(1)))
	}
	given := make([]lua.LValue, 0, L.GetTop()-1)
	for i := 2; i <= L.GetTop(); i++ {
		given = append(given, L.Get(i))
	}
	t := &spawned{name: "spawn at " + here(L).String(), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel = cancel
	rt.tasks.Add(1)
	err := rt.vm.Go(ctx, func(L *lua.LState) (err error) {
		t.results, err = vm.Call(L, f, given...)
		return err
	}, func(err error) {
		defer rt.tasks.Done()
		defer cancel()
		rt.finish(t, err)
	})
	if err != nil {
		rt.tasks.Done()
		cancel()
		L.RaiseError("spawn: %v", err)
	}
	L.Push(rt.objects.tasks.object(L, t))
	return 1
}

// finish notes how a task ended. An error that somebody waits for is theirs.
func (rt *runtime) finish(t *spawned, err error) {
	t.err = err
	if err == nil || t.waiting.Load() == 0 {
		rt.ended(func() string { return t.name }, err)
	}
	close(t.done)
}

// wait is wait(TASK [, TIMEOUT]): it returns true and what the task's function
// returned, or false and why there is nothing of that kind.
func (rt *runtime) wait(L *lua.LState) int {
	rt.running(L, "wait")
	t := rt.objects.tasks.argument(L, 1, "wait")
	var timeout <-chan time.Time // never, without one
	if L.Get(2) != lua.LNil {
		d, err := args.Duration(L.Get(2))
		if err != nil {
			L.RaiseError("wait: %v", err)
		}
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	ended := false
	t.waiting.Add(1)
	vm.Wait(L, func(ctx context.Context) { ended = t.await(ctx, timeout) })
	t.waiting.Add(-1)
	return t.answer(L, ended)
}

// await tells whether the task ended before the timeout did.
func (t *spawned) await(ctx context.Context, timeout <-chan time.Time) bool {
	if t.isDone() {
		return true
	}
	select {
	case <-t.done:
		return true
	case <-timeout:
	case <-ctx.Done():
	}
	return false
}

// answer pushes what wait returns.
func (t *spawned) answer(L *lua.LState, ended bool) int {
	switch {
	case !ended:
		return refused(L, fmt.Sprintf("%s has not ended in time", t.name))
	case errors.Is(t.err, vm.ErrCanceled):
		return refused(L, t.name+" was cancelled")
	case t.err != nil:
		return refused(L, clip(t.err.Error()))
	}
	L.Push(lua.LTrue)
	for _, v := range t.results {
		L.Push(v)
	}
	return 1 + len(t.results)
}

func refused(L *lua.LState, why string) int {
	L.Push(lua.LFalse)
	L.Push(lua.LString(why))
	return 2
}
