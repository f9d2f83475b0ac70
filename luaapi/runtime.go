package luaapi

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/engine/metrics"
	"luavs/engine/state"
	"luavs/ipvs"
	"luavs/luaapi/beside"
	"luavs/luaapi/vm"
)

// A Kernel is what the ipvs module works on: [ipvs.Client] or [ipvs.Memory].
type Kernel interface {
	engine.Kernel
	tunable
	sysctls
	synchronised
	Flush() error
	Zero(keys ...ipvs.ServiceKey) error
	Connections(ipvs.ConnectionFilter) iter.Seq2[ipvs.Connection, error]
}

// tunable is what IPVS as a whole can be asked and told.
type tunable interface {
	Info() (ipvs.Info, error)
	Timeouts() (ipvs.Timeouts, error)
	SetTimeouts(ipvs.Timeouts) error
}

// sysctls has the variables of net.ipv4.vs.
type sysctls interface {
	Sysctl(name string) (string, error)
	SetSysctl(name, value string) error
}

// synchronised has the daemons that tell other directors of connections.
type synchronised interface {
	Daemons() ([]ipvs.Daemon, error)
	StartDaemon(ipvs.Daemon) error
	StopDaemon(ipvs.Role) error
}

// runtime is what the bindings of one policy share.
type runtime struct {
	name   string // of the policy, as messages print it
	vm     *vm.VM
	log    func() *slog.Logger
	kernel Kernel
	handle *engine.Handle
	limits *limits
	folder *beside.Folder // guarded by the baton

	store   *state.Store
	allow   Permissions
	metrics *metrics.Registry
	declare func(engine.Job) // adds a job while the policy loads

	// loading is true until the file has been run to its end.
	loading atomic.Bool

	script     bool // runs once, outside the daemon
	objects    objects
	complaints complaints
	tags       map[serverID]*lua.LTable // guarded by the baton
	tasks      sync.WaitGroup           // what spawn started
}

// running raises a Lua error if the policy is still loading, or not in force any
// more; every binding that waits or changes something outside calls it first.
func (rt *runtime) running(L *lua.LState, what string) {
	switch {
	case rt.handle.Over():
		L.RaiseError("%s: this policy is not in force any more", what)
	case rt.loading.Load():
		L.RaiseError(`%s: a policy only declares while it loads; call this from on("start", f), every(), a check or a policy function`, what)
	}
}

// inDaemon raises a Lua error in a script that runs once: what it called needs
// the daemon.
func (rt *runtime) inDaemon(L *lua.LState, what string) {
	if rt.script {
		L.RaiseError("%s: needs the daemon: it is for a policy that luavs run keeps in force; a script that runs once uses the module ipvs", what)
	}
}

// await waits until what spawn started has ended, or ends it with ctx.
func (rt *runtime) await(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { rt.vm.Close(ctx) })
	rt.tasks.Wait()
	if stop() {
		return rt.vm.Close(ctx)
	}
	return context.Cause(ctx)
}
