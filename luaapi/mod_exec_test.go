package luaapi

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"luavs/luaapi/vm"
)

func TestExec(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "a program that succeeds", script: `local r = exec.run { "echo", "a b", "$HOME" } print(r.ok, r.code, r.signal, r.stdout, r.stderr, r.truncated, r.took > 0)`,
			want: "true\t0\tnil\ta b $HOME\n\t\tfalse\ttrue"},
		{name: "an exit code is a result", script: `local r = exec.run { "sh", "-c", "echo out; echo err >&2; exit 3" } print(r.ok, r.code, r.stdout, r.stderr)`,
			want: "false\t3\tout\n\terr\n"},
		{name: "a signal is a result", script: `local r = exec.run { "sh", "-c", "kill -TERM $$" } print(r.ok, r.code, r.signal)`,
			want: "false\t-1\tSIGTERM"},
		{name: "stdin", script: `print(exec.run { "cat", stdin = "hello" }.stdout)`, want: "hello"},
		{name: "no stdin", script: `print(#exec.run { "cat" }.stdout)`, want: "0"},
		{name: "the environment is its own", script: `print(exec.run { "env", env = { B = "2", A = "1 =" } }.stdout)`,
			want: "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nLANG=C\nA=1 =\nB=2\n"},
		{name: "the folder", script: `print(exec.run { "pwd" }.stdout, exec.run { "pwd", dir = "/usr" }.stdout)`, want: "/\n\t/usr\n"},
		{name: "too much output is cut and said", script: `local r = exec.run { "head", "-c", "10000000", "/dev/zero" } print(r.ok, r.truncated, #r.stdout < 10000000)`,
			want: "true\ttrue\ttrue"},
		{name: "the output that is kept", script: `local r = exec.run { "echo", "abcdef", output_limit = 3 } print(r.stdout, r.truncated)`, want: "abc\ttrue"},
		{name: "a shell", script: `local r = exec.shell("echo $A | tr a-z A-Z; exit 3", { env = { A = "x" } }) print(r.code, r.stdout)`, want: "3\tX\n"},
		{name: "quoted words", script: `local word = "it's $HOME; *\n" print(exec.quote("a b", word), exec.shell("printf %s " .. exec.quote(word)).stdout == word, exec.quote())`,
			want: "'a b' 'it'\\''s $HOME; *\n'\ttrue\t"},
		{name: "a shell that is too slow", script: `print(exec.shell("sleep 1000 & wait", { timeout = "50ms" }))`, want: "nil\texec /bin/sh: killed, it ran longer than 50ms"},
		{name: "no such program", script: `print((select(2, exec.run { "no-such-program" }):match("^exec no%-such%-program: file does not exist")))`,
			want: "exec no-such-program: file does not exist"},
		{name: "a relative path", script: `print((select(2, exec.run { "./x" })))`, want: "exec ./x: a relative path: give the whole path, or a name that is in PATH"},
		{name: "too slow", script: `print(exec.run { "sleep", "1000", timeout = "50ms" })`, want: "nil\texec sleep: killed, it ran longer than 50ms"},
		{name: "an unknown field", script: `print(exec.run { "true" }.exit)`, err: `exec result has no field "exit"`},
	})
}

// A program of a cancelled task ends with it.
func TestExecOfACancelledTask(t *testing.T) {
	b := newBench(t)
	fifo := filepath.Join(t.TempDir(), "began")
	b.set("began", fifo)
	b.must(t, `assert(exec.run { "mkfifo", began }.ok)`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		os.ReadFile(fifo) // returns once the program has written
		cancel()
	}()
	_, err := b.run(t, ctx, `exec.run { "sh", "-c", "echo > " .. began .. "; exec sleep 1000", timeout = "1h" }`)
	if !errors.Is(err, vm.ErrCanceled) {
		t.Errorf("error %v, want ErrCanceled", err)
	}
}
