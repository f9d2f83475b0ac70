package engine

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/ipvs"
)

// theirs is a service of somebody else.
const theirs = "-A -t 10.0.0.9:80 -s rr\n-a -t 10.0.0.9:80 -r 192.168.0.9:80 -g -w 1\n"

func TestFlushAtEndDeletesOursAlone(t *testing.T) {
	for name, hang := range map[string]bool{
		"the loops end at once": false,
		"a job ends late":       true,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kernel := ipvs.NewMemory()
				foreign, err := ipvs.ParseSave(strings.NewReader(theirs))
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range Plan(nil, foreign) {
					kernel.Apply([]ipvs.Change{s.Change})
				}
				e := New(kernel, slog.New(slog.DiscardHandler))
				e.FlushAtEnd()
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- e.Run(ctx) }()
				release := make(chan struct{})
				c := farm(passes)
				if hang {
					c.Jobs = []Job{{Name: "deaf", Schedule: Every(time.Second), Run: func(context.Context) { <-release }}}
				}
				if err := e.Load(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if kernel.String() == theirs {
					t.Fatal("nothing came into the table")
				}
				stop()
				synctest.Wait()
				if diff := cmp.Diff(theirs, kernel.String()); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				close(release)
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("Run: got %v", err)
				}
			})
		})
	}
}

// stuckKernel does not answer once it is told to, until freed is closed.
type stuckKernel struct {
	*ipvs.Memory
	stuck atomic.Bool
	freed chan struct{}
}

func (k *stuckKernel) Table(keys ...ipvs.ServiceKey) (ipvs.Table, error) {
	if k.stuck.Load() {
		<-k.freed
	}
	return k.Memory.Table(keys...)
}

func TestPassWaitsForALoopThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel := &stuckKernel{Memory: ipvs.NewMemory(), freed: make(chan struct{})}
		e := New(kernel, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- e.Run(ctx) }()
		e.Load(t.Context(), farm(passes))
		synctest.Wait()
		if err := e.Pass(t.Context()); err != nil {
			t.Error(err)
		}
		kernel.stuck.Store(true)
		time.Sleep(ResyncEvery + time.Second) // the loop reads the table
		passed := make(chan error, 1)
		go func() { passed <- e.Pass(t.Context()) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		select {
		case err := <-passed:
			t.Errorf("Pass returned (%v) though the loop stands still", err)
		default:
		}
		close(kernel.freed)
		if err := <-passed; err != nil {
			t.Error(err)
		}
		stop()
		<-ended
		if err := e.Pass(t.Context()); !errors.Is(err, ErrStopped) {
			t.Errorf("after the end: got %v", err)
		}
	})
}
