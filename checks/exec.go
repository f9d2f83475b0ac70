package checks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// An Exec passes when a program ends with exit code 0. Use [NewExec].
type Exec struct {
	command Command
}

// NewExec makes a check of a command. Whether the program exists is seen at
// each run: it may be installed later.
func NewExec(c Command) (*Exec, error) {
	if err := c.mistakes(); err != nil {
		return nil, err
	}
	c.Args, c.Env, c.Stdin = slices.Clone(c.Args), slices.Clone(c.Env), bytes.Clone(c.Stdin)
	return &Exec{c}, nil
}

// Check implements [Check]. The program finds the server in its environment:
// LUAVS_ADDR, LUAVS_IP, LUAVS_PORT and LUAVS_SERVICE.
func (c *Exec) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	command := c.command
	command.Env = slices.Concat(command.Env, []string{
		"LUAVS_ADDR=" + t.Addr.String(),
		"LUAVS_IP=" + t.Addr.Addr().String(),
		"LUAVS_PORT=" + strconv.Itoa(int(t.Addr.Port())),
		"LUAVS_SERVICE=" + t.Service,
	})
	out, err := command.Run(ctx)
	switch {
	case errors.Is(err, ErrStopped):
		r.reach("program stopped%s", saying(out))
		return r.stopped()
	case err != nil:
		return Result{Outcome: Unknown, Cause: Local, Reason: OneLine(err.Error())}
	}
	return verdict(out)
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
	return id.String()
}
