package checks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// An Exec passes when a program ends with exit code 0, and takes the server's
// weight from the program if it is to. Use [NewExec].
type Exec struct {
	command    Command
	convention Convention
	weight     WeightSource
}

// NewExec makes a check of a command. Whether the program exists is seen at
// each run: it may be installed later.
func NewExec(c Command, convention Convention, weight WeightSource) (*Exec, error) {
	err := errors.Join(c.mistakes(), convention.mistake(), weight.mistake())
	if err != nil {
		return nil, err
	}
	c.Args, c.Env, c.Stdin = slices.Clone(c.Args), slices.Clone(c.Env), bytes.Clone(c.Stdin)
	return &Exec{c, convention, weight}, nil
}

// Check implements [Check]. The program finds the server in its environment,
// and in its arguments if the convention says so.
func (c *Exec) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	out, err := c.convention.tell(c.command, t).Run(ctx)
	switch {
	case errors.Is(err, ErrStopped):
		r.reach("program stopped%s", saying(out))
		return r.stopped()
	case err != nil:
		return Result{Outcome: Unknown, Cause: Local, Reason: OneLine(err.Error())}
	}
	return c.weight.advise(verdict(out), out, t)
}

// verdict judges a program that ran to its end.
func verdict(out Output) Result {
	switch {
	case out.Signal != 0:
		return Result{Outcome: Fail, Cause: Signal, Reason: OneLine("killed by " + unix.SignalName(out.Signal) + saying(out))}
	case out.ExitCode != 0:
		return Result{Outcome: Fail, Cause: Exit, Reason: OneLine(fmt.Sprintf("exit code %d%s", out.ExitCode, saying(out)))}
	}
	return Result{Outcome: Pass, Reason: OneLine("exit code 0" + saying(out))}
}

// saying is the first line of what the program wrote, as the end of a reason.
func saying(out Output) string {
	for _, text := range [][]byte{out.Stdout, out.Stderr} {
		if line := OneLine(string(text)); line != "" {
			return ": " + line
		}
	}
	return ""
}

// String is the identity of the check. The environment and the input appear
// as digests: they may hold passwords.
func (c *Exec) String() string {
	var id identity
	id.word("exec")
	for _, arg := range c.command.Args {
		id.word(arg)
	}
	id.environment(c.command.Env)
	id.field("dir", c.command.Dir)
	id.digest("stdin", c.command.Stdin)
	id.number("output_limit", c.command.OutputLimit, 0)
	id.field("user", c.command.User)
	id.field("convention", string(c.convention))
	id.field("weight_from", string(c.weight))
	return id.String()
}
