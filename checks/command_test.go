package checks

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script writes a shell script and returns the command that runs it.
func script(t testing.TB, text string) Command {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	write(t, path, []byte(text))
	return Command{Args: []string{"/bin/sh", path}}
}

// runCommand runs the command for at most limit.
func runCommand(t testing.TB, c Command, limit time.Duration) (Output, error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), limit, errors.New("time is up"))
	defer cancel()
	return c.Run(ctx)
}

func TestCommandOutput(t *testing.T) {
	tests := []struct {
		name string
		text string
		want Output
	}{
		{"nothing", "", Output{}},
		{"both outputs", "echo out; echo err >&2", Output{Stdout: []byte("out\n"), Stderr: []byte("err\n")}},
		{"an exit code", "exit 3", Output{ExitCode: 3}},
		{"the largest exit code", "exit 255", Output{ExitCode: 255}},
		{"a signal", "kill -KILL $$", Output{ExitCode: -1, Signal: syscall.SIGKILL}},
		{"no input", "cat", Output{}},
		{"a clean environment", "env | grep -v ^PWD= | sort",
			Output{Stdout: []byte("LANG=C\n" + cleanEnv[0] + "\n")}},
		{"the folder", "pwd", Output{Stdout: []byte("/\n")}},
		{"a pipeline is waited for", "echo a | cat | cat", Output{Stdout: []byte("a\n")}},
		{"words are no shell code", `echo "$0" | grep -c script`, Output{Stdout: []byte("1\n")}},
		{"what comes after the limit is counted", "head -c 100000 /dev/zero | tr '\\0' x; echo more >&2",
			Output{Stdout: []byte(strings.Repeat("x", DefaultLimit)), Stderr: []byte("more\n"), Truncated: 100000 - DefaultLimit}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := script(t, tt.text)
			leavesNothing(t, func() {
				got, err := runCommand(t, c, long)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("want - got +\n%s", diff)
				}
			})
		})
	}
}

func TestCommandSettings(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name string
		c    Command
		want string
	}{
		{"a program is looked up in PATH", Command{Args: []string{"echo", "a b", "$HOME", "*"}}, "a b $HOME *\n"},
		{"the input", Command{Args: []string{"cat"}, Stdin: []byte("in\x00put")}, "in\x00put"},
		{"an input that nobody reads", Command{Args: []string{"echo", "x"}, Stdin: make([]byte, 1<<20)}, "x\n"},
		{"the folder", Command{Args: []string{"/bin/pwd"}, Dir: dir}, dir + "\n"},
		{"the environment", Command{Args: []string{"sh", "-c", "echo $A $LANG"}, Env: []string{"A=1", "LANG=de", "A=2"}}, "2 de\n"},
		{"a limit", Command{Args: []string{"echo", "abcdef"}, OutputLimit: 3}, "abc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := runCommand(t, tt.c, long)
			if err != nil || string(got.Stdout) != tt.want {
				t.Errorf("got %q, %v, want %q", got.Stdout, err, tt.want)
			}
		})
	}
}

func TestCommandsOwnPathIsSearched(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/bin/echo", filepath.Join(dir, "only-here")); err != nil {
		t.Fatal(err)
	}
	c := Command{Args: []string{"only-here", "found"}, Env: []string{"PATH=.:" + dir}}
	if got, err := runCommand(t, c, long); err != nil || string(got.Stdout) != "found\n" {
		t.Errorf("got %q, %v", got.Stdout, err)
	}
}

// A program from the folder the daemon happens to be in would be a trap.
func TestTheWorkingFolderIsNotSearched(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	err := errors.Join(os.Mkdir("bin", 0o700), os.Symlink("/bin/echo", "bin/trap"), os.Symlink("/bin/echo", "trap"))
	if err != nil {
		t.Fatal(err)
	}
	c := Command{Args: []string{"trap"}, Env: []string{"PATH=.::bin"}, Dir: dir}
	if out, err := runCommand(t, c, long); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %q, %v", out.Stdout, err)
	}
}

// Only root may run as another user; others learn that.
func TestCommandAsUser(t *testing.T) {
	got, err := runCommand(t, Command{Args: []string{"id", "-un"}, User: "nobody"}, long)
	if os.Geteuid() == 0 {
		if err != nil || string(got.Stdout) != "nobody\n" {
			t.Errorf("got %q, %v", got.Stdout, err)
		}
		return
	}
	if !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), "only root may run a program as another user") {
		t.Errorf("got %v", err)
	}
}

