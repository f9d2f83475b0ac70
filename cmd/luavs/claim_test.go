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
	n := uint32(os.Getpid()) << 3 // tests of others may run beside
	marks := engine.Marks{First: n, Last: n + 3}
	log := slog.New(slog.DiscardHandler)
	first, err := claimKernel(marks, log)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(marks engine.Marks, want string) {
		t.Helper()
		c, err := claimKernel(marks, log)
		if err == nil {
			c.release()
		}
		if want = fmt.Sprintf(want, os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want an error with %q", marks, err, want)
		}
	}
	for range 10 { // who was refused has left nothing behind
		refused(marks, "another luavs (pid %d) keeps the IPVS")
		refused(engine.Marks{First: n + 3, Last: n + 5}, "another luavs (pid %d) has the firewall marks "+marks.String())
		refused(engine.Marks{First: n - 1, Last: n + 9}, "another luavs (pid %d) has the firewall marks "+marks.String())
	}
	beside, err := claimKernel(engine.Marks{First: n + 4, Last: n + 5}, log)
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

func TestWhoCannotBeLookedAtIsJudgedByItsUser(t *testing.T) {
	own := uint32(os.Geteuid())
	for _, tt := range []struct {
		name string
		r    rival
		may  bool
	}{
		{"root in another container", rival{uid: 0}, true},
		{"our own user there", rival{uid: own}, true},
		{"another user there", rival{uid: own + 12345}, false},
		{"a process that has ended meanwhile", rival{pid: 1 << 30, uid: own + 12345}, false},
	} {
		if got := tt.r.may(); got != tt.may {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
	for want, r := range map[string]rival{"in another PID namespace": {}, "pid 7": {pid: 7}} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
