package luaapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// execModule starts programs.
type execModule struct{ rt *runtime }

// newExec returns the module exec.
func newExec(rt *runtime, L *lua.LState) *lua.LTable {
	m := &execModule{rt: rt}
	return L.SetFuncs(L.CreateTable(0, 8), map[string]lua.LGFunction{
		"run":   m.luaRun,
		"shell": m.luaShell,
		"quote": luaQuote,
	})
}

// luaRun is exec.run { program, argument, ... }.
func (m *execModule) luaRun(L *lua.LState) int {
	const what = "exec.run"
	m.rt.running(L, what)
	if _, ok := L.Get(1).(*lua.LTable); !ok {
		L.RaiseError(`%s: argument 1: want a list such as { "systemctl", "restart", "nginx" }, got %s`, what, args.Show(L.Get(1)))
	}
	f := args.Optional(L, 1, what)
	timeout := f.Duration("timeout", waitTimeout, minTimeout)
	command := m.rt.allow.Programs.command(f, what)
	f.Raise()
	return m.run(L, command, timeout)
}

// luaShell is exec.shell(line [, options]).
func (m *execModule) luaShell(L *lua.LState) int {
	const what = "exec.shell"
	m.rt.running(L, what)
	line, f := argText(L, 1, what), args.Optional(L, 2, what)
	timeout := f.Duration("timeout", waitTimeout, minTimeout)
	command := m.rt.allow.Programs.settings(f)
	f.Raise()
	command.Args = []string{"/bin/sh", "-c", line}
	return m.run(L, command, timeout)
}

// luaQuote is exec.quote(word, ...): the words as a shell reads them back.
func luaQuote(L *lua.LState) int {
	const what = "exec.quote"
	words, size := make([]string, L.GetTop()), 0
	for i := range words {
		if size += len(argText(L, i+1, what)); size > vm.MaxString {
			L.RaiseError("%s: the result is longer than %d bytes", what, vm.MaxString)
		}
		words[i] = "'" + strings.ReplaceAll(argText(L, i+1, what), "'", `'\''`) + "'"
	}
	L.Push(lua.LString(strings.Join(words, " ")))
	return 1
}

// run runs a program to its end and returns the result to Lua.
func (m *execModule) run(L *lua.LState, command checks.Command, timeout time.Duration) int {
	var out checks.Output
	var err error
	start := time.Now()
	vm.Wait(L, func(ctx context.Context) {
		reach(ctx, func() string { return command.Args[0] + " runs" })
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		err = m.rt.limits.processes.use(func() (err error) { out, err = command.Run(ctx); return err })
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
