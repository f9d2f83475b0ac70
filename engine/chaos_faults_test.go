package engine

import (
	"fmt"
	"syscall"

	"luavs/ipvs"
)

// faults are what is wrong with the kernel: which part of what it is asked, 0 to
// 1, comes to a bad end.
type faults struct{ reads, changes float64 }

// Table implements [Kernel]. A reading that breaks off has what came before.
func (w *world) Table(keys ...ipvs.ServiceKey) (ipvs.Table, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	table, err := w.Memory.Table(keys...)
	if err == nil && w.chance.Float64() < w.faults.reads {
		return table[:w.chance.IntN(len(table)+1)], fmt.Errorf("list services: %w", syscall.ENOBUFS)
	}
	return table, err
}

// Apply implements [Kernel].
func (w *world) Apply(changes []ipvs.Change) []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if key := w.diary.unknown(changes); key != "" {
		w.Errorf("the kernel is changed before it is kept that %s is ours", key)
	}
	errs, failed := make([]error, len(changes)), false
	for i, c := range changes {
		errs[i] = w.change(c)
		failed = failed || errs[i] != nil
	}
	if !failed {
		return nil
	}
	return errs
}

// change makes a change; or refuses it; or makes it, and the answer is lost.
func (w *world) change(c ipvs.Change) error {
	faulty, made := w.chance.Float64() < w.faults.changes, w.chance.IntN(2) == 0
	if faulty && !made {
		return fmt.Errorf("%v: %w", c, syscall.ENOBUFS)
	}
	if errs := w.Memory.Apply([]ipvs.Change{c}); errs != nil {
		return errs[0]
	}
	if faulty {
		return fmt.Errorf("%v: %w", c, ipvs.ErrNoAnswer)
	}
	return nil
}
