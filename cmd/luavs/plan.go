package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"luavs/engine"
)

// planPolicies shows what would change in the kernel if the policies were put
// in force, and changes nothing.
func planPolicies(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	dataplane := f.dataplane()
	probe := f.Bool("probe", false, "run each check once, instead of counting every server as up")
	paths, err := f.paths(args)
	if err != nil {
		return err
	}
	kernel, closeKernel, err := openDataplane(*dataplane)
	if err != nil {
		return err
	}
	defer closeKernel()
	policies, err := loadDry(paths, kernel, s)
	defer closePolicies(policies)
	if err != nil {
		return err
	}
	have, err := kernel.Table()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var failed []error
	total := 0
	for _, p := range policies {
		steps, err := engine.Preview(ctx, p.Config(), have, *probe)
		if err != nil {
			failed = append(failed, err)
		}
		for _, step := range steps {
			fmt.Fprintln(s.out, step)
		}
		total += len(steps)
	}
	if total == 0 && failed == nil {
		fmt.Fprintln(s.out, "nothing to change")
	}
	return errors.Join(failed...)
}
