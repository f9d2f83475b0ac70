package engine

import "time"

// alarmSlack is how far from its time an alarm may be.
const alarmSlack = 100 * time.Microsecond

// alarm wakes a loop. When it rings it is set anew at once, for the time at
// which a loop that is busy goes on: while the loop works, the threads of the
// process go to sleep until the next alarm, and one that came up only afterwards
// would cost the waking of one.
type alarm struct {
	timer *time.Timer
	at    time.Time
}

// newAlarm returns an alarm that rings at once.
func newAlarm() *alarm { return &alarm{timer: time.NewTimer(0)} }

func (a *alarm) rings() <-chan time.Time { return a.timer.C }

// rang is to be called when it has rung.
func (a *alarm) rang(now time.Time) {
	a.at = time.Time{}
	a.set(now.Add(together))
}

// set makes the alarm ring at a time, and only then; never at the zero time.
func (a *alarm) set(t time.Time) {
	if t.IsZero() {
		a.at = t
		a.timer.Stop()
		return
	}
	if d := t.Sub(a.at); d.Abs() <= alarmSlack {
		return
	}
	a.at = t
	a.timer.Reset(time.Until(t))
}

func (a *alarm) stop() { a.timer.Stop() }
