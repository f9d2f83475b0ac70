package reload

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestOneProcessorWhileThatIsEnough(t *testing.T) {
	t.Cleanup(runtime.SetDefaultGOMAXPROCS)
	all := usual()
	const tenth = 100 * time.Millisecond
	for _, tt := range []struct {
		name  string
		usage []int // in percent of one processor, a second each; -1: a policy is loaded
		one   bool
	}{
		{"at the start", nil, false},
		{"calm for a second", []int{5}, false},
		{"calm for two seconds", []int{5, 5}, true},
		{"busy", []int{95, 95, 95}, false},
		{"much of it is the looking for work of several", []int{65, 65}, true},
		{"too much to try", []int{75, 75, 75}, false},
		{"more than one does", []int{5, 5, 95}, false},
		{"one does just so", []int{5, 5, 45, 45, 45}, true},
		{"one is too busy", []int{5, 5, 60}, false},
		{"one was too busy: not tried again soon", []int{5, 5, 60, 5, 5, 5}, false},
		{"one was too busy: tried again after a minute", slices.Concat([]int{5, 5, 60}, slices.Repeat([]int{5}, 61)), true},
		{"calm begins anew after less", []int{5, 75, 5}, false},
		{"a policy is loaded", []int{5, 5, -1}, false},
		{"and all is calm after it", []int{5, 5, -1, 5, 5}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runtime.SetDefaultGOMAXPROCS()
			var p processors
			for _, percent := range tt.usage {
				if percent < 0 {
					p.all()
					continue
				}
				for range 10 {
					p.heed(tenth*time.Duration(percent)/100, tenth)
				}
			}
			want := all
			if tt.one {
				want = 1
			}
			if got := runtime.GOMAXPROCS(0); got != want {
				t.Errorf("%d processors, want %d", got, want)
			}
		})
	}
}

// A collection of garbage is a tenth of a second of work now and then.
func TestABurstIsNoReasonForAllProcessors(t *testing.T) {
	t.Cleanup(runtime.SetDefaultGOMAXPROCS)
	p := processors{one: true}
	for look := range 600 {
		used := 20 * time.Millisecond
		if look%50 < 4 {
			used = 70 * time.Millisecond
		}
		if p.heed(used, useEvery); !p.one {
			t.Fatalf("all processors after %d looks", look)
		}
	}
}

// A process that nobody lets run uses little, and is not calm for that.
func TestAStarvedProcessGetsAllProcessors(t *testing.T) {
	t.Cleanup(runtime.SetDefaultGOMAXPROCS)
	p := processors{one: true}
	if p.heed(5*time.Millisecond, overdue); p.one {
		t.Error("one processor, want all")
	}
}

// The whole of it, with this process, which burns time or does not.
func TestProcessorsFollowTheProcess(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	t.Cleanup(runtime.SetDefaultGOMAXPROCS)
	all := usual()
	runtime.GOMAXPROCS(max(2, all))
	var p processors
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { p.run(ctx); close(ended) }()
	wait := func(want int, work func()) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); runtime.GOMAXPROCS(0) != want; work() {
			if time.Now().After(deadline) {
				t.Fatalf("%d processors, want %d", runtime.GOMAXPROCS(0), want)
			}
		}
	}
	tick := time.NewTicker(useEvery / 10)
	defer tick.Stop()
	wait(1, func() { <-tick.C })
	if all > 1 {
		wait(all, func() {})
		wait(1, func() { <-tick.C })
	}
	stop()
	<-ended
	if got := runtime.GOMAXPROCS(0); got != all {
		t.Errorf("%d processors at the end, want %d as at first", got, all)
	}
}

// usual returns how many processors Go would take by itself.
func usual() int {
	runtime.SetDefaultGOMAXPROCS()
	return runtime.GOMAXPROCS(0)
}

// Policies are loaded while it is seen how busy the process is.
func TestProcessorsAreAskedForFromElsewhere(t *testing.T) {
	t.Cleanup(runtime.SetDefaultGOMAXPROCS)
	var p processors
	var others sync.WaitGroup
	others.Go(func() {
		for range 100 {
			p.all()
		}
	})
	for i := range 100 {
		p.heed(time.Duration(i), 100)
	}
	others.Wait()
}

func TestGOMAXPROCSIsTheOperators(t *testing.T) {
	t.Setenv("GOMAXPROCS", "2")
	var p processors
	p.run(t.Context()) // returns at once
}
