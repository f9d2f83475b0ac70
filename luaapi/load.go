package luaapi

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/engine/metrics"
	"luavs/engine/state"
	"luavs/luaapi/beside"
	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// Options say what a policy works with. Its zero value will do to look at what
// a file declares.
type Options struct {
	// Kernel is what the module ipvs works on.
	Kernel Kernel

	// Log gets what the policy prints and logs, and the errors of its code; nil
	// for [slog.Default].
	Log *slog.Logger

	// Print gets what the policy prints, a line without its end; nil for Log.
	Print func(line string)

	// Metrics keeps what the policy counts; nil drops it.
	Metrics *metrics.Registry

	// Store keeps what the policy puts into the module store; nil to forget it
	// with the policy.
	Store *state.Store

	// Allow is what of the machine the policy may reach.
	Allow Permissions

	// Full hears that a policy in force holds more memory than it may: it runs
	// nothing any more, and is to be loaded anew. It must not block. nil: nobody
	// hears.
	Full func(why error)

	// VM are the limits of the policy's virtual machine. Name, Print, Strict and
	// Uses are set by Load and Exec.
	VM vm.Options
}

// A Policy is a policy file that was accepted: what it declares, and the code
// that runs when the engine asks for it.
type Policy struct {
	rt     *runtime
	config engine.Config
	events *dispatcher
	probes []io.Closer // those that keep something between their runs
	files  []beside.File
}

// Load runs a policy file and returns what it declares. An error is one of
// [*Mistakes], which has all that is wrong with the file, or says that ctx has
// ended. Loading changes nothing outside.
func Load(ctx context.Context, path string, src []byte, o Options) (*Policy, error) {
	chunk, err := syntax.Parse(path, src)
	if err != nil {
		return nil, asMistakes(err)
	}
	rt, ld := newRuntime(path, chunk, o)
	rt.loading.Store(true)
	err = ld.run(ctx)
	if err == nil {
		rt.loading.Store(false)
		return ld.policy(), nil
	}
	if closing := rt.vm.Close(ctx); closing != nil {
		return nil, closing
	}
	var wrong *Mistakes
	if errors.As(err, &wrong) {
		wrong.Files = rt.folder.Files()
	}
	return nil, err
}

// Exec runs a script once, from its first line to its last, and waits for what
// it started. It declares nothing: it changes what it wants at once. An error
// is a [*Mistakes] if the text is wrong, else what the script itself ended with.
func Exec(ctx context.Context, name string, src []byte, o Options) error {
	chunk, err := syntax.Parse(name, src)
	if err != nil {
		return asMistakes(err)
	}
	rt, _ := newRuntime(name, chunk, o)
	rt.script = true
	if err := rt.vm.RunMain(ctx, chunk.Proto()); err != nil {
		return errors.Join(err, rt.vm.Close(context.WithoutCancel(ctx)))
	}
	return rt.await(ctx)
}

// newRuntime makes a VM with everything a policy can call.
func newRuntime(name string, chunk *syntax.Chunk, o Options) (*runtime, *loader) {
	log := sync.OnceValue(func() *slog.Logger {
		return slog.New(calm(cmp.Or(o.Log, slog.Default()).Handler())).With("policy", name)
	})
	options := o.VM
	options.Name, options.Strict, options.Uses = name, true, usedNames(chunk)
	if options.Print = o.Print; o.Print == nil {
		options.Print = func(line string) { log().Info(clip(line)) }
	}
	var rt *runtime
	options.Full = func(why error) {
		if o.Full != nil && !rt.loading.Load() && !rt.handle.Over() {
			o.Full(why)
		}
	}
	rt = &runtime{
		name: name, vm: vm.New(options), log: log, kernel: o.Kernel, allow: o.Allow, metrics: cmp.Or(o.Metrics, metrics.NewRegistry()), folder: beside.Of(name),
		handle: &engine.Handle{}, limits: usualLimits(), objects: newObjects(), tags: map[serverID]*lua.LTable{},
	}
	if rt.store = o.Store; rt.store == nil {
		rt.store = state.Volatile()
	}
	ld := &loader{rt: rt, uses: options.Uses, required: newRequired(), draft: newDraft(chunk)}
	rt.declare = func(j engine.Job) { ld.jobs = append(ld.jobs, j) }
	ld.open(rt.vm.State())
	return rt, ld
}

// run runs the file and returns all that is wrong with it.
func (ld *loader) run(ctx context.Context) error {
	err := ld.rt.vm.RunMain(ctx, ld.chunks[0].Proto())
	switch {
	case errors.Is(err, vm.ErrCanceled):
		return err
	case err != nil:
		ld.noteError(err)
	}
	ld.noteRepeats()
	ld.finish(err != nil)
	if err := ld.noteNames(ctx, err != nil); err != nil {
		return err
	}
	if len(ld.mistakes.List) > 0 {
		return ld.mistakes.sorted()
	}
	return nil
}

// policy makes a policy of what was declared, which is the end of the draft.
func (ld *loader) policy() *Policy {
	p := &Policy{rt: ld.rt, files: ld.rt.folder.Files(), events: &dispatcher{
		rt: ld.rt, handlers: ld.handlers, lanes: map[lane][]engine.Event{},
	}}
	for _, made := range ld.checks {
		if c, ok := made.spec.probe.(io.Closer); ok {
			p.probes = append(p.probes, c)
		}
	}
	p.config = engine.Config{Name: ld.rt.name, Jobs: ld.jobs, Observer: p.events, Handle: ld.rt.handle, ProbesAtOnce: ld.atOnce, Isolation: ld.isolated}
	p.config.Services = make([]engine.Service, 0, len(ld.services))
	for _, d := range ld.services {
		p.config.Services = append(p.config.Services, d.service)
		for _, rs := range d.servers {
			rs.fields, rs.checks = nil, nil
		}
	}
	ld.draft = draft{}
	return p
}

// Config returns what the policy declares.
func (p *Policy) Config() engine.Config { return p.config }

// Files returns what was read beside the policy's file while it loaded.
func (p *Policy) Files() []beside.File { return p.files }

// Stop tells the handlers of the event stop that the policy is at its end, and
// waits until they have ended; those that have not when ctx ends are stopped.
// Close comes after it.
func (p *Policy) Stop(ctx context.Context) {
	p.events.run(ctx, engine.Event{Kind: engine.EventStop, At: time.Now()})
}

// Close stops the policy's code and waits until all of it has ended, or ctx
// has. The engine must not have the config in force any more, or the policy's
// checks answer unknown.
func (p *Policy) Close(ctx context.Context) error {
	for _, probe := range p.probes {
		probe.Close()
	}
	if err := p.rt.vm.Close(ctx); err != nil {
		return err
	}
	p.events.tasks.Wait()
	return nil
}

// asMistakes makes mistakes of what is wrong with a text.
func asMistakes(err error) error {
	var all syntax.Errors
	if !errors.As(err, &all) {
		return err
	}
	mistakes := &Mistakes{}
	for _, e := range all {
		text := e.Message
		if e.Hint != "" {
			text += " (" + e.Hint + ")"
		}
		mistakes.List = append(mistakes.List, Mistake{File: e.File, Line: e.Line, Text: text, excerpt: e.Excerpt})
	}
	return mistakes
}
