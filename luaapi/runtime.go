package luaapi

import (
	"log/slog"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/vm"
)

// A Kernel is what the ipvs module works on: [ipvs.Client] or [ipvs.Memory].
type Kernel interface {
	engine.Kernel
	Flush() error
	Zero(keys ...ipvs.ServiceKey) error
}

// runtime is what the bindings of one policy share.
type runtime struct {
	name   string // of the policy, as messages print it
	vm     *vm.VM
	log    *slog.Logger
	kernel Kernel
	handle *engine.Handle

	// loading is true until the file has been run to its end.
	loading atomic.Bool
}

// running raises a Lua error if the policy is still loading; every binding
// that waits or changes something outside calls it first.
func (rt *runtime) running(L *lua.LState, what string) {
	if rt.loading.Load() {
		L.RaiseError(`%s: a policy only declares while it loads; call this from on("start", f), every(), a check or a policy function`, what)
	}
}
