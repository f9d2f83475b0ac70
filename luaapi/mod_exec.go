package luaapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// An execResult is what Lua sees of a program that ran to its end.
type execResult struct {
	Code           int        // exit code; -1 if a signal ended it
	Signal         lua.LValue // such as "SIGKILL"; nil if it ended by itself
	Stdout, Stderr string
	OK             bool // code 0
	Truncated      bool // it wrote more than was kept
	Took           float64
}

// newExec returns the module exec.
func newExec(rt *runtime, L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.CreateTable(0, 8), map[string]lua.LGFunction{
		"run": func(L *lua.LState) int { return execRun(rt, L) },
	})
}

func execRun(rt *runtime, L *lua.LState) int {
	const what = "exec.run"
	rt.running(L, what)
	if _, ok := L.Get(1).(*lua.LTable); !ok {
		L.RaiseError(`%s: argument 1: want a list such as { "systemctl", "restart", "nginx" }, got %s`, what, args.Show(L.Get(1)))
	}
	f := args.Optional(L, 1, what)
	timeout := f.Duration("timeout", waitTimeout, minTimeout)
	command := rt.allow.Programs.command(f, what)
	f.Raise()
	var out checks.Output
	var err error
	start := time.Now()
	vm.Wait(L, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		out, err = command.Run(ctx)
	})
	if errors.Is(err, checks.ErrStopped) {
		err = fmt.Errorf("exec %s: killed, it ran longer than %v", command.Args[0], timeout)
	}
	if err != nil {
		return refuse(L, err)
	}
	L.Push(view(L, "exec result", execResultOf(out, time.Since(start))))
	return 1
}

func execResultOf(out checks.Output, took time.Duration) execResult {
	r := execResult{
		Code:      out.ExitCode,
		Signal:    lua.LNil,
		Stdout:    string(out.Stdout),
		Stderr:    string(out.Stderr),
		OK:        out.ExitCode == 0,
		Truncated: out.Truncated > 0,
		Took:      took.Seconds(),
	}
	if out.Signal != 0 {
		r.Signal = lua.LString(unix.SignalName(out.Signal))
	}
	return r
}
