package engine

import (
	"fmt"
	"time"
)

const (
	// lateAfter is how much later than it is due a probe may start.
	lateAfter = time.Second

	// calmAfter is how long all probes must have started in time to say that
	// the schedule is kept again.
	calmAfter = 30 * time.Second
)

// lateness is whether the schedule is kept.
type lateness struct {
	by   time.Duration // how late the last late probe was; zero: the schedule is kept
	last time.Time     // when that was
}

// late notes by how much a probe starts late, and says once if that is too late.
func (l *loop) late(by time.Duration, now time.Time) {
	if by <= lateAfter {
		return
	}
	if l.lateness.by == 0 {
		l.log.Warn("probes start late: the schedule cannot be kept", "late", by.Round(time.Millisecond),
			"running", l.gate.running, "at once", l.gate.most, "waiting", l.gate.waiting)
	}
	l.lateness = lateness{by: by, last: now}
}

// calm says once that the schedule is kept again.
func (l *loop) calm(now time.Time) {
	if l.lateness.by > 0 && now.Sub(l.lateness.last) >= calmAfter {
		l.lateness = lateness{}
		l.log.Info("probes start in time again")
	}
}

// behind says by how much the schedule is not kept, or nothing.
func (l *loop) behind() string {
	if l.lateness.by == 0 {
		return ""
	}
	return fmt.Sprintf("probes start %v late: %d run at once, %d wait", l.lateness.by.Round(time.Millisecond), l.gate.running, l.gate.waiting)
}
