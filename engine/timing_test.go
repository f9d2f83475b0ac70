package engine

import (
	"testing"
	"time"
)

func TestNextRunOfAWatch(t *testing.T) {
	const every, fast, slow = 10 * time.Second, time.Second, time.Minute
	steady, deciding := Health{State: StateUp}, Health{State: StateUp, lean: 1}
	down, rising := Health{State: StateDown}, Health{State: StateDown, lean: 1}
	for _, tt := range []struct {
		name   string
		check  Check
		health Health
		took   time.Duration // of the run that started at noon, when it was due
		want   time.Duration // after noon
	}{
		{"up: at the beat", Check{Fast: fast, Slow: slow}, steady, time.Second, every},
		{"turning: quickly, from the start of the run", Check{Fast: fast, Slow: slow}, deciding, 100 * time.Millisecond, fast},
		{"turning: not before the answer", Check{Fast: fast, Slow: slow}, deciding, 5 * time.Second, 5 * time.Second},
		{"turning: never later than the beat", Check{Fast: 11 * time.Second}, deciding, time.Second, every},
		{"turning without a quick pause", Check{Slow: slow}, deciding, time.Second, every},
		{"down: slowly", Check{Fast: fast, Slow: slow}, down, time.Second, slow},
		{"down without a slow pause", Check{Fast: fast}, down, time.Second, every},
		{"coming up: quickly", Check{Fast: fast, Slow: slow}, rising, 100 * time.Millisecond, fast},
		{"coming up without a quick pause: at the beat", Check{Slow: slow}, rising, time.Second, every},
		{"down with a pause shorter than the usual one", Check{Slow: fast}, down, 100 * time.Millisecond, fast},
		{"a run that took longer than the beat", Check{}, steady, 25 * time.Second, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.check.Schedule = Every(every)
			w := &watch{check: &tt.check, health: tt.health, took: tt.took, at: noon.Add(tt.took), beat: noon, phase: phaseOf("x")}
			if got := w.next(noon.Add(tt.took)).Sub(noon); got != tt.want {
				t.Errorf("got %v after it started, want %v", got, tt.want)
			}
		})
	}
}

func TestJitterStaysBelowItsBoundAndMovesNoBeat(t *testing.T) {
	const every, jitter = 10 * time.Second, 3 * time.Second
	w := &watch{check: &Check{Schedule: Every(every), Jitter: jitter}, health: Health{State: StateUp}, beat: noon, phase: phaseOf("x")}
	latest := time.Duration(0)
	for i := range 1000 {
		beat := noon.Add(time.Duration(i+1) * every)
		late := w.next(beat.Add(time.Millisecond - every)).Sub(beat)
		if late < 0 || late >= jitter {
			t.Fatalf("run %d is %v after its beat, want less than %v", i, late, jitter)
		}
		latest = max(latest, late)
	}
	if latest < jitter/2 {
		t.Errorf("the latest of 1000 runs was only %v late", latest)
	}
	w.check.Slow, w.health = time.Minute, Health{State: StateDown}
	w.at = noon.Add(time.Hour)
	if late := w.next(noon.Add(time.Hour)).Sub(noon.Add(time.Hour + time.Minute)); late < 0 || late >= jitter {
		t.Errorf("a slow run is %v late, want less than %v", late, jitter)
	}
}
