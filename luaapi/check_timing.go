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
	degraded checks.Advice
}

// readTiming reads the fields that every check of a kind has.
func readTiming(f *args.Fields, kind string) timing {
	rules := readRules(f, kind)
	t := timing{timeout: f.Duration("timeout", 0, time.Millisecond)}
	var every time.Duration
	t.schedule, every = readSchedule(f, max(rules.every, t.timeout))
	if t.timeout == 0 {
		t.timeout = rules.answerWithin(every)
	}
	if every > 0 && t.timeout > every {
		f.Mistake("timeout", "%v is longer than every = %v: a run must end before the next one", t.timeout, every)
	}
	t.readPauses(f, rules, every)
	t.limits = readLimits(f, rules)
	t.degraded = readDegraded(f)
	t.initial = initials[f.Enum("initial", rules.initial, initialWords...)]
	return t
}

// answerWithin returns the timeout of a check that has none of its own.
func (r ruleset) answerWithin(every time.Duration) time.Duration {
	switch {
	case every == 0:
		return max(r.timeout, time.Second)
	case r.timeout == 0:
		return every
	}
	return min(r.timeout, every)
}

// readPauses reads the pauses besides every.
func (t *timing) readPauses(f *args.Fields, rules ruleset, every time.Duration) {
	t.fast = f.Duration("fastinter", 0, shortest)
	switch {
	case every > 0 && t.fast >= every:
		f.Mistake("fastinter", "%v is not shorter than every = %v", t.fast, every)
	case t.fast == 0 && (every == 0 || rules.fast < every):
		t.fast = rules.fast
	}
	t.slow = f.Duration("downinter", 0, shortest)
	if t.slow > 0 && t.slow < t.timeout {
		f.Mistake("downinter", "%v is shorter than timeout = %v: a run must end before the next one", t.slow, t.timeout)
	}
	t.jitter = readJitter(f, every)
}

// readDegraded reads degraded_weight: a weight, or a part such as "50%".
func readDegraded(f *args.Fields) checks.Advice {
	const name = "degraded_weight"
	v := f.Value(name)
	if v == lua.LNil {
		return checks.Advice{}
	}
	if !lua.LVCanConvToString(v) {
		f.Mistake(name, `want a weight such as 5 or "50%%", got %s`, args.Show(v))
		return checks.Advice{}
	}
	advice, err := checks.ParseAdvice(v.String())
	if err != nil {
		f.Mistake(name, "%v", err)
	}
	return advice
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

// decideAtOnce lets a single answer turn the verdict unless the policy says
// otherwise: of checks whose answer is a decision that somebody has made.
func (t *timing) decideAtOnce(f *args.Fields) {
	if !f.Has("rise") {
		t.limits.Rise = 1
	}
	if !f.Has("fall") {
		t.limits.Fall = 1
	}
}

// readLimits reads rise and fall.
func readLimits(f *args.Fields, rules ruleset) engine.Limits {
	l := engine.Limits{Rise: f.Int("rise", rules.rise, 1, maxCount), Fall: rules.fall}
	if _, ok := f.Value("fall").(*lua.LTable); ok {
		readCauses(f.Sub("fall"), &l)
	} else {
		l.Fall = f.Int("fall", rules.fall, 1, maxCount)
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
			l.Causes[c] = f.Int(string(c), l.Fall, 0, maxCount)
		}
	}
}
