package vm

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// A task is one run of Lua: what Do, Go and RunMain start. It may use several
// Lua threads (coroutines, protected calls), never two at once.
type task struct {
	vm      *VM
	ctx     context.Context
	budget  budget
	depth   int       // protected calls and coroutines inside each other
	threads []*thread // at work, innermost last; coroutines are not among them
}

// Do takes the baton, runs f with a Lua thread, and gives both back. f runs in
// the caller's goroutine; its L, and the Lua values it gets, must not be used
// after it has returned. Calling Do from inside f of the same VM never returns.
//
// A Lua error, also one that f passes on as it is, comes back as [*Error]; so
// does a Go panic. A task that was cancelled gives ErrCanceled, one that used
// up its budget an *Error that wraps ErrBudget and names the line.
func (v *VM) Do(ctx context.Context, f func(L *lua.LState) error) error {
	return v.run(ctx, 0, f)
}

// RunMain runs proto as the policy's main chunk.
func (v *VM) RunMain(ctx context.Context, proto *lua.FunctionProto) error {
	return v.run(ctx, v.opts.LoadBudget, func(L *lua.LState) error {
		v.chunks = append(v.chunks, proto)
		threadOf(L).uses = maxUses // what a main chunk needs, no other task does
		err := L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(proto), Protect: true})
		if err == nil {
			v.ready = true
			i := slices.Index(v.chunks, proto) // only the functions in it may run again
			v.chunks = slices.Replace(v.chunks, i, i+1, proto.FunctionPrototypes...)
		}
		return err
	})
}

// Go runs f as Do does, in a goroutine of its own, and calls done there with
// the outcome, without the baton. Close waits for done, too. If Go returns an
// error, nothing was started.
func (v *VM) Go(ctx context.Context, f func(L *lua.LState) error, done func(error)) error {
	t, err := v.admit(ctx, 0)
	if err != nil {
		return err
	}
	go func() {
		defer v.dismiss(t)
		done(t.run(f))
	}()
	return nil
}

func (v *VM) run(ctx context.Context, budget time.Duration, f func(L *lua.LState) error) error {
	t, err := v.admit(ctx, budget)
	if err != nil {
		return err
	}
	defer v.dismiss(t)
	return t.run(f)
}

// admit makes a task that Close knows of. Its budget is d, or the usual one if
// that is 0.
func (v *VM) admit(ctx context.Context, d time.Duration) (*task, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil, ErrClosed
	}
	if len(v.tasks) >= v.limits.Tasks {
		return nil, fmt.Errorf("%w: %d are alive, which is the limit", ErrTooManyTasks, len(v.tasks))
	}
	t := &task{vm: v, budget: budget{slice: cmp.Or(d, v.limits.Budget)}}
	var cancel context.CancelCauseFunc
	t.ctx, cancel = context.WithCancelCause(ctx)
	v.tasks[t] = cancel
	return t, nil
}

// dismiss ends what admit began.
func (v *VM) dismiss(t *task) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tasks[t](nil)
	delete(v.tasks, t)
	v.closeIfEmpty()
}

// run takes the baton and runs f on an idle thread.
func (t *task) run(f func(L *lua.LState) error) (err error) {
	t.vm.baton.Lock()
	defer t.vm.baton.Unlock()
	if err := t.canceled(); err != nil {
		return err
	}
	if t.vm.memory.due() {
		if err := t.vm.weighed(t.vm.main); err != nil {
			return err
		}
	}
	t.budget.restart()
	th := t.vm.take(t)
	defer func() {
		if r := recover(); r != nil {
			err = t.outcome(th.l, lua.LNil, errorOf(th.l, lua.LNil, r, debug.Stack()))
		}
	}()
	t.threads = append(t.threads, th)
	th.enter()
	err = t.outcome(th.l, lua.LNil, f(th.l))
	t.vm.give(th) // not deferred: a thread that panicked is dropped
	return err
}

// outcome is what the end of fn means to its owner: the reason why the task was
// ended, whatever the script made of that, or its own error.
func (t *task) outcome(L *lua.LState, fn lua.LValue, err error) error {
	if t.budget.why != nil {
		return t.budget.why
	}
	if e, ok := err.(*lua.ApiError); ok {
		return errorOf(L, fn, e, nil)
	}
	return err
}

// canceled returns why the task must end, or nil.
func (t *task) canceled() error {
	if t.ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrCanceled, context.Cause(t.ctx))
}
