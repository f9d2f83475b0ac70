package engine

import (
	"math"
	"time"
)

// Figures count what a policy has done since it was first put in force. A reload
// does not reset them.
type Figures struct {
	Loads    uint64  `json:"loads"`           // texts of it that were put in force
	Checks   uint64  `json:"checks"`          // runs of checks that were begun
	Changes  uint64  `json:"kernel_changes"`  // the kernel took
	Refusals uint64  `json:"kernel_refusals"` // the kernel did not take
	LateP50  float64 `json:"late_p50_ms"`     // how much later than due checks began in the last minute or two
	LateP99  float64 `json:"late_p99_ms"`
}

// counted is the figures of a loop while it counts them.
type counted struct {
	Figures
	late lateWindow
}

// began counts a run of a check that begins so much later than it is due.
func (c *counted) began(by time.Duration, now time.Time) {
	c.Checks++
	c.late.note(by, now)
}

// export is a copy for others.
func (c *counted) export(now time.Time) Figures {
	f := c.Figures
	c.late.turn(now)
	f.LateP50, f.LateP99 = c.late.quantile(0.5), c.late.quantile(0.99)
	return f
}

const (
	// lateSpan is how long each half of a window is.
	lateSpan = time.Minute

	// lateSteps is how many buckets there are for each doubling, the first for a
	// microsecond or less, the last for more than half a minute.
	lateSteps   = 4
	lateBuckets = 25*lateSteps + 1
)

// A lateWindow has how late runs began in the last minute or two, in buckets. It
// forgets by halves.
type lateWindow struct {
	now, before [lateBuckets]uint32
	began       time.Time // the half that is being filled
}

func (w *lateWindow) note(by time.Duration, now time.Time) {
	w.turn(now)
	w.now[lateBucket(by)]++
}

// turn begins a new half when the present one is full.
func (w *lateWindow) turn(now time.Time) {
	age := now.Sub(w.began)
	if age < lateSpan {
		return
	}
	w.before = w.now
	if age >= 2*lateSpan {
		w.before = [lateBuckets]uint32{}
	}
	w.now, w.began = [lateBuckets]uint32{}, now
}

func lateBucket(by time.Duration) int {
	if by <= time.Microsecond {
		return 0
	}
	doublings := math.Log2(float64(by) / float64(time.Microsecond))
	return min(int(math.Ceil(doublings*lateSteps)), lateBuckets-1)
}

// quantile returns, in milliseconds, what the part q of the runs was not later
// than; zero if there was none. It may be too high by a fifth.
func (w *lateWindow) quantile(q float64) float64 {
	total := uint32(0)
	for i := range w.now {
		total += w.now[i] + w.before[i]
	}
	if total == 0 {
		return 0
	}
	left := uint32(math.Ceil(q * float64(total)))
	for i := range w.now {
		n := w.now[i] + w.before[i]
		if n >= left {
			return math.Exp2(float64(i)/lateSteps) / 1000
		}
		left -= n
	}
	return math.Exp2((lateBuckets-1)/lateSteps) / 1000
}
