package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
	"luavs/ipvs"
	"luavs/luaapi"
	"luavs/luaapi/reload"
)

// askWithin is how long plan waits for a daemon.
const askWithin = 10 * time.Second

// planPolicies shows what would change in the kernel if the policies were put
// in force, and changes nothing.
func planPolicies(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	dataplane, socket, marks, allowed := f.dataplane(), f.listen(), f.pathMarks(), f.allow()
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
	p := preview{have: have, marks: *marks, probe: *probe, paths: paths}
	if *dataplane == "kernel" { // which alone a daemon and this process see both
		if p.running, err = runningAt(ctx, *socket); err != nil {
			fmt.Fprintf(s.err, "luavs: only what the policies declare is compared, not what they declared before: %v\n", err)
		}
	}
	return p.print(ctx, policies, s)
}

// runningAt returns what the daemon at a socket keeps.
func runningAt(ctx context.Context, socket string) (engine.Running, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	status, err := admin.NewClient(socket).Status(ctx)
	if err != nil {
		return engine.Running{}, err
	}
	return engine.RunningOf(status)
}

// preview is what the steps of policies are made of.
type preview struct {
	have    ipvs.Table
	marks   engine.Marks
	probe   bool
	paths   []string
	running engine.Running
}

// print prints the steps of all policies: first the paths of their checks, as the
// daemon makes them, last what the daemon keeps and they do not declare any more.
func (p preview) print(ctx context.Context, policies []*reload.Policy, s stdio) error {
	var configs []engine.Config
	for _, policy := range policies {
		configs = append(configs, policy.Config())
	}
	all := engine.PreviewPaths(p.have, p.marks, configs...)
	var failed []error
	for _, c := range configs {
		c, refused := p.running.Refused(c, p.have)
		for _, key := range refused {
			fmt.Fprintf(s.out, "= %v is left alone: the kernel holds it, LuaVS does not keep it, and it is declared with existing = \"refuse\"\n", key)
		}
		steps, err := engine.Preview(ctx, c, p.have, p.probe)
		all = append(all, steps...)
		failed = append(failed, err)
	}
	all = append(all, p.running.Gone(p.have, func(policy string) bool { return p.replaces(policy, configs) }, configs...)...)
	for _, step := range all {
		fmt.Fprintln(s.out, step)
	}
	err := errors.Join(failed...)
	if len(all) == 0 && err == nil {
		fmt.Fprintln(s.out, "nothing to change")
	}
	return err
}

// replaces tells whether a policy of the daemon is one that the configs are to
// replace: it has the file name of one, wherever that lies now, or it is, or was, in
// a folder that the arguments name.
func (p preview) replaces(policy string, configs []engine.Config) bool {
	return slices.ContainsFunc(configs, func(c engine.Config) bool { return filepath.Base(c.Name) == filepath.Base(policy) }) ||
		slices.ContainsFunc(p.paths, func(path string) bool { return samePath(path, filepath.Dir(policy)) })
}

func samePath(a, b string) bool {
	absolute, err := filepath.Abs(a)
	return filepath.Clean(a) == filepath.Clean(b) || err == nil && absolute == filepath.Clean(b)
}
