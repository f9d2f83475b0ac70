package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// reader reads a log, unless it was told to stop.
type reader struct {
	mu      sync.Mutex // guards what follows
	text    bytes.Buffer
	full    bool          // writing fails
	stopped chan struct{} // nil: it reads
}

func (r *reader) Write(text []byte) (int, error) {
	r.mu.Lock()
	stopped := r.stopped
	r.mu.Unlock()
	if stopped != nil {
		<-stopped
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full {
		return 0, errors.New("no space left on device")
	}
	return r.text.Write(text)
}

// stop has it read no more until it is to go on.
func (r *reader) stop() (goOn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stopped := make(chan struct{})
	r.stopped = stopped
	return func() { r.set(false); close(stopped) }
}

// set has it read, from a disk that is full or not.
func (r *reader) set(full bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.full, r.stopped = full, nil
}

// spoolTo returns a spool whose reader is told of losses as "lost N".
func spoolTo(r *reader) *spool {
	return newSpool(r, func(lost int) error {
		_, err := fmt.Fprintf(r, "lost %d\n", lost)
		return err
	})
}

// fill logs numbered lines of a hundred bytes.
func fill(s *spool, from, to int) {
	for i := from; i < to; i++ {
		fmt.Fprintf(s, "%99d\n", i)
	}
}

func TestNobodyWaitsForWhoReadsTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const all, fits = 50_000, spoolLimit / 100
		r := &reader{}
		s := spoolTo(r)
		fill(s, 0, 1)
		synctest.Wait()
		goOn := r.stop()
		fill(s, 1, 2)
		synctest.Wait() // it is being written
		fill(s, 2, all)
		goOn()
		synctest.Wait()
		fill(s, all, all+1)
		s.end()
		lines := strings.Split(strings.TrimSuffix(r.text.String(), "\n"), "\n")
		if len(lines) != 2+fits+2 {
			t.Fatalf("%d lines, want two, %d that waited, the loss, and another", len(lines), fits)
		}
		for i, line := range lines[:2+fits] {
			if want := fmt.Sprintf("%99d", i); line != want {
				t.Fatalf("line %d is %q, want %q", i, line, want)
			}
		}
		want := []string{fmt.Sprintf("lost %d", all-2-fits), fmt.Sprintf("%99d", all)}
		if got := lines[2+fits:]; got[0] != want[0] || got[1] != want[1] {
			t.Errorf("then comes %q, want %q", got, want)
		}
	})
}

func TestALogThatCannotBeWrittenIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{full: true}
		s := spoolTo(r)
		for i := range 3 {
			fill(s, i, i+1)
			synctest.Wait()
		}
		r.set(false)
		fill(s, 3, 4)
		s.end()
		if got, want := r.text.String(), fmt.Sprintf("%99d\nlost 3\n", 3); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestTheEndDoesNotWaitLongForWhoReadsTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{}
		s := spoolTo(r)
		defer r.stop()()
		fill(s, 0, 10)
		began := time.Now()
		s.end()
		if took := time.Since(began); took != flushWithin {
			t.Errorf("the end took %v, want %v", took, flushWithin)
		}
		fill(s, 10, 20) // is lost, and nothing breaks
		s.end()
	})
}

// fullPipe returns the ends of a pipe that takes no more.
func fullPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	raw, err := w.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		if _, err := unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 4096); err != nil {
			t.Error(err)
		}
		for err == nil {
			_, err = unix.Write(int(fd), make([]byte, 4096))
		}
		if err != unix.EAGAIN {
			t.Errorf("filling a pipe: %v", err)
		}
	})
	return r, w
}

// TestADaemonWhoseLogNobodyReadsGoesOn has a server turn all the time, which is
// logged.
func TestADaemonWhoseLogNobodyReadsGoesOn(t *testing.T) {
	for name, read := range map[string]bool{"read at last": true, "never read": false} {
		t.Run(name, func(t *testing.T) {
			addr := filepath.Join(t.TempDir(), "notify.sock")
			m := newManager(t, addr)
			r, w := fullPipe(t)
			cmd := m.startWith(w, addr, policyFile(t, `
local up = false
virtual_server "10.0.0.1:80" {
  check = check.lua { every = "100ms", rise = 1, fall = 1, function() up = not up; return up, "as it turns" end },
  real_server "192.168.0.1:80",
}`))
			w.Close()
			m.hears("READY=1")
			for range 10 { // each after the loops have had a turn
				began := time.Now()
				if m.hears("WATCHDOG=1"); time.Since(began) > time.Second {
					t.Errorf("the loops stood still for %v", time.Since(began))
				}
			}
			text := make(chan string, 1)
			if read {
				go func() {
					all, _ := io.ReadAll(r)
					text <- string(all)
				}()
			}
			began := time.Now()
			cmd.Process.Signal(syscall.SIGTERM)
			if err := cmd.Wait(); err != nil || time.Since(began) > 2*time.Second {
				t.Errorf("the end: %v after %v", err, time.Since(began))
			}
			if !read {
				return
			}
			logged := <-text
			for _, want := range []string{"msg=starting", "server down", "ended; the table stays as it is"} {
				if !strings.Contains(logged, want) {
					t.Errorf("the log lacks %q:\n%s", want, strings.Trim(logged, "\x00"))
				}
			}
		})
	}
}
