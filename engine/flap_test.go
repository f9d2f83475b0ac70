package engine

import (
	"testing"
	"time"
)

func TestHoldDownGrows(t *testing.T) {
	d := HoldDown{Base: 10 * time.Second, Max: time.Minute, Forget: 5 * time.Minute}
	for flaps, want := range []time.Duration{0, 0, 10, 20, 40, 60, 60, 60} {
		if got := d.hold(flaps); got != want*time.Second {
			t.Errorf("flap score %d: held %v, want %v", flaps, got, want*time.Second)
		}
	}
	if got := (HoldDown{Base: time.Hour, Max: 1 << 62}).hold(1000); got != 1<<62 {
		t.Errorf("a great score: held %v, want the most", got)
	}
}

func TestFlapScoreForgets(t *testing.T) {
	d := HoldDown{Base: 10 * time.Second, Max: time.Minute, Forget: 5 * time.Minute}
	for _, tt := range []struct {
		name   string
		before int
		up     time.Duration
		want   int
	}{
		{"the first time", 0, time.Hour, 1},
		{"again at once", 1, time.Second, 2},
		{"again just before one is forgotten", 3, 5*time.Minute - 1, 4},
		{"again when one is forgotten", 3, 5 * time.Minute, 3},
		{"again when two are forgotten", 3, 11 * time.Minute, 2},
		{"all are forgotten", 3, time.Hour, 1},
	} {
		if got := d.flaps(tt.before, tt.up); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestRampIsLinearFromOnePercent(t *testing.T) {
	const slow = 100 * time.Second
	for up, want := range map[time.Duration]float64{-1: 0.01, 0: 0.01, 50: 0.505, 99: 0.9901, 100: 1, 1000: 1} {
		if got := ramp(slow, up*time.Second); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("after %v s: got %v, want %v", int(up), got, want)
		}
	}
}
