package vm

import (
	"fmt"
	"runtime/metrics"

	lua "github.com/yuin/gopher-lua"
)

// memory keeps a VM below its limit. Go does not count memory by owner, so what
// the VM holds is weighed, value by value; but only after the whole process has
// allocated so much that the VM may have come near its limit. All of it is
// guarded by the baton.
type memory struct {
	pass   int    // looks until the next one at what was allocated
	next   uint64 // what the process must have allocated until the VM is weighed again
	full   error  // set once the VM holds more than it may; it runs nothing any more
	sample [1]metrics.Sample
}

// lookPast is how many looks at the clock pass between two at what was
// allocated, which takes a third of a microsecond.
const lookPast = 2

func (m *memory) allocated() uint64 {
	m.sample[0].Name = "/gc/heap/allocs:bytes"
	metrics.Read(m.sample[:])
	return m.sample[0].Value.Uint64()
}

// heapSize returns what the process has on its heap; unlike [runtime.ReadMemStats]
// it stops nobody.
func heapSize() uint64 {
	sample := [1]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}

// due tells whether the VM is to be weighed, or is too heavy already.
func (m *memory) due() bool {
	if m.full != nil {
		return true
	}
	if m.pass--; m.pass > 0 {
		return false
	}
	m.pass = lookPast
	return m.allocated() >= m.next
}

// weighed weighs the VM and returns why nothing may run in it any more, or nil.
// L is where the script is at work. The baton must be held.
func (v *VM) weighed(L *lua.LState) error {
	m := &v.memory
	if m.full != nil {
		return m.full
	}
	limit := v.Limits().Memory
	size := v.weigh(limit)
	m.next = m.allocated() + uint64(max(limit-size, limit/8))
	if size <= limit {
		return nil
	}
	m.full = overMemory(L, limit)
	if v.opts.Full != nil {
		v.opts.Full(m.full)
	}
	return m.full
}

// overMemory is the error for a script that is at work in L.
func overMemory(L *lua.LState, limit int) error {
	e := &Error{
		Message:   fmt.Sprintf("the policy holds more than %s of memory, which is its limit", megabytes(limit)),
		Traceback: traceback(L),
		cause:     ErrMemory,
	}
	e.locate()
	return e
}

// megabytes writes a size for people.
func megabytes(n int) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d kB", n>>10)
}
