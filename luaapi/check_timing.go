package luaapi

import (
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/engine"
	"luavs/luaapi/args"
)

// What a check has that does not say otherwise: HAProxy's rhythm, and a second
// for an answer.
const (
	checkEvery   = 2 * time.Second
	checkTimeout = time.Second
	checkRise    = 2
	checkFall    = 3
)

// maxCount bounds rise and fall.
const maxCount = 1000

// timing is when a check runs, and what its answers turn.
type timing struct {
	schedule engine.Schedule
	fast     time.Duration
	slow     time.Duration
	jitter   time.Duration
	timeout  time.Duration
	limits   engine.Limits
	initial  engine.Initial
}

// readTiming reads the fields that every check has.
func readTiming(f *args.Fields) timing {
	var t timing
	var every time.Duration
	t.timeout = f.Duration("timeout", 0, time.Millisecond)
	t.schedule, every = readSchedule(f, max(checkEvery, t.timeout))
	if t.timeout == 0 {
		t.timeout = checkTimeout
		if every > 0 {
			t.timeout = min(t.timeout, every)
		}
	}
	if every > 0 && t.timeout > every {
		f.Mistake("timeout", "%v is longer than every = %v: a run must end before the next one", t.timeout, every)
	}
	t.fast = f.Duration("fastinter", 0, shortest)
	if every > 0 && t.fast >= every {
		f.Mistake("fastinter", "%v is not shorter than every = %v", t.fast, every)
	}
	t.slow = f.Duration("downinter", 0, shortest)
	if t.slow > 0 && t.slow < t.timeout {
		f.Mistake("downinter", "%v is shorter than timeout = %v: a run must end before the next one", t.slow, t.timeout)
	}
	t.jitter = readJitter(f, every)
	t.limits = readLimits(f)
	t.initial = initials[f.Enum("initial", "unknown", initialWords...)]
	return t
}

var initialWords = []string{"unknown", "up", "down", "fully-up", "fully-down"}

var initials = map[string]engine.Initial{
	"unknown": engine.InitialUnknown, "up": engine.InitialUp, "down": engine.InitialDown,
	"fully-up": engine.InitialFullyUp, "fully-down": engine.InitialFullyDown,
}

// readJitter reads jitter: a part of the pause such as "10%", or a duration.
func readJitter(f *args.Fields, every time.Duration) time.Duration {
	const name = "jitter"
	text, _ := f.Value(name).(lua.LString)
	percent, isPart := strings.CutSuffix(string(text), "%")
	if !isPart {
		d := f.Duration(name, 0, time.Millisecond)
		if every > 0 && d >= every {
			f.Mistake(name, "%v is not shorter than every = %v", d, every)
		}
		return d
	}
	n, err := strconv.ParseFloat(percent, 64)
	switch {
	case err != nil || !(n > 0 && n < 100):
		f.Mistake(name, `want a part of every such as "10%%", above 0%% and below 100%%, or a duration, got %s`, args.Show(text))
	case every == 0:
		f.Mistake(name, "%s of what? With cron write a duration", text)
	}
	return time.Duration(float64(every) * n / 100)
}

// readLimits reads rise and fall.
func readLimits(f *args.Fields) engine.Limits {
	l := engine.Limits{Rise: f.Int("rise", checkRise, 1, maxCount), Fall: checkFall}
	if _, ok := f.Value("fall").(*lua.LTable); ok {
		readCauses(f.Sub("fall"), &l)
	} else {
		l.Fall = f.Int("fall", checkFall, 1, maxCount)
	}
	return l
}

// readCauses reads fall = { 3, timeout = 5, refused = 1 }.
func readCauses(f *args.Fields, l *engine.Limits) {
	l.Causes = map[checks.Cause]int{}
	items := f.List()
	if len(items) > 0 {
		n, ok := args.Whole(items[0], 1, maxCount)
		if !ok || len(items) > 1 {
			f.Mistake("", "want one number from 1 to %d for all causes that have none of their own, as in fall = { 3, timeout = 5 }", maxCount)
			return
		}
		l.Fall = n
	}
	for _, c := range checks.FailCauses() {
		if f.Has(string(c)) {
			l.Causes[c] = f.Int(string(c), checkFall, 0, maxCount)
		}
	}
}
