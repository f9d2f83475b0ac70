package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"luavs/checks/servertest"
)

func TestAPollerTakesWhatNeedsABareConnection(t *testing.T) {
	p := NewPoller()
	for name, tt := range map[string]struct {
		check Check
		want  bool
	}{
		"tcp":      {TCP{}, true},
		"http":     {newHTTP(t, HTTP{}), true},
		"https":    {newHTTP(t, HTTP{TLS: true}), false},
		"exec":     {newExec(t, Command{Args: []string{"/bin/true"}}), false},
		"function": {Func(func(context.Context, Target) Result { return Result{} }), false},
	} {
		if got := p.Takes(tt.check); got != tt.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// A check asked by itself and one in a Poller come to the same.
func TestACheckByItselfSaysTheSame(t *testing.T) {
	open, shut := serve(t, says("hello", closes)), servertest.Port(t)
	for _, c := range []Check{
		TCP{}, TCP{Expect: []byte("x")}, TCP{Send: []byte("a"), Expect: []byte("hello")}, newHTTP(t, HTTP{}),
	} {
		for _, addr := range []netip.AddrPort{open, shut, full(t)} {
			t.Run(fmt.Sprint(c, " ", addr), func(t *testing.T) {
				want := ask(t, c, addr, short)
				leavesNothing(t, func() { expect(t, Within(short, c).Check(t.Context(), Target{Addr: addr}), want) })
			})
		}
	}
}

// 10,000 connections that nobody accepts wait at once, and end by their limit.
func TestAPollerHasTenThousandInFlight(t *testing.T) {
	const n = 10_000
	room(t, n+200)
	addr := full(t)
	leavesNothing(t, func() {
		p := NewPoller()
		a, stop := running(t, p)
		defer stop()
		before := runtime.NumGoroutine()
		for i := range n {
			a.Ask(Question{Check: TCP{}, Target: Target{Addr: addr}, Limit: 3 * time.Second, For: i})
		}
		flush(a)
		until(t, "all are in flight", func() bool { return openFiles(t) > n })
		if more := runtime.NumGoroutine() - before; more > 0 {
			t.Errorf("%d more goroutines", more)
		}
		seen := map[int]bool{}
		var answers []Answer
		for len(seen) < n {
			<-a.Ready()
			answers = a.Answers(answers)
			for _, answer := range answers {
				seen[answer.For.(int)] = true
				answer.Result.Took = 0
				expect(t, answer.Result, fail(Timeout, "no answer within 3s (not connected)"))
			}
		}
	})
}

// What a crowd of runs has to wait for is looked at by who asked, at the time
// that Flush says, and what is not over then goes on without.
func TestACrowdIsLookedAtByWhoAsked(t *testing.T) {
	var slow sync.WaitGroup
	slow.Add(1)
	near := serve(t, func(c *net.TCPConn) { c.Write([]byte("x")); hold(c) })
	far := serve(t, func(c *net.TCPConn) { slow.Wait(); c.Write([]byte("x")); hold(c) })
	leavesNothing(t, func() {
		a, stop := running(t, NewPoller())
		defer stop()
		for i := range 2 * crowdSize {
			addr := []netip.AddrPort{near, far}[i%2]
			a.Ask(Question{Check: TCP{Expect: []byte("x")}, Target: Target{Addr: addr}, Limit: long, For: addr})
		}
		again := a.Flush()
		if wait := time.Until(again); again.IsZero() || wait > soon {
			t.Fatalf("is to be called again in %v, want at most %v", wait, soon)
		}
		if got := a.Answers(nil); len(got) > 0 {
			t.Errorf("%d answers before that", len(got))
		}
		flush(a)
		if got := len(a.Answers(nil)); got == 0 {
			t.Error("no answer is there at that time")
		}
		slow.Done()
		<-a.Ready()
		for _, answer := range a.Answers(nil) {
			answer.Result.Took = 0
			expect(t, answer.Result, pass)
		}
	})
}

// A crowd whose limit is shorter than that is looked at when it has passed.
func TestACrowdKeepsItsLimit(t *testing.T) {
	addr := full(t)
	a, stop := running(t, NewPoller())
	defer stop()
	for range crowdSize {
		a.Ask(Question{Check: TCP{}, Target: Target{Addr: addr}, Limit: time.Millisecond})
	}
	flush(a)
	for n := 0; n < crowdSize; {
		<-a.Ready()
		for _, answer := range a.Answers(nil) {
			answer.Result.Took = 0
			expect(t, answer.Result, fail(Timeout, "no answer within 1ms (not connected)"))
			n++
		}
	}
}

// flush puts what was asked and goes on with it when it is time to.
func flush(a *Asker) {
	<-time.After(time.Until(a.Flush()))
	a.Flush()
}

// room raises the limit of open files if there is need.
func room(t *testing.T, files uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= files {
		return
	}
	limit.Cur = files
	limit.Max = max(limit.Max, files)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatalf("%d open files: %v; raise the limit (ulimit -n)", files, err)
	}
}

// The end of an asker ends what it asked; others go on.
func TestWhatAnEndedAskerAskedIsDropped(t *testing.T) {
	var came, left atomic.Int32
	addr := serve(t, func(c *net.TCPConn) {
		came.Add(1)
		hold(c)
		left.Add(1)
	})
	leavesNothing(t, func() {
		p := NewPoller()
		other, stop := running(t, p)
		defer stop()
		ctx, cancel := context.WithCancel(t.Context())
		a := p.Asker(ctx)
		for range 5 {
			a.Ask(Question{Check: ping, Target: Target{Addr: addr}, Limit: time.Hour})
		}
		other.Ask(Question{Check: ping, Target: Target{Addr: addr}, Limit: long})
		a.Flush()
		other.Flush()
		until(t, "all are connected", func() bool { return came.Load() == 6 })
		cancel()
		a.Ask(Question{Check: ping, Target: Target{Addr: addr}, Limit: time.Hour})
		a.Flush()
		until(t, "its connections are closed", func() bool { return left.Load() == 5 })
		if got := a.Answers(nil); len(got) > 0 {
			t.Errorf("%d answers to nobody", len(got))
		}
	})
}

func TestTheEndOfAPollerEndsAll(t *testing.T) {
	addr := serve(t, hold)
	leavesNothing(t, func() {
		p := NewPoller()
		a, stop := running(t, p)
		for range 100 {
			a.Ask(Question{Check: ping, Target: Target{Addr: addr}, Limit: time.Hour})
		}
		a.Flush()
		stop()
	})
}

// A Poller that has nothing in flight does not hold up virtual time.
func TestAnIdlePollerWaitsOnAChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPoller()
		_, stop := running(t, p)
		began := time.Now()
		time.Sleep(time.Hour)
		synctest.Wait()
		if time.Since(began) != time.Hour {
			t.Error("time is not virtual")
		}
		stop()
	})
}

