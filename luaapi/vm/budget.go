package vm

import (
	"time"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// lookEvery is how many Lua instructions run between two looks at the clock: 30
// µs, as long as a look takes where the clock is a call of the kernel.
const lookEvery = 1024

// A budget counts the instructions of a task and looks at the clock now and
// then. The clock starts at the first look, so that short runs never read it.
type budget struct {
	slice time.Duration // the longest hold of the baton
	left  int           // instructions until the next look
	last  time.Duration // when the clock was looked at last; 0: not in this hold
	used  time.Duration // of the slice
	why   error         // why the task must end
}

// restart begins a new hold of the baton.
func (b *budget) restart() { b.left, b.last, b.used = lookEvery, 0, 0 }

// charge makes the next look come sooner: the work of a library function
// counts as that of n instructions.
func (b *budget) charge(n int) { b.left = max(1, b.left-n) }

// Work says that a binding does as much work as n instructions of Lua do, each
// about 30 ns: so the budget is looked at the sooner.
func Work(L *lua.LState, n int) {
	if th := threadOf(L); th != nil {
		th.task.budget.charge(n)
	}
}

// Uncounted runs f, which waits for what is not the script's work, and keeps the
// baton: the time that it takes is not the script's. It is for short waits in
// places where no other task may come in between.
func Uncounted(L *lua.LState, f func()) {
	th := threadOf(L)
	if th == nil || th.task.budget.last == 0 {
		f()
		return
	}
	began := now()
	f()
	th.task.budget.last += now() - began
}

// ended is what a context's Done answers when it has ended.
var ended = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// look decides whether the task may go on. Once it may not, it is asked again
// at each instruction, and stays with its answer.
func (t *task) look(L *lua.LState) <-chan struct{} {
	b := &t.budget
	if b.why == nil {
		b.why = t.canceled()
	}
	if b.why == nil && b.spent() {
		b.why = overBudget(L, b.slice)
	}
	if b.why == nil && t.vm.memory.due() {
		b.why = t.vm.weighed(L)
		b.last = now() // weighing takes time, which is not the script's
	}
	if b.why != nil {
		b.left = 0
		return ended
	}
	b.left = lookEvery
	return nil
}

// spent tells whether the slice is used up. Of the time between two looks no more
// than half of it counts: if that was longer, somebody else may have had the
// processor, or the whole process stood still.
func (b *budget) spent() bool {
	t := now()
	if b.last > 0 {
		b.used += min(t-b.last, b.slice/2)
	}
	b.last = t
	return b.used > b.slice
}

// now is a real clock: time.Now stands still in a testing/synctest bubble
// while a script runs there, and an endless loop would never end.
func now() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(ts.Nano())
}
