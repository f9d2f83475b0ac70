package reload

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// heard returns when a lull tells within a time, from now on.
func heard(l *lull, within time.Duration) (at []time.Duration) {
	begin := time.Now()
	for end := time.After(within); ; {
		select {
		case <-l.changed():
			at = append(at, time.Since(begin))
		case <-end:
			return at
		}
	}
}

func TestALullTellsOnceThingsAreQuiet(t *testing.T) {
	for _, tt := range []struct {
		name  string
		every time.Duration // between changes
		lasts time.Duration // the changes
		want  []time.Duration
	}{
		{"one change", time.Second, time.Millisecond, []time.Duration{quiet}},
		{"a burst", 50 * time.Millisecond, time.Second, []time.Duration{950*time.Millisecond + quiet}},
		{"two changes", time.Second, 2 * time.Second, []time.Duration{quiet, time.Second + quiet}},
		{"no end of changes", 60 * time.Millisecond, 12 * time.Second, []time.Duration{
			tellWithin, 2*tellWithin + 40*time.Millisecond, 11940*time.Millisecond + quiet,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLull()
				defer l.close()
				go func() {
					for begin := time.Now(); time.Since(begin) < tt.lasts; time.Sleep(tt.every) {
						l.stir()
					}
				}()
				got := heard(l, time.Minute)
				if len(got) != len(tt.want) {
					t.Fatalf("told at %v, want %v", got, tt.want)
				}
				for i := range got {
					if got[i] != tt.want[i] {
						t.Errorf("told at %v, want %v", got, tt.want)
					}
				}
			})
		})
	}
}

func TestRestWaitsForQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLull()
		defer l.close()
		l.stir()
		time.Sleep(time.Second) // it is told, and nobody has listened
		begin := time.Now()
		go func() {
			time.Sleep(quiet / 2)
			l.stir()
		}()
		if l.rest(t.Context()); time.Since(begin) != quiet/2+quiet {
			t.Errorf("rested for %v", time.Since(begin))
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		begin = time.Now()
		if l.rest(ctx); time.Since(begin) != 0 {
			t.Errorf("rested for %v though it was called off", time.Since(begin))
		}
		time.Sleep(time.Minute)
	})
}