// The server's program hears nothing of a check that wants a connection only.
func TestABareConnectionSparesTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	for range 10 {
		expect(t, ask(t, TCP{}, addr, long), passing("connected"))
	}
	l.(*net.TCPListener).SetDeadline(time.Now())
	if c, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the server got a connection from %v", c)
	}
	l.Close()
}

// A run in the long run needs no memory.
func TestAPollerNeedsNoMemory(t *testing.T) {
	web := nginx(t, nginxSites)
	tests := map[string]Question{
		"tcp":  {Check: TCP{}, Target: Target{Addr: web}, Limit: long},
		"http": {Check: newHTTP(t, HTTP{Status: mustParse(t, "404")}), Target: Target{Addr: web}, Limit: long},
	}
	for name, q := range tests {
		t.Run(name, func(t *testing.T) {
			a, stop := running(t, NewPoller())
			defer stop()
			var answers []Answer
			timer := time.NewTimer(0)
			got := testing.AllocsPerRun(200, func() {
				for range 10 {
					a.Ask(q)
				}
				timer.Reset(time.Until(a.Flush()))
				for n := 0; n < 10; n += len(answers) {
					select {
					case <-a.Ready():
					case <-timer.C:
						a.Flush()
					}
					answers = a.Answers(answers)
				}
			})
			if got > 5 { // of ten runs
				t.Errorf("%v allocations in ten runs", got)
			}
		})
	}
}
