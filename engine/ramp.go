package engine

import "time"

// A server that comes back after a fail has its weight in steps, from 1 % to
// all of it, as with HAProxy's slowstart.
const rampSteps = 20

// rampStep is the time between two steps.
func rampStep(slow time.Duration) time.Duration { return max(slow/rampSteps, 100*time.Millisecond) }

// ramp returns which part of its weight a server has that came up so long ago.
func ramp(slow, up time.Duration) float64 {
	if up >= slow {
		return 1
	}
	return 0.01 + 0.99*float64(max(up, 0))/float64(slow)
}
