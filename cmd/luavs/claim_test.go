package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"luavs/engine"
)

func TestAKernelIsClaimedOnce(t *testing.T) {
	n := uint32(os.Getpid()) // tests of others may run beside
	marks, others := engine.Marks{First: n, Last: n + 1}, engine.Marks{First: n, Last: n}
	log := slog.New(slog.DiscardHandler)
	first, err := claimKernel(marks, log)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 { // who was refused has left nothing behind
		_, err := claimKernel(marks, log)
		if want := fmt.Sprintf("another luavs (pid %d) keeps the IPVS", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	beside, err := claimKernel(others, log)
	if err != nil {
		t.Errorf("with marks of its own: %v", err)
	} else {
		beside.release()
	}
	first.release()
	again, err := claimKernel(marks, log)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again.release()
}
