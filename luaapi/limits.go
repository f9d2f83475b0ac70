package luaapi

import (
	"fmt"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// limits bound what a policy may have at once; those of its code belong to its
// VM. They are set while the policy loads.
type limits struct {
	servers   slots // real servers, and checks of them
	timers    slots // every, cron, after
	sockets   slots // connections, UDP sockets, requests
	processes slots // programs of the module exec
}

func usualLimits() *limits {
	return &limits{
		servers:   slots{field: "servers", of: "real servers and checks of them", most: 100_000},
		timers:    slots{field: "timers", of: "timers", most: 10_000},
		sockets:   slots{field: "sockets", of: "connections and requests", most: 4096},
		processes: slots{field: "processes", of: "programs", most: 256},
	}
}

// slots are how many of one kind there may be at once.
type slots struct {
	field string // of limits {}
	of    string // the kind, for messages
	most  int
	taken atomic.Int64
}

// take takes n slots, or says why it cannot be.
func (s *slots) take(n int) error {
	if s.taken.Add(int64(n)) <= int64(s.most) {
		return nil
	}
	s.free(n)
	return &failure{checks.Local, fmt.Sprintf("this policy has %d %s, which is the limit (limits { %s = ... } sets another)", s.most, s.of, s.field)}
}

func (s *slots) free(n int) { s.taken.Add(-int64(n)) }

// use runs f with a slot.
func (s *slots) use(f func() error) error {
	if err := s.take(1); err != nil {
		return err
	}
	defer s.free(1)
	return f()
}

// The most that limits {} may ask for: a policy is not to bring the director
// down by its own leave.
const (
	maxBudget  = time.Second
	minMemory  = 1 << 20
	maxMemory  = 64 << 30
	maxTasks   = 1_000_000
	maxOfAKind = 1_000_000
)

// limits is limits { memory = "64MB", ... }: what the policy may take.
func (ld *loader) limits(L *lua.LState) int {
	at := ld.once(L, "limits")
	f := args.Optional(L, 1, "limits")
	is, most := ld.rt.vm.Limits(), ld.rt.limits
	budget := f.Duration("budget", is.Budget, time.Millisecond)
	if budget > maxBudget {
		f.Mistake("budget", "want %v or shorter, got %v: the other checks and functions of the policy wait so long", maxBudget, budget)
	}
	ld.rt.vm.SetLimits(vm.Limits{
		Budget: budget,
		Memory: f.Size("memory", is.Memory, minMemory, maxMemory),
		Tasks:  f.Int("tasks", is.Tasks, 1, maxTasks),
	})
	for _, s := range []*slots{&most.servers, &most.timers, &most.sockets, &most.processes} {
		s.most = f.Int(s.field, s.most, 0, maxOfAKind)
	}
	ld.noteAll(at, f)
	return 0
}
