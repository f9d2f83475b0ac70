package engine

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"luavs/ipvs"
)

// faultyKernel is a memory kernel that counts what it is asked for and can
// refuse it.
type faultyKernel struct {
	*ipvs.Memory
	handle *Handle                     // of the config last put in force
	before func(changes []ipvs.Change) // is told what is to be changed; nil: nobody

	mu            sync.Mutex
	changes       int
	reads, writes bool // refused
}

func (k *faultyKernel) Table(keys ...ipvs.ServiceKey) (ipvs.Table, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reads {
		return nil, errors.New("the kernel has no IPVS")
	}
	return k.Memory.Table(keys...)
}

func (k *faultyKernel) Apply(changes []ipvs.Change) []error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes += len(changes)
	if k.before != nil {
		k.before(changes)
	}
	if !k.writes {
		return k.Memory.Apply(changes)
	}
	errs := make([]error, len(changes))
	for i, c := range changes {
		errs[i] = fmt.Errorf("%v: %w", c, syscall.EPERM)
	}
	return errs
}

func (k *faultyKernel) set(reads, writes bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reads, k.writes = reads, writes
}

func (k *faultyKernel) take() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := k.changes
	k.changes = 0
	return n
}
