package engine

import (
	"context"
	"testing"
	"time"
	"unsafe"
)

// clockSet returns t as it reads on a clock that was set by d, whole seconds: the
// time on the wall is another, the monotonic one is not. What Go keeps the wall
// in has its seconds above 30 bits of nanoseconds.
func clockSet(t time.Time, d time.Duration) time.Time {
	wall := (*uint64)(unsafe.Pointer(&t))
	*wall += uint64(int64(d/time.Second)) << 30
	return t
}

func TestClockSetMovesTheWallAlone(t *testing.T) {
	now := time.Now()
	for _, d := range []time.Duration{-time.Hour, time.Hour} {
		set := clockSet(now, d)
		if wall, passed := set.Round(0).Sub(now.Round(0)), set.Sub(now); wall != d || passed != 0 {
			t.Errorf("set by %v: the wall moved by %v, %v passed", d, wall, passed)
		}
	}
}

// TestAClockThatIsSetHoldsNothingUp has a loop wait for times of day, for
// pauses and for what was read from the disk, and sets the clock. (Virtual time
// has no monotonic clock.)
func TestAClockThatIsSetHoldsNothingUp(t *testing.T) {
	for _, moved := range []time.Duration{-time.Hour, time.Hour, -24 * time.Hour} {
		t.Run(moved.String(), func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			l := idleLoop(ctx)
			defer l.tasks.Wait()
			defer stop()
			ran := map[string]int{}
			timer := func(name string, at time.Time) {
				l.queue.put(&timed{run: func(time.Time) { ran[name]++ }}, at)
			}
			start := time.Now()
			for n := range 30 {
				timer("pause", start.Add(time.Duration(n+1)*time.Second))
			}
			timer("from the disk", start.Add(10*time.Second).Round(0))
			jobs := make(chan bool, 10)
			job := l.startJob(Job{Name: "each ten seconds", Schedule: tens{}, Run: func(context.Context) { jobs <- true }})
			l.still.moved = moved
			l.spread(clockSet(start.Add(time.Second), moved))
			if due := l.queue.when(job).Sub(start); due > 11*time.Second {
				t.Errorf("the job is due %v after the start, want at its next time of day", due)
			}
			l.ring(clockSet(start.Add(21*time.Second+time.Millisecond), moved))
			<-jobs
			if ran["pause"] != 21 || ran["from the disk"] != 1 {
				t.Errorf("in 21 seconds ran %v, want 21 pauses and what is from the disk", ran)
			}
			if due := l.queue.when(job).Sub(start); due < 21*time.Second || due > 32*time.Second {
				t.Errorf("the job is due again %v after the start, want at the time of day after that", due)
			}
		})
	}
}

// tens is a schedule of times of day.
type tens struct{}

func (tens) Next(after time.Time) time.Time {
	return after.Round(0).Truncate(10 * time.Second).Add(10 * time.Second)
}

// TestATimeOfDayComesOnceThoughTheClockIsSetBackALittle sets the clock by less
// than a standstill tells of.
func TestATimeOfDayComesOnceThoughTheClockIsSetBackALittle(t *testing.T) {
	due := time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)
	for _, now := range []time.Time{due.Add(-700 * time.Millisecond), due, due.Add(time.Second)} {
		if got, want := nextAfter(tens{}, due, now), due.Add(10*time.Second); !got.Equal(want) {
			t.Errorf("it ran at %v: got %v, want %v", now, got, want)
		}
	}
}
