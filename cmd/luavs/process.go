package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"luavs/engine"
	"luavs/engine/admin"
	"luavs/engine/metrics"
	"luavs/engine/state"
	"luavs/luaapi/reload"
)

// process is what luavs run runs. Its store outlives its engine, and that
// outlives its policies: each may speak to the next to the last.
type process struct {
	log        *slog.Logger
	engine     *engine.Engine
	set        *reload.Set
	store      *state.Store
	listener   net.Listener
	scrapes    net.Listener // for Prometheus; nil for none
	counted    *metrics.Registry
	supervisor *supervisor
}

// run runs until ctx ends and, if they are quick, all that it started has ended.
func (p *process) run(ctx context.Context) error {
	keeping, endKeeping := context.WithCancel(context.Background())
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		p.store.Run(keeping)
	}()
	err := p.work(ctx)
	endKeeping()
	select {
	case <-kept:
	case <-time.After(time.Second / 4):
		p.log.Warn("ended before all of the state was written", "err", p.store.Problem())
	}
	return err
}

// work keeps the policies until ctx ends.
func (p *process) work(ctx context.Context) error {
	asked := ctx
	g, ctx := errgroup.WithContext(ctx)
	running, endEngine := context.WithCancel(context.WithoutCancel(ctx)) // policies may ask it to the last
	defer endEngine()
	g.Go(func() error {
		p.engine.Run(running) // which says no more than that its context ended
		return nil
	})
	server := admin.Server{Reload: p.set.Reload, Report: p.engine.Report, Order: p.engine.Order, Status: p.status}
	watched := watched{status: p.status, set: p.set, counted: p.counted, began: time.Now()}
	server.Metrics = watched.figures
	g.Go(func() error { return server.Serve(ctx, p.listener) })
	g.Go(func() error { return watched.serve(ctx, p.scrapes) })
	g.Go(func() error {
		defer endEngine()
		if err := p.set.Start(ctx); err != nil {
			return err
		}
		p.ready(ctx)
		p.set.OnChange(func() { p.tellStatus(ctx) })
		return p.set.Run(ctx)
	})
	g.Go(func() error { return p.reloadOnHangup(ctx) })
	g.Go(func() error { return p.supervisor.watch(ctx, p.engine.Pass) })
	ended := make(chan error, 1)
	go func() { ended <- g.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	over := time.After(endWithin)
	time.AfterFunc(endWithin/2, endEngine) // scripts that do not end must not keep it from its end
	p.supervisor.tell("STOPPING=1")        // which takes its time if the supervisor does not listen
	select {
	case err := <-ended:
		return err
	case <-over:
		p.log.Warn("scripts or checks do not end; they end with the process", "waited", endWithin)
	}
	if asked.Err() != nil {
		return asked.Err()
	}
	return context.Cause(ctx)
}

// ready says that the policies are in force.
func (p *process) ready(ctx context.Context) {
	p.log.Info("running")
	p.tellStatus(ctx, "READY=1")
}

// tellStatus tells the supervisor what there is, after other assignments.
func (p *process) tellStatus(ctx context.Context, others ...string) {
	if p.supervisor.listens() {
		p.supervisor.tell(append(others, "STATUS="+p.summary(ctx))...)
	}
}

// reloadOnHangup loads all policies anew at each SIGHUP. What is wrong with
// them is logged by the set.
func (p *process) reloadOnHangup(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-hangup:
			p.supervisor.tellReloading()
			p.set.Reload(ctx)
			p.tellStatus(ctx, "READY=1")
		}
	}
}

// status is what the engine knows, with what others know.
func (p *process) status(ctx context.Context) (engine.Status, error) {
	status, err := p.engine.Status(ctx)
	status.Problems = append(status.Problems, p.set.Problems()...)
	status.State = p.store.Problem()
	return status, err
}

// summary is the status in a line.
func (p *process) summary(ctx context.Context) string {
	status, err := p.status(ctx)
	if err != nil {
		return err.Error()
	}
	services := 0
	for _, policy := range status.Policies {
		services += len(policy.Services)
	}
	text := fmt.Sprintf("%s, %s", count(len(status.Policies), "policy file"), count(services, "virtual server"))
	if n := len(status.Problems); n > 0 {
		text += fmt.Sprintf("; %s not in force as they are, see luavs status", count(n, "file"))
	}
	return text
}
