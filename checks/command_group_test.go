package checks

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

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
