package luaapi

import (
	"context"
	"errors"
	"fmt"
	"sort"
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
	command := readCommand(f, "exec.run")
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

// readCommand reads the program and its arguments from the list part, and what
// it is given from the fields. What is the function's name.
func readCommand(f *args.Fields, what string) checks.Command {
	command := checks.Command{Dir: f.String("dir", ""), Stdin: []byte(f.String("stdin", ""))}
	for i, item := range f.List() {
		if word, ok := item.(lua.LString); ok {
			command.Args = append(command.Args, string(word))
		} else if item != lua.LNil {
			f.Mistake(fmt.Sprint(i+1), "want a string, got %s", args.Show(item))
		}
	}
	if len(command.Args) == 0 {
		f.Mistake("", `no program: %s { "program", "argument", ... }`, what)
	}
	for name, value := range f.StringMap("env") {
		command.Env = append(command.Env, name+"="+value)
	}
	sort.Strings(command.Env)
	return command
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
