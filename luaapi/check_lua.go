package luaapi

import (
	"context"
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// readScriptCheck reads check.lua { function(rs) ... end, every = ... }.
func readScriptCheck(f *args.Fields, c *checkSpec) {
	c.id = "lua"
	items := f.List()
	if len(items) == 1 {
		c.script, _ = items[0].(*lua.LFunction)
	}
	if c.script == nil {
		f.Mistake("", `want one function, as in check.lua { every = "5s", function(rs) return true end }`)
	}
}

// scriptCheck asks a function of the policy about a server.
type scriptCheck struct {
	rs      *realServer
	f       *lua.LFunction
	defined *definedCheck // nil of check.lua

	options *lua.LTable // what the function of a defined check gets; guarded by the baton
}

// Check implements [checks.Check].
func (c *scriptCheck) Check(ctx context.Context, t checks.Target) checks.Result {
	what := "check.lua"
	if c.defined != nil {
		what = "check." + c.defined.kind
	}
	return c.rs.rt.askFunction(ctx, what, c.rs, c.f, func(L *lua.LState, rs lua.LValue) []lua.LValue {
		if c.defined == nil {
			return []lua.LValue{rs}
		}
		if c.options == nil {
			c.options = c.defined.given(L)
		}
		c.defined.aim(L, c.options, t)
		return []lua.LValue{rs, c.options}
	})
}

// askFunction calls a function that says whether a server is well. What names
// it in messages.
func (rt *runtime) askFunction(ctx context.Context, what string, rs *realServer, f *lua.LFunction,
	arguments func(L *lua.LState, rs lua.LValue) []lua.LValue) checks.Result {
	var result checks.Result
	name := func() string { return fmt.Sprintf("%s of %v in %v", what, rs.dest.Addr, rs.service) }
	begun := false
	ctx, progress := withProgress(ctx)
	err := rt.vm.Do(ctx, func(L *lua.LState) error {
		begun = true
		answer, err := vm.Call(L, f, arguments(L, rt.objects.servers.object(L, rs))...)
		if err == nil {
			result, err = verdict(answer)
			return placed(f, err)
		}
		return err
	})
	switch {
	case err == nil:
		rt.ended(name, nil)
		return result
	case begun && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return checks.Result{Outcome: checks.Fail, Cause: checks.Timeout, Reason: checks.OneLine(progress.late(ctx))}
	case errors.Is(err, vm.ErrClosed) || errors.Is(err, vm.ErrCanceled):
		return checks.Result{Outcome: checks.Unknown, Cause: checks.Local, Reason: err.Error()}
	}
	var failed *failure
	if errors.As(err, &failed) {
		rt.ended(name, nil)
		return failed.result()
	}
	rt.ended(name, err)
	return checks.Result{Outcome: checks.Unknown, Cause: checks.Script, Reason: checks.OneLine(err.Error())}
}

// verdict reads what a check's function returned: true or "degraded", perhaps a
// reason, and perhaps a weight; false or nil, a reason, and perhaps a cause.
// Nothing at all is no answer: the function may have ended without return.
func verdict(answer []lua.LValue) (checks.Result, error) {
	if r, ok, err := passing(answer); ok {
		return r, err
	}
	answer = append(answer, lua.LNil, lua.LNil, lua.LNil)[:3]
	reasoned := lua.LVCanConvToString(answer[1])
	switch {
	case answer[0] == lua.LFalse && answer[1] == lua.LNil:
		return checks.Result{Outcome: checks.Fail, Cause: checks.Verdict, Reason: "the check's function returned false"}, nil
	case (answer[0] == lua.LFalse || answer[0] == lua.LNil) && reasoned:
		f, err := readFailure(answer[1], answer[2])
		if err != nil {
			return checks.Result{}, fmt.Errorf("a check's function returned a third value: %w", err)
		}
		return f.result(), nil
	}
	return checks.Result{}, fmt.Errorf("a check's function returned %s, %s; want true, or false and a reason", args.Show(answer[0]), args.Show(answer[1]))
}
