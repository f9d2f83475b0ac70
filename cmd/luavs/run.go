package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sync/errgroup"

	"luavs/engine"
	"luavs/engine/admin"
	"luavs/luaapi"
	"luavs/luaapi/reload"
)

// runDaemon keeps the kernel as policies want it until SIGTERM or SIGINT, and
// leaves its table in place then. SIGHUP loads all policies anew.
func runDaemon(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	dataplane, socket, logging := f.dataplane(), f.listen(), f.log()
	marks, allowed := f.pathMarks(), f.allow()
	paths, err := f.paths(args)
	if err != nil {
		return err
	}
	log, err := logging.logger(s.err)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	kernel, closeKernel, err := openDataplane(*dataplane)
	if err != nil {
		return err
	}
	defer closeKernel()

	listener, err := admin.Listen(*socket)
	if err != nil {
		return err
	}
	eng := engine.New(kernel, log)
	eng.UsePathMarks(*marks)
	set := reload.New(paths, eng, luaapi.Options{Kernel: kernel, Log: log, Allow: permissions(allowed)})
	server := admin.Server{Reload: set.Reload, Report: eng.Report, Order: eng.Order, Status: func(ctx context.Context) (engine.Status, error) {
		status, err := eng.Status(ctx)
		status.Problems = append(status.Problems, set.Problems()...)
		return status, err
	}}

	g, ctx := errgroup.WithContext(ctx)
	engineCtx, endEngine := context.WithCancel(context.WithoutCancel(ctx)) // policies may ask it to the last
	g.Go(func() error {
		eng.Run(engineCtx) // which says no more than that its context ended
		return nil
	})
	g.Go(func() error { return server.Serve(ctx, listener) })
	g.Go(func() error {
		defer endEngine()
		if err := set.Start(ctx); err != nil {
			return printMistakes(err, s.err)
		}
		log.Info("running", "policies", paths, "dataplane", *dataplane, "socket", *socket)
		return set.Run(ctx)
	})
	g.Go(func() error { return reloadOnHangup(ctx, set) })
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	log.Info("ended; the table stays as it is")
	return nil
}

// reloadOnHangup loads all policies anew at each SIGHUP. What is wrong with
// them is logged by the set.
func reloadOnHangup(ctx context.Context, set *reload.Set) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-hangup:
			set.Reload(ctx)
		}
	}
}

// reloadDaemon has the daemon load its policies anew and shows what is wrong
// with them.
func reloadDaemon(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	socket := f.listen()
	if err := f.nothing(args); err != nil {
		return err
	}
	if err := admin.NewClient(*socket).Reload(context.Background()); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "reloaded")
	return nil
}
