package vm

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Errors of tasks, for errors.Is. What a script itself does wrong is an [*Error].
var (
	// ErrClosed is the answer to everything asked of a closed VM, and the cause
	// when closing ended a task.
	ErrClosed = errors.New("the policy was stopped")
	// ErrCanceled means that the task's context ended before the task did.
	ErrCanceled = errors.New("canceled")
	// ErrBudget means that a task held the baton longer than it may.
	ErrBudget = errors.New("time budget exceeded")
	// ErrMemory means that the VM holds more than it may. It runs nothing any more.
	ErrMemory = errors.New("memory limit exceeded")
	// ErrTooManyTasks means that as many tasks as may be are already alive.
	ErrTooManyTasks = errors.New("too many Lua tasks at once")
)

// Limits and defaults of a VM.
const (
	DefaultBudget     = 100 * time.Millisecond // one hold of the baton
	DefaultLoadBudget = 5 * time.Second        // one hold of the baton by the main chunk
	DefaultTasks      = 20_000                 // tasks alive at once, waiting ones included
	DefaultMemory     = 256 << 20              // bytes that the values of a VM take
	MaxString         = 1 << 20                // bytes of a string made by a library function or by `..`
	MaxArrayIndex     = 1 << 20                // entries of the array part of a table
)

// Options say how a VM is made. The zero value is a VM with the defaults.
type Options struct {
	// Name is the policy's name, for messages.
	Name string
	// Limits are those that hold until SetLimits says otherwise.
	Limits Limits
	// Full hears once that the VM holds more than it may: it runs nothing any
	// more and is to be closed. It is called with the baton held. nil: nobody hears.
	Full func(error)
	// LoadBudget is Budget for the main chunk. 0 means DefaultLoadBudget.
	LoadBudget time.Duration
	// Print gets what the script prints, one call a line, without the newline,
	// with the baton held. nil drops it.
	Print func(line string)
	// Seed makes math.random repeatable. 0 means a seed of its own for each VM.
	Seed uint64
	// Strict makes reading an undefined global an error, and, once the main
	// chunk has run, making a new one.
	Strict bool
	// Uses tells whether the code names a global variable. A library that it
	// does not name, and so cannot reach, is not opened. nil opens all.
	Uses func(name string) bool
}

// A VM is one Lua state with its baton. Its methods may be called from any goroutine.
type VM struct {
	opts Options

	baton      sync.Mutex // guards all below up to mu, and everything Lua
	main       *lua.LState
	idle       []*thread
	coroutines coroutines
	rand       *rand.Rand
	ready      bool                 // the main chunk has run
	chunks     []*lua.FunctionProto // what RunMain runs, and may still run, for messages
	memory     memory
	held       map[any]lua.LValue // what Go code keeps, by who does

	mu     sync.Mutex // guards all below; may be taken with the baton held
	limits Limits
	tasks  map[*task]context.CancelCauseFunc
	closed bool
	empty  chan struct{} // closed when closed is set and the last task has ended
}

var boundArrays = sync.OnceFunc(func() { lua.MaxArrayIndex = MaxArrayIndex })

// New makes a VM with the sandboxed libraries open.
func New(o Options) *VM {
	boundArrays()
	if o.LoadBudget <= 0 {
		o.LoadBudget = DefaultLoadBudget
	}
	v := &VM{
		opts:   o,
		limits: o.Limits.over(Limits{Budget: DefaultBudget, Tasks: DefaultTasks, Memory: DefaultMemory}),
		main:   lua.NewState(stateOptions),
		tasks:  map[*task]context.CancelCauseFunc{},
		held:   map[any]lua.LValue{},
		empty:  make(chan struct{}),
	}
	// Threads are made from the main state, and none ever runs on it: it stays
	// free of contexts, which its threads would inherit.
	v.main.G.MainThread, v.main.G.CurrentThread = v.main, v.main
	v.openLibraries()
	v.memory.next = v.memory.allocated() + uint64(v.limits.Memory)
	return v
}

// stateOptions keep a waiting task small: 7 KB instead of 107.
var stateOptions = lua.Options{
	SkipOpenLibs:        true,
	RegistrySize:        128,
	RegistryMaxSize:     64 << 10,
	RegistryGrowStep:    1024,
	CallStackSize:       200,
	MinimizeStackMemory: true,
}

// State returns the main state, for registering bindings before anything runs.
// Nothing may run on it.
func (v *VM) State() *lua.LState { return v.main }

// Hold says that Go code keeps a value, so that what can be reached from it
// counts as the VM's memory; Release that it does not any more. The baton must be
// held, unless nothing has run yet.
func (v *VM) Hold(owner any, value lua.LValue) { v.held[owner] = value }

// Release ends what Hold began.
func (v *VM) Release(owner any) { delete(v.held, owner) }

// Name returns the policy's name.
func (v *VM) Name() string { return v.opts.Name }

// Of returns the VM that L belongs to.
func Of(L *lua.LState) *VM {
	return L.G.Registry.RawGetString(registryKey).(*lua.LUserData).Value.(*VM)
}

const registryKey = "luavs.vm"

// Close cancels every task and waits until all have ended, or until ctx ends.
// Afterwards Do answers ErrClosed. It must not be called from inside a task.
func (v *VM) Close(ctx context.Context) error {
	v.mu.Lock()
	if !v.closed {
		v.closed = true
		for _, cancel := range v.tasks {
			cancel(ErrClosed)
		}
		v.closeIfEmpty()
	}
	v.mu.Unlock()
	select {
	case <-v.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closeIfEmpty tells those who wait in Close. v.mu must be held.
func (v *VM) closeIfEmpty() {
	if v.closed && len(v.tasks) == 0 {
		close(v.empty)
	}
}
