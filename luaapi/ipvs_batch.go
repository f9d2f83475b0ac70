package luaapi

import (
	"context"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

const (
	// few is how many changes are sent without giving the baton back: so many
	// take less time than the switch to another task.
	few = 16
	// maxNamed is how many refusals an error spells out.
	maxNamed = 10
)

// A step is a change on its way. The objects it concerns show it already; undo
// takes that back.
type step struct {
	change ipvs.Change
	undo   func()
}

// A batch gathers the steps of one call of ipvs.batch.
type batch struct{ steps []step }

// send sends changes, or adds them to the task's open batch. A refusal is a
// Lua error.
func (m *kernelModule) send(L *lua.LState, steps ...step) {
	if b := m.batches[vm.Context(L)]; b != nil {
		b.steps = append(b.steps, steps...)
		return
	}
	m.apply(L, steps)
}

// apply sends changes in one go. Those the kernel refused are undone; the
// others stand, as it knows no transactions.
func (m *kernelModule) apply(L *lua.LState, steps []step) {
	changes := make([]ipvs.Change, len(steps))
	for i, s := range steps {
		changes[i] = s.change
	}
	var errs []error
	if len(changes) > few {
		vm.Wait(L, func(context.Context) { errs = m.rt.kernel.Apply(changes) })
	} else {
		errs = m.rt.kernel.Apply(changes)
	}
	m.changes++
	var refused []string
	for i := len(errs) - 1; i >= 0; i-- {
		if errs[i] != nil {
			steps[i].undo()
			refused = append([]string{errs[i].Error()}, refused...)
		}
	}
	switch {
	case len(refused) == 0:
	case len(steps) == 1:
		L.RaiseError("%s", refused[0])
	default:
		L.RaiseError("%s", refusalText(refused, len(steps)))
	}
}

// refusalText says what was refused of a batch.
func refusalText(refused []string, size int) string {
	text := fmt.Sprintf("%d of %d changes were refused, the others are in force: ", len(refused), size)
	if more := len(refused) - maxNamed; more > 0 {
		refused = append(refused[:maxNamed:maxNamed], fmt.Sprintf("and %d more", more))
	}
	return text + strings.Join(refused, "; ")
}

// batch is ipvs.batch(f): f's changes are sent when it has returned, none of
// them if it fails.
func (m *kernelModule) batch(L *lua.LState) int {
	const what = "ipvs.batch"
	m.alone(L, what)
	f, ok := L.Get(1).(*lua.LFunction)
	if !ok {
		L.RaiseError("%s: argument 1: want a function, got %s", what, args.Show(L.Get(1)))
	}
	b, ctx := &batch{}, vm.Context(L)
	m.batches[ctx] = b
	defer delete(m.batches, ctx)
	_, err := vm.Call(L, f)
	delete(m.batches, ctx)
	if err != nil {
		for i := len(b.steps) - 1; i >= 0; i-- {
			b.steps[i].undo()
		}
		L.Error(lua.LString(err.Error()), 0)
	}
	if len(b.steps) > 0 {
		m.rt.running(L, what) // f may have waited
		m.apply(L, b.steps)
	}
	return 0
}
