package vm

import "time"

// Limits bound what the code of a VM may take.
type Limits struct {
	// Budget is the longest time a task may hold the baton in one go, without the
	// time in which the machine did not let it run. It is real time, also inside
	// a testing/synctest bubble. 0 means DefaultBudget.
	Budget time.Duration

	// Tasks bounds the tasks alive at once. 0 means DefaultTasks.
	Tasks int

	// Memory is how many bytes the values of the VM may take, roughly. 0 means
	// DefaultMemory.
	Memory int
}

// over returns l with what is zero in it taken from other.
func (l Limits) over(other Limits) Limits {
	if l.Budget <= 0 {
		l.Budget = other.Budget
	}
	if l.Tasks <= 0 {
		l.Tasks = other.Tasks
	}
	if l.Memory <= 0 {
		l.Memory = other.Memory
	}
	return l
}

// SetLimits changes those limits that are not zero. Tasks that run already keep
// their budget. The baton must be held, unless nothing has run yet.
func (v *VM) SetLimits(l Limits) {
	v.memory.next = 0 // there may be less room than there was
	v.mu.Lock()
	defer v.mu.Unlock()
	v.limits = l.over(v.limits)
}

// Limits returns the limits that hold.
func (v *VM) Limits() Limits {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.limits
}
