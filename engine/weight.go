package engine

import (
	"math"
	"time"

	"luavs/checks"
)

// weighing works out the weight a server serves with. What its checks advise
// is taken in this order, whatever the order of the checks: the least weight
// that one of them sets, or the configured one; the sum of what they add
// (keepalived's misc_dynamic); the product of the parts they scale it to.
type weighing struct {
	configured int
	set        int // -1: none
	add        int
	scale      float64
}

func newWeighing(configured int) weighing {
	return weighing{configured: configured, set: -1, scale: 1}
}

// take takes one advice in.
func (w *weighing) take(a checks.Advice) {
	switch a.Kind {
	case checks.SetWeight:
		if w.set < 0 || a.Value < w.set {
			w.set = a.Value
		}
	case checks.AddWeight:
		w.add += a.Value
	case checks.ScaleWeight:
		w.scale *= float64(a.Value) / 100
	}
}

// weight returns the weight, from 0 to what the kernel takes (an int, struct
// ip_vs_dest_user). Scaling makes 0 of a positive weight only if it is scaled
// to 0 %.
func (w weighing) weight() int {
	base := w.configured
	if w.set >= 0 {
		base = w.set
	}
	base += w.add
	if base <= 0 || w.scale <= 0 {
		return 0
	}
	return int(min(max(1, math.Round(float64(base)*w.scale)), math.MaxInt32))
}

// weigh brings the weight a server serves with in line with its checks and its
// slow start, and tells whether it changed.
func (srv *server) weigh(now time.Time) bool {
	sum := newWeighing(srv.weight)
	for _, w := range srv.checks {
		sum.take(w.advised())
	}
	if c := srv.combined; c != nil {
		sum.take(c.advice)
	}
	if c := srv.course; c != nil && !c.rampSince.IsZero() {
		part := ramp(srv.decl.SlowStart, now.Sub(c.rampSince))
		if sum.scale *= part; part == 1 {
			c.rampSince = time.Time{}
		}
	}
	old := srv.serves
	srv.serves = sum.weight()
	if srv.serves != old {
		srv.view = nil
	}
	return srv.serves != old
}
