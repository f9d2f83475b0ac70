package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi"
	"luavs/luaapi/reload"
)

// planPolicies shows what would change in the kernel if the policies were put
// in force, and changes nothing.
func planPolicies(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	dataplane, marks, allowed := f.dataplane(), f.pathMarks(), f.allow()
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
	policies, err := loadDry(paths, luaapi.Options{Kernel: kernel, Allow: permissions(allowed)}, s)
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
	steps, err := previews(ctx, policies, have, *marks, *probe)
	for _, step := range steps {
		fmt.Fprintln(s.out, step)
	}
	if len(steps) == 0 && err == nil {
		fmt.Fprintln(s.out, "nothing to change")
	}
	return err
}

// previews returns the steps of all policies: first the paths of their checks,
// as the daemon makes them.
func previews(ctx context.Context, policies []*reload.Policy, have ipvs.Table, marks engine.Marks, probe bool) ([]engine.Step, error) {
	var configs []engine.Config
	for _, p := range policies {
		configs = append(configs, p.Config())
	}
	all := engine.PreviewPaths(have, marks, configs...)
	var failed []error
	for _, c := range configs {
		steps, err := engine.Preview(ctx, c, have, probe)
		all = append(all, steps...)
		failed = append(failed, err)
	}
	return all, errors.Join(failed...)
}
