package checks

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// short is a timeout for servers that never answer; long is for those that do.
const (
	short = 400 * time.Millisecond
	long  = 10 * time.Second
)

// serve runs handle on each connection to a listener of its own and returns
// the address. At the end of the test all connections are closed.
func serve(t testing.TB, handle func(*net.TCPConn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				defer context.AfterFunc(ctx, func() { c.Close() })()
				handle(c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		l.Close()
		wg.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// hold keeps a connection open until the other side or the test ends it.
func hold(c *net.TCPConn) { io.Copy(io.Discard, c) }

// reset ends a connection with a RST.
func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

// says returns a handler that reads once, answers, and then does what end says.
func says(answer string, end func(*net.TCPConn)) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		c.Read(make([]byte, 64<<10))
		io.WriteString(c, answer)
		end(c)
	}
}

// closes is the usual end: a FIN, then whatever the client still has to say.
func closes(c *net.TCPConn) {
	c.CloseWrite()
	hold(c)
}

// endless writes text again and again until the connection breaks.
func endless(text string) func(*net.TCPConn) {
	data := []byte(text)
	return func(c *net.TCPConn) {
		for {
			if _, err := c.Write(data); err != nil {
				return
			}
		}
	}
}

// ask runs c once within limit, in a Poller if one takes it, and fails the test
// if that takes much longer.
func ask(t testing.TB, c Check, addr netip.AddrPort, limit time.Duration) Result {
	t.Helper()
	began := time.Now()
	var res Result
	if p := NewPoller(); p.Takes(c) {
		res = askPoller(t, p, Question{Check: c, Target: Target{Addr: addr, Service: "tcp 10.0.0.1:80"}, Limit: limit})
	} else {
		res = Within(limit, c).Check(t.Context(), Target{Addr: addr, Service: "tcp 10.0.0.1:80"})
	}
	if took := time.Since(began); took > limit+2*time.Second {
		t.Errorf("took %v with a limit of %v", took, limit)
	}
	if res.Took != 0 {
		t.Errorf("took is %v, want it left to the caller", res.Took)
	}
	return res
}

// askPoller runs p for one question.
func askPoller(t testing.TB, p *Poller, q Question) Result {
	t.Helper()
	a, stop := running(t, p)
	defer stop()
	a.Ask(q)
	a.Flush()
	<-a.Ready()
	answers := a.Answers(nil)
	if len(answers) != 1 {
		t.Fatalf("%d answers to one question", len(answers))
	}
	res := answers[0].Result
	if took := answers[0].At.Sub(answers[0].Started); res.Took != took || took <= 0 {
		t.Errorf("took %v, from start to end %v", res.Took, took)
	}
	res.Took = 0
	return res
}

// running runs p until stop is called, and returns an asker.
func running(t testing.TB, p *Poller) (a *Asker, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Run(ctx)
	}()
	return p.Asker(ctx), func() {
		cancel()
		<-ended
	}
}

// leavesNothing fails the test if do leaves more goroutines or descriptors
// than there were.
func leavesNothing(t *testing.T, do func()) {
	t.Helper()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	do()
	until(t, "goroutines and descriptors are gone", func() bool {
		return runtime.NumGoroutine() <= goroutines && openFiles(t) <= files
	})
}

func openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// patience is how long a test waits for what has to come, on a busy machine too.
const patience = 30 * time.Second

// until waits for ok, and leaves the processors to others meanwhile.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(end) {
			buf := make([]byte, 64<<10)
			t.Fatalf("%s: not within %v\n%s", what, patience, buf[:runtime.Stack(buf, true)])
		}
	}
}

// pass, passing, fail and unknown are the results that tests want; pass is one
// with whatever reason, but with one.
var pass = Result{Outcome: Pass}

func passing(reason string) Result { return Result{Outcome: Pass, Reason: reason} }

func fail(c Cause, reason string) Result {
	return Result{Outcome: Fail, Cause: c, Reason: reason}
}

func unknown(reason string) Result {
	return Result{Outcome: Unknown, Cause: Local, Reason: reason}
}

// expect fails the test unless got is what is wanted.
func expect(t testing.TB, got, want Result) {
	t.Helper()
	if want == pass && got.Reason != "" {
		want.Reason = got.Reason
	}
	if got != want {
		t.Errorf("got  %v %q %q\nwant %v %q %q",
			got.Outcome, got.Cause, got.Reason, want.Outcome, want.Cause, want.Reason)
	}
}

// greets answers before it is asked.
func greets(text string, end func(*net.TCPConn)) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		io.WriteString(c, text)
		end(c)
	}
}

// awaitAcknowledged waits until the other side's kernel has all that was written.
func awaitAcknowledged(t testing.TB, c *net.TCPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		t.Error(err)
		return
	}
	for pending := -1; pending != 0; runtime.Gosched() {
		var info *unix.TCPInfo
		closed := raw.Control(func(fd uintptr) {
			pending, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
			info, _ = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		})
		if closed != nil {
			return // by the end of the test
		}
		if info != nil && info.State == unix.BPF_TCP_CLOSE {
			return // by a reset
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
}
