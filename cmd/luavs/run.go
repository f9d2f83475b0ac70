package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
	"luavs/engine/metrics"
	"luavs/luaapi"
	"luavs/luaapi/reload"
)

// endWithin is how long scripts and checks may take to end after SIGTERM.
// Whatever still runs then ends with the process.
const endWithin = 1500 * time.Millisecond

// runDaemon keeps the kernel as policies want it until SIGTERM or SIGINT, and
// leaves its table in place then unless told otherwise. SIGHUP loads all
// policies anew.
func runDaemon(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	dataplane, socket, stateDir, onExit, logging := f.dataplane(), f.listen(), f.state(), f.onExit(), f.log()
	marks, allowed, address, resync := f.pathMarks(), f.allow(), f.metricsAddress(), f.resync()
	paths, err := f.paths(args)
	if err != nil {
		return err
	}
	log, out, err := logging.logger(s.err)
	if err != nil {
		return err
	}
	defer out.end()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	kernel, closeKernel, err := openDataplane(*dataplane)
	if err != nil {
		return err
	}
	defer closeKernel()
	release, err := claimDataplane(*dataplane, *marks, log)
	if err != nil {
		return err
	}
	defer release()
	listener, err := admin.Listen(*socket)
	if err != nil {
		return err
	}
	scrapes, err := listenMetrics(*address)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	store, err := openState(*stateDir, *dataplane, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	counted := metrics.NewRegistry()
	eng := engine.New(kernel, log)
	eng.UsePathMarks(*marks)
	eng.UseResync(resync.every)
	if store.Lasts() {
		eng.UseKeeper(store)
	}
	if *onExit == exitFlush {
		eng.FlushAtEnd()
	}
	d := &process{
		log: log, engine: eng, store: store, listener: listener, scrapes: scrapes, counted: counted, supervisor: newSupervisor(log),
		set: reload.New(paths, eng, luaapi.Options{Kernel: kernel, Log: log, Metrics: counted, Allow: permissions(allowed), Store: store}),
	}
	log.Info("starting", "policies", paths, "dataplane", *dataplane, "socket", *socket, "state", store)
	if err := d.run(ctx); !errors.Is(err, context.Canceled) {
		return printMistakes(err, out)
	}
	log.Info("ended; " + whatIsLeft(*onExit))
	return nil
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
