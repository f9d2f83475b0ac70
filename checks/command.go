package checks

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// pipeGrace is how long a process that left the group may hold an output open
// after the program has ended.
const pipeGrace = 100 * time.Millisecond

// ErrStopped is in the error of a program that its context ended.
var ErrStopped = errors.New("stopped")

// A Command is a program to run. No shell is involved: Args are what the
// program gets.
//
// The environment is PATH (the usual folders of the system), LANG=C and Env,
// nothing of the daemon's own. Nor does the program have the daemon's ambient
// capabilities (capabilities(7)): what a supervisor gives a daemon that is not
// root's, such as CAP_NET_ADMIN, is the daemon's alone.
type Command struct {
	Args        []string // the program and its arguments; a program without / is looked up in PATH
	Env         []string // NAME=value; a later one wins
	Dir         string   // the working folder; / if empty
	Stdin       []byte   // empty: the program reads the end of the file at once
	OutputLimit int      // bytes kept of each of the two outputs; 0 is DefaultLimit
	User        string   // the user to run as; the daemon's own if empty
	Folders     []string // whole paths; the program has to be in one of them or below; empty: it may be anywhere

	Vet func(path string) error // says why the program is not to be trusted; nil: any is
}

// Output is what a program left.
type Output struct {
	Stdout, Stderr []byte         // the first OutputLimit bytes of each
	Truncated      int64          // bytes of both that were not kept
	ExitCode       int            // -1 if a signal ended the program
	Signal         syscall.Signal // 0 if the program ended by itself
}

// Run runs the program to its end. Each exit code is a result, not an error.
// An error says that the program could not be started, or holds [ErrStopped]
// and the cause of the context that ended it; then Output has what came till
// then.
//
// The program has a process group of its own. When ctx ends the group gets
// SIGTERM, and SIGKILL 2 s later. When the program itself has ended,
// SIGKILL ends what it left in the group, and Run returns once the outputs are
// closed, at the latest 100 ms later. A process that cannot be killed (it waits
// for a dead network file system) keeps Run waiting, so that such
// processes do not pile up.
func (c Command) Run(ctx context.Context) (Output, error) {
	cmd, err := c.prepare()
	if err != nil {
		return Output{}, err
	}
	stdout, stderr := newHead(c.OutputLimit), newHead(c.OutputLimit)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := ctx.Err(); err != nil {
		return Output{}, stopped(ctx, c.Args[0])
	}
	if err := launch(cmd); err != nil {
		return Output{}, err
	}
	ended := groupOf(cmd).runUntil(ctx)
	err = waitError(cmd.Wait(), c.Args[0])
	if !ended {
		err = stopped(ctx, c.Args[0])
	}
	return output(cmd, stdout, stderr), err
}

func stopped(ctx context.Context, program string) error {
	return fmt.Errorf("exec %s: %w: %w", program, ErrStopped, context.Cause(ctx))
}

// waitError leaves out what Output says, and an output that a process outside
// the group held open.
func waitError(err error, program string) error {
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) || errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return fmt.Errorf("exec %s: %w", program, err)
}

func output(cmd *exec.Cmd, stdout, stderr *head) Output {
	out := Output{
		Stdout:    stdout.kept,
		Stderr:    stderr.kept,
		Truncated: stdout.rest + stderr.rest,
		ExitCode:  cmd.ProcessState.ExitCode(),
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		out.Signal = status.Signal()
	}
	return out
}
