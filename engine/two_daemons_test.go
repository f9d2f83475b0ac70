package engine

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"luavs/engine/logtest"
	"luavs/ipvs"
)

// rival is one of two daemons on one kernel.
type rival struct {
	engine *Engine
	log    logtest.Text
	stop   func()
}

// newRival starts a daemon whose policy has a service of its own number and one
// that all rivals declare, tcp 10.0.0.1:80, with the server of its own number.
func newRival(t *testing.T, kernel Kernel, number int) *rival {
	r := &rival{}
	r.engine = New(kernel, slog.New(slog.NewTextHandler(&r.log, nil)))
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); r.engine.Run(ctx) }()
	r.stop = func() { end(); <-ended }
	c := Config{Name: fmt.Sprint("daemon", number)}
	for _, n := range []int{1, number} {
		srv := Server{Name: fmt.Sprint(number), Destination: dest(fmt.Sprint(number, "=1"))}
		c.Services = append(c.Services, Service{Name: fmt.Sprint("s", n), Spec: ipvs.Service{ServiceKey: vip(n), Scheduler: "rr"}, Servers: []Server{srv}})
	}
	if err := r.engine.Load(ctx, c); err != nil {
		t.Fatal(err)
	}
	return r
}

// problems returns what the status says of a daemon's services.
func (r *rival) problems(t *testing.T) (all []string) {
	status, err := r.engine.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range status.Policies[0].Services {
		all = append(all, s.Problem)
	}
	return all
}

// Two daemons that declare one service change it at every look at the kernel and
// no faster. Both say so, and both keep what only they declare. When one has
// ended the other has all that it declares, and forgets the fight.
func TestTwoDaemonsWithOneServiceFightSlowlyAndSaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel := &faultyKernel{Memory: ipvs.NewMemory()}
		first := newRival(t, kernel, 2)
		time.Sleep(2 * time.Second) // so that they do not look at the same moment
		second := newRival(t, kernel, 3)
		time.Sleep(10 * time.Second)
		kernel.take()
		const lasts = 10 * time.Minute
		time.Sleep(lasts)
		synctest.Wait()
		if looks, got := 2*int(lasts/ResyncEvery), kernel.take(); got < looks || got > 3*looks {
			t.Errorf("%d changes in %v, want 1 to 3 for each of %d looks", got, lasts, looks)
		}
		for _, r := range []*rival{first, second} {
			if got := r.problems(t); !strings.Contains(got[0], "is there another daemon on this kernel") || got[1] != "" {
				t.Errorf("the status says %q", got)
			}
			text := r.log.Take()
			if warned, wrong := strings.Count(text, "level=WARN"), strings.Count(text, "level=ERROR"); warned != fightAfter-1 || wrong != 1 {
				t.Errorf("logged %d warnings and %d errors, want %d and 1", warned, wrong, fightAfter-1)
			}
		}
		second.stop()
		time.Sleep(fightWithin + 2*ResyncEvery)
		synctest.Wait()
		want := "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 1\n" +
			"-A -t 10.0.0.2:80 -s rr\n-a -t 10.0.0.2:80 -r 192.168.0.2:80 -m -w 1\n" +
			"-A -t 10.0.0.3:80 -s rr\n-a -t 10.0.0.3:80 -r 192.168.0.3:80 -m -w 1\n"
		if got := kernel.String(); got != want {
			t.Errorf("the table is\n%s\nwant\n%s", got, want)
		}
		if got := first.problems(t); got[0] != "" {
			t.Errorf("the status still says %q", got[0])
		}
		first.stop()
	})
}