func TestCommandsThatCannotStart(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		write(t, path, []byte(text))
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plainFile := file("plain", "exit 0", 0o600)
	noLine := file("noline", "exit 0", 0o700)
	noShell := file("noshell", "#!/nosuch\n", 0o700)
	path := strings.TrimPrefix(cleanEnv[0], "PATH=")
	tests := []struct {
		name string
		c    Command
		want string
	}{
		{"no arguments", Command{}, "exec: no program: give at least its name"},
		{"an empty name", Command{Args: []string{"", "a"}}, "exec: no program: give at least its name"},
		{"a path that does not exist", Command{Args: []string{"/nosuch"}},
			"exec /nosuch: no such file or directory: install it, or correct the path"},
		{"a name that is not in PATH", Command{Args: []string{"nosuch-program"}},
			"exec nosuch-program: file does not exist in " + path + ": install it, or give its whole path"},
		{"a relative path", Command{Args: []string{"./check"}},
			"exec ./check: a relative path: give the whole path, or a name that is in PATH"},
		{"a file that is no program", Command{Args: []string{plainFile}},
			"exec " + plainFile + ": permission denied: make it executable (chmod +x) for the user it runs as"},
		{"a folder", Command{Args: []string{dir}},
			"exec " + dir + ": permission denied: make it executable (chmod +x) for the user it runs as"},
		{"a script without its first line", Command{Args: []string{noLine}},
			"exec " + noLine + ": exec format error: a script needs a first line such as #!/bin/sh"},
		{"an interpreter that does not exist", Command{Args: []string{noShell}},
			"exec " + noShell + ": no such file or directory: its interpreter (the #! line) or its folder does not exist"},
		{"a working folder that does not exist", Command{Args: []string{"true"}, Dir: "/nosuch"},
			"exec /usr/bin/true: no such file or directory: its interpreter (the #! line) or its folder does not exist"},
		{"a relative working folder", Command{Args: []string{"true"}, Dir: "x"},
			"exec true: folder x: a relative path: give the whole path"},
		{"a zero byte", Command{Args: []string{"true", "a\x00b"}}, `exec true: "a\x00b" holds a zero byte`},
		{"an environment without =", Command{Args: []string{"true"}, Env: []string{"A"}},
			`exec true: environment "A": want NAME=value`},
		{"a limit below zero", Command{Args: []string{"true"}, OutputLimit: -1},
			"exec true: output limit -1: want bytes, or 0 for 65536"},
		{"an unknown user", Command{Args: []string{"true"}, User: "nosuch"},
			"exec as user nosuch: " + user.UnknownUserError("nosuch").Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			leavesNothing(t, func() {
				if _, err := runCommand(t, tt.c, long); err == nil || err.Error() != tt.want {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
			})
		})
	}
}

// A passed is a context whose deadline passes when a script says so, however
// long the machine took to come to that point.
type passed struct {
	context.Context
	done chan struct{}
}

func (p passed) Done() <-chan struct{} { return p.done }

func (p passed) Err() error {
	select {
	case <-p.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// onceThere is a context whose deadline passes once the file exists, at the
// latest after the time that tests wait for anything.
func onceThere(t *testing.T, path string) context.Context {
	p := passed{context.Background(), make(chan struct{})}
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(p.done)
		for end := time.Now().Add(long); !exists(path) && time.Now().Before(end); runtime.Gosched() {
		}
	})
	t.Cleanup(wg.Wait)
	return p
}

// Each script writes the ids of its processes to the file $1, something to
// stdout, and makes the file $1.ready when it is where it should be stopped.
// None of its processes may be alive, and none of ours a zombie, once Run has
// returned.
func TestNoProcessIsLeft(t *testing.T) {
	const begin, ready = `echo $$ >>"$1"; echo hello; `, `: >"$1.ready"; `
	const child = `sleep 1000 & echo $! >>"$1"; `
	tests := []struct {
		name   string
		text   string
		signal syscall.Signal // which ended the program
	}{
		{"hangs", begin + ready + `exec sleep 1000`, syscall.SIGTERM},
		{"hangs in a child", begin + child + ready + `wait`, syscall.SIGTERM},
		{"hangs without output", begin + `exec >/dev/null 2>&1; ` + child + ready + `wait`, syscall.SIGTERM},
		{"ignores TERM", begin + `trap "" TERM; ` + ready + `while :; do sleep 1000; done`, syscall.SIGKILL},
		{"ends at TERM, its child does not", begin + `(trap "" TERM; ` + ready + `exec sleep 1000) & echo $! >>"$1"; wait`, syscall.SIGTERM},
		{"ends by itself at TERM", begin + `trap "exit 0" TERM; ` + child + ready + `wait`, 0},
		{"is stopped", begin + `(until grep -q "^State:.T" /proc/$$/status; do :; done; ` + ready + `) & kill -STOP $$`, syscall.SIGKILL},
		{"writes without end", begin + ready + `exec yes`, syscall.SIGTERM},
		{"forks without end", begin + `while :; do ` + child + ready + `/bin/true; done`, syscall.SIGTERM},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := script(t, tt.text)
			pids := filepath.Join(t.TempDir(), "pids")
			c.Args = append(c.Args, pids)
			leavesNothing(t, func() {
				out, err := c.Run(onceThere(t, pids+".ready"))
				if !errors.Is(err, ErrStopped) || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if out.Signal != tt.signal || !strings.HasPrefix(string(out.Stdout), "hello\n") {
					t.Errorf("got signal %v and the output %.20q", out.Signal, out.Stdout)
				}
			})
			allGone(t, pids)
		})
	}
}

