package engine

import (
	"errors"
	"fmt"
	"strconv"
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

	mu      sync.Mutex
	changes int
	blind   bool                            // it cannot be read
	refuses func(ipvs.Change) syscall.Errno // 0: it takes the change; nil: it takes all
}

func (k *faultyKernel) Table(keys ...ipvs.ServiceKey) (ipvs.Table, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.blind {
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
	if k.refuses == nil {
		return k.Memory.Apply(changes)
	}
	errs := make([]error, len(changes))
	for i, c := range changes {
		if errno := k.refuses(c); errno != 0 {
			errs[i] = fmt.Errorf("%v: %w", c, errno)
		} else {
			errs[i] = errors.Join(k.Memory.Apply([]ipvs.Change{c})...)
		}
	}
	if errors.Join(errs...) == nil {
		return nil
	}
	return errs
}

func (k *faultyKernel) set(blind bool, refuses func(ipvs.Change) syscall.Errno) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.blind, k.refuses = blind, refuses
}

func (k *faultyKernel) take() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := k.changes
	k.changes = 0
	return n
}

// breakIt has the kernel refuse what is asked of it.
func (s *story) breakIt(args []string) error {
	switch args[0] {
	case "reads":
		s.kernel.set(true, nil)
	case "writes":
		s.kernel.set(false, func(ipvs.Change) syscall.Errno { return syscall.EPERM })
	case "adds":
		of := append(args, "")[1]
		s.kernel.set(false, func(c ipvs.Change) syscall.Errno {
			weightless := c.Op != ipvs.AddDestination && c.Op != ipvs.SetDestination || c.Destination.Weight == 0
			if weightless || of != "" && c.Service.ServiceKey != vip(number(of)) {
				return 0
			}
			return syscall.EINVAL
		})
	default:
		return fmt.Errorf("no such fault")
	}
	return nil
}

// mend has it take everything again.
func (s *story) mend([]string) error {
	s.kernel.set(false, nil)
	return nil
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
