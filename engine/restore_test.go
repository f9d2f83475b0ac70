package engine

import (
	"testing"
	"time"
)

func TestBelieve(t *testing.T) {
	for _, tt := range []struct {
		name   string
		kept   *KeptServer
		serves bool
		want   belief
	}{
		{"nothing was kept, it serves", nil, true, believeKernel},
		{"nothing was kept, it does not serve", nil, false, believeNothing},
		{"never answered, it serves", &KeptServer{Health: StateUnknown}, true, believeKernel},
		{"never answered, it does not serve", &KeptServer{Health: StateUnknown}, false, believeNothing},
		{"up and serves", &KeptServer{Health: StateUp, Serves: true}, true, believeKept},
		{"up and joined since it was kept", &KeptServer{Health: StateUp}, true, believeKept},
		{"up and left since it was kept", &KeptServer{Health: StateUp, Serves: true}, false, believeNothing},
		{"up and never chosen", &KeptServer{Health: StateUp}, false, believeKept},
		{"down and chosen all the same", &KeptServer{Health: StateDown, Serves: true}, true, believeKept},
		{"down and came back since it was kept", &KeptServer{Health: StateDown}, true, believeKernel},
		{"down and out", &KeptServer{Health: StateDown}, false, believeKept},
		{"down, chosen, and gone since", &KeptServer{Health: StateDown, Serves: true}, false, believeKept},
	} {
		if got := believe(tt.kept, tt.serves); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestATimeThatLiesAheadBeginsNow(t *testing.T) {
	at := func(seconds int64) time.Time {
		if seconds == 0 {
			return time.Time{}
		}
		return time.Unix(seconds, 0)
	}
	for _, tt := range []struct {
		name                     string
		since, until             int64 // 0 is never
		wantedSince, wantedUntil int64
	}{
		{"it goes on", 900, 1100, 900, 1100},
		{"it is over", 800, 900, 800, 900},
		{"it begins just now", 1000, 1100, 1000, 1100},
		{"the clock was set back", 5000, 5060, 1000, 1060},
		{"it has no end", 5000, 0, 1000, 0},
	} {
		since, until := notAhead(at(tt.since), at(tt.until), time.Unix(1000, 0))
		if !since.Equal(at(tt.wantedSince)) || !until.Equal(at(tt.wantedUntil)) {
			t.Errorf("%s: got %v to %v", tt.name, since, until)
		}
	}
}
