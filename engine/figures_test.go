package engine

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHowLateChecksBegin(t *testing.T) {
	var w lateWindow
	now := time.Unix(1e9, 0)
	if got := w.quantile(0.99); got != 0 {
		t.Errorf("of nothing %v, want 0", got)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var all []float64
	for range 5000 {
		by := time.Duration(math.Exp(random.Float64()*16) * float64(time.Microsecond))
		all = append(all, by.Seconds()*1000)
		w.note(by, now)
	}
	slices.Sort(all)
	for _, q := range []float64{0.01, 0.5, 0.99, 1} {
		exact := all[max(0, int(math.Ceil(q*float64(len(all))))-1)]
		if got := w.quantile(q); got < exact || got > exact*1.2 {
			t.Errorf("quantile %v is %v, want %v or up to a fifth more", q, got, exact)
		}
	}
}

func TestHowLateChecksBeganIsForgotten(t *testing.T) {
	var c counted
	now := time.Unix(1e9, 0)
	p99 := func(after time.Duration) float64 {
		now = now.Add(after)
		return c.export(now).LateP99
	}
	c.began(time.Second, now)
	if got := p99(lateSpan); got < 1000 || got > 1200 {
		t.Errorf("after a minute %v ms, want 1000", got)
	}
	c.began(0, now)
	if got := p99(lateSpan - 1); got < 1000 {
		t.Errorf("after another %v ms, want 1000", got)
	}
	if got := p99(1); got != 0.001 {
		t.Errorf("then %v ms, want a microsecond", got)
	}
	if got := p99(2 * lateSpan); got != 0 {
		t.Errorf("at last %v ms, want none", got)
	}
	if c.Checks != 2 {
		t.Errorf("%d checks, want 2", c.Checks)
	}
}

func TestTheLargestLatenessHasABucket(t *testing.T) {
	for _, by := range []time.Duration{-time.Second, 0, 1, time.Microsecond, time.Hour, math.MaxInt64} {
		if n := lateBucket(by); n < 0 || n >= lateBuckets {
			t.Errorf("%v is in bucket %d", by, n)
		}
	}
}