// What a program leaves behind when it ends does not hold us and is killed.
func TestNoProcessIsLeftByAProgramThatEnds(t *testing.T) {
	for _, outputs := range []string{"", ">/dev/null 2>&1 </dev/null"} {
		c := script(t, `echo $$ >>"$1"; sleep 1000 `+outputs+` & echo $! >>"$1"; echo hello`)
		pids := filepath.Join(t.TempDir(), "pids")
		c.Args = append(c.Args, pids)
		leavesNothing(t, func() {
			out, err := runCommand(t, c, long)
			if err != nil || string(out.Stdout) != "hello\n" {
				t.Errorf("got %q, %v", out.Stdout, err)
			}
		})
		allGone(t, pids)
	}
}

func TestTheTimeBetweenTermAndKill(t *testing.T) {
	c := script(t, `trap "" TERM; : >"$1"; while :; do sleep 1000; done`)
	path := filepath.Join(t.TempDir(), "ready")
	c.Args = append(c.Args, path)
	began := time.Now()
	if _, err := c.Run(onceThere(t, path)); !errors.Is(err, ErrStopped) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took < termGrace {
		t.Errorf("took %v, want %v or more", took, termGrace)
	}
}

// allGone fails the test if one of the processes in the file still exists.
// Orphans are reaped by init, in its own time.
func allGone(t *testing.T, pids string) {
	t.Helper()
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for i, field := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 && syscall.Kill(pid, 0) != syscall.ESRCH {
			t.Errorf("the program %d is still there, or a zombie", pid)
		}
		until(t, "process "+field+" ends", func() bool { return !runs(pid) })
	}
}

// runs reports whether a process exists and is not a zombie.
func runs(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

// A process that leaves the group is not ours to kill; it may hold the
// outputs for ever and yet does not hold us. The test ends it itself.
func TestADaemonThatHoldsTheOutputsDoesNotHoldUs(t *testing.T) {
	c := script(t, `setsid sleep 1000 & echo $!; while [ "$(ps -o sid= -p $! | tr -d " ")" != $! ]; do :; done`)
	var out Output
	leavesNothing(t, func() {
		var err error
		if out, err = runCommand(t, c, long); err != nil {
			t.Error(err)
		}
	})
	pid, err := strconv.Atoi(strings.TrimSpace(string(out.Stdout)))
	if err != nil {
		t.Fatal(err)
	}
	if !runs(pid) {
		t.Error("a process of a session of its own was killed")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

func TestAStoppedCommandSaysWhy(t *testing.T) {
	_, err := runCommand(t, Command{Args: []string{"sleep", "1000"}}, short)
	if err == nil || err.Error() != "exec sleep: stopped: time is up" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Command{Args: []string{"sleep", "1000"}}.Run(ctx)
	if !errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// The group of a program that has ended but is not reaped is still its own.
func TestASignalReachesTheGroupOfAnEndedProgram(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "sleep 1000 & echo $!")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 20)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	g := groupOf(cmd)
	g.awaitEnd()
	if !runs(child) {
		t.Fatal("the child has ended too early to tell")
	}
	g.signal(syscall.SIGKILL)
	until(t, "the child ends", func() bool { return !runs(child) })
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestManyCommandsAtOnce(t *testing.T) {
	c := script(t, `echo $((7 * 6)); sleep 1000 &`)
	results := make(chan string)
	leavesNothing(t, func() {
		for range 20 {
			go func() {
				out, err := runCommand(t, c, long)
				results <- string(out.Stdout) + errorText(err)
			}()
		}
		var got []string
		for range 20 {
			got = append(got, <-results)
		}
		if !slices.Equal(got, slices.Repeat([]string{"42\n"}, 20)) {
			t.Errorf("got %q", got)
		}
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
