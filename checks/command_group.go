package checks

import (
	"context"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// termGrace is the time between SIGTERM and SIGKILL, as keepalived has it.
const termGrace = 2 * time.Second

// A group is the process group of a program, named by the program's id. The
// id stays the group's own until the program is reaped, so a signal never
// meets a stranger.
type group int

func groupOf(cmd *exec.Cmd) group { return group(cmd.Process.Pid) }

// runUntil returns when the program has ended and its whole group is killed;
// the program is not reaped. It reports whether the program ended before ctx.
func (g group) runUntil(ctx context.Context) bool {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		g.awaitEnd()
	}()
	before := g.endedBefore(ctx, ended)
	g.signal(syscall.SIGKILL)
	<-ended
	return before
}

// endedBefore waits for the end of the program, and asks for it once ctx has
// ended.
func (g group) endedBefore(ctx context.Context, ended <-chan struct{}) bool {
	select {
	case <-ended:
		return true
	case <-ctx.Done():
	}
	g.signal(syscall.SIGTERM)
	grace := time.NewTimer(termGrace)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
	}
	return false
}

// awaitEnd waits until the program has ended and leaves it unreaped.
func (g group) awaitEnd() {
	for {
		err := unix.Waitid(unix.P_PID, int(g), nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return
		}
	}
}

func (g group) signal(s syscall.Signal) {
	syscall.Kill(-int(g), s) // ESRCH: there is nobody left to be told
}
