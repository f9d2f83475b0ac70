package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"luavs/ipvs"
	"luavs/luaapi"
)

// faultsVariable names the file that tells a daemon of a test how often its
// kernel is to fail.
const faultsVariable = "LUAVS_TEST_FAULTS"

// faultyKernel is a kernel of which some requests come to a bad end: a change is
// refused, or is made and its answer is lost, or a reading breaks off. A file
// says which part of them, 0 to 1; where there is none all goes well. Beside it
// is noted that it did not.
type faultyKernel struct {
	luaapi.Kernel
	file string
}

// breakDataplane makes the kernel of this process a faulty one if a file is
// named.
func breakDataplane(file string) {
	if file == "" {
		return
	}
	open := openKernel
	openKernel = func() (luaapi.Kernel, func() error, error) {
		k, end, err := open()
		return faultyKernel{k, file}, end, err
	}
}

// fails tells whether a request is to fail.
func (k faultyKernel) fails() bool {
	text, err := os.ReadFile(k.file)
	if err != nil {
		return false
	}
	part, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	if err != nil || rand.Float64() >= part {
		return false
	}
	return os.WriteFile(failedFile(k.file), nil, 0o644) == nil
}

// failedFile is there if something has failed.
func failedFile(file string) string { return file + ".failed" }

func (k faultyKernel) Table(keys ...ipvs.ServiceKey) (ipvs.Table, error) {
	table, err := k.Kernel.Table(keys...)
	if err == nil && k.fails() {
		return table[:rand.IntN(len(table)+1)], fmt.Errorf("list services: %w", syscall.ENOBUFS)
	}
	return table, err
}

func (k faultyKernel) Apply(changes []ipvs.Change) []error {
	if _, err := os.Stat(k.file); err != nil {
		return k.Kernel.Apply(changes)
	}
	errs := make([]error, len(changes))
	for i, c := range changes {
		errs[i] = k.change(c)
	}
	if errors.Join(errs...) == nil {
		return nil
	}
	return errs
}

func (k faultyKernel) change(c ipvs.Change) error {
	fails := k.fails()
	if fails && rand.IntN(2) == 0 {
		return fmt.Errorf("%v: %w", c, syscall.ENOBUFS)
	}
	if errs := k.Kernel.Apply([]ipvs.Change{c}); errs != nil {
		return errs[0]
	}
	if fails {
		return fmt.Errorf("%v: %w", c, ipvs.ErrNoAnswer)
	}
	return nil
}

// TestAFaultyKernelFailsAsOftenAsItIsTold has it fail never, always and
// sometimes, and looks whether what was answered with an error was made.
func TestAFaultyKernelFailsAsOftenAsItIsTold(t *testing.T) {
	memory := ipvs.NewMemory()
	k := faultyKernel{memory, filepath.Join(t.TempDir(), "faults")}
	add := ipvs.Change{Op: ipvs.AddService, Service: ipvs.Service{ServiceKey: ipvs.MarkKey(1, ipvs.INET), Scheduler: "rr"}}
	for _, tt := range []struct {
		part         string
		fewest, most int // of 200 readings
	}{{"", 0, 0}, {"1", 200, 200}, {"0.5", 50, 150}} {
		if tt.part != "" {
			if err := os.WriteFile(k.file, []byte(tt.part), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		failed, lost := 0, 0
		for range 200 {
			if _, err := k.Table(); err != nil {
				failed++
			}
			memory.Flush()
			switch errs := k.Apply([]ipvs.Change{add}); {
			case errs == nil && memory.String() == "":
				t.Fatalf("part %q: no error, and nothing was made", tt.part)
			case errs != nil && memory.String() != "":
				lost++
			}
		}
		if failed < tt.fewest || failed > tt.most || (lost > 0) != (tt.part != "") {
			t.Errorf("part %q: %d of 200 readings failed, want %d to %d; %d changes were made and answered with an error", tt.part, failed, tt.fewest, tt.most, lost)
		}
	}
	if _, err := os.Stat(failedFile(k.file)); err != nil {
		t.Errorf("it is not noted that something failed: %v", err)
	}
}
