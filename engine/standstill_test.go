package engine

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"luavs/checks"
)

func TestStandstillIsToldFromTimeThatPasses(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct{ passed, wall, stood, moved time.Duration }{
		"a beat":                           {s / 4, s / 4, 0, 0},
		"a busy machine":                   {s, s, 0, 0},
		"the process was stopped":          {30 * s, 30 * s, 30 * s, 0},
		"the machine was suspended":        {s / 4, 3600*s + s/4, 0, 3600 * s},
		"the clock was set back":           {s / 4, -3600 * s, 0, -3600*s - s/4},
		"the clock was set a little":       {s / 4, s, 0, 0},
		"stopped while the clock was set":  {5 * s, 15 * s, 5 * s, 10 * s},
		"a leap second that was inserted":  {s / 4, s/4 - s, 0, 0},
		"a slewed clock, as by NTP, a day": {s / 4, s/4 + s/2000, 0, 0},
	} {
		if stood, moved := stoodStill(c.passed, c.wall); stood != c.stood || moved != c.moved {
			t.Errorf("%s: got %v and %v, want %v and %v", name, stood, moved, c.stood, c.moved)
		}
	}
}

func TestPulseCountsEachStandstillOnceWhoeverLooks(t *testing.T) {
	p := newPulse(slog.New(slog.DiscardHandler))
	start := p.seen
	for _, look := range []struct {
		at   time.Duration
		want int
	}{{250 * time.Millisecond, 0}, {1200 * time.Millisecond, 0}, {20 * time.Second, 1}, {19 * time.Second, 1}, {20 * time.Second, 1}, {40 * time.Second, 2}} {
		if got := p.look(start.Add(look.at)); got.number != look.want {
			t.Errorf("after %v: got %d standstills, want %d", look.at, got.number, look.want)
		}
	}
}

func TestStandstillsAreLoggedOnceAMinuteAndStepsOfTheClockAlways(t *testing.T) {
	const s = time.Second
	p := newPulse(slog.New(slog.DiscardHandler))
	for _, c := range []struct {
		at, moved time.Duration
		want      bool
	}{
		{0, 0, true}, {10 * s, 0, false}, {20 * s, -time.Hour, true}, {20*s + s/2, time.Hour, false}, {22 * s, 1, true},
		{70 * s, 0, false}, {82 * s, 0, true},
	} {
		if got := p.says(c.moved, p.seen.Add(c.at)); got != c.want {
			t.Errorf("after %v, the clock set by %v: logged %v, want %v", c.at, c.moved, got, c.want)
		}
	}
}

// TestNobodyWaitsForTheLogOfAStandstill has a loop look while another is about to
// log that time stood still.
func TestNobodyWaitsForTheLogOfAStandstill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := make(stuck)
		p := newPulse(slog.New(slog.NewTextHandler(log, nil)))
		p.seen = p.seen.Add(-time.Minute)
		go p.look(time.Now())
		synctest.Wait()
		if got := p.look(time.Now()); got.number != 1 {
			t.Errorf("got %d standstills, want 1", got.number)
		}
		close(log)
	})
}

// stuck is a log that nobody reads until it is closed.
type stuck chan struct{}

func (s stuck) Write(text []byte) (int, error) {
	<-s
	return len(text), nil
}

// TestTimesOfDayAreFoundAnewWhenTheClockWasSetBack sets the clock of a loop that
// waits for a time of day, and of one that counts from the last run.
func TestTimesOfDayAreFoundAnewWhenTheClockWasSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := idleLoop(t.Context())
		now := time.Now()
		l.replace(Config{Name: "jobs", Jobs: []Job{
			{Name: "hourly", Schedule: hourly{}, Run: func(context.Context) {}},
			{Name: "in a while", Schedule: Every(time.Minute), Run: func(context.Context) {}},
		}})
		l.spread(now.Add(-10 * time.Hour))
		if got, want := dueOf(l, "hourly"), (hourly{}).Next(now); !got.Equal(want) {
			t.Errorf("the clock was not set: hourly is due %v, want %v", got, want)
		}
		l.still.moved = -10 * time.Hour
		l.spread(now.Add(-10 * time.Hour))
		if got, want := dueOf(l, "hourly"), (hourly{}).Next(now.Add(-10*time.Hour)); !got.Equal(want) {
			t.Errorf("hourly is due %v, want %v", got, want)
		}
	})
}

// hourly is a schedule of times of day.
type hourly struct{}

func (hourly) Next(after time.Time) time.Time {
	return after.Round(0).Truncate(time.Hour).Add(time.Hour)
}

func dueOf(l *loop, job string) time.Time {
	for j := range l.jobs {
		if j.Name == job {
			return l.queue.when(j)
		}
	}
	return time.Time{}
}

// TestLoopSpreadsWhatIsDueAfterAStandstill has all checks of a large farm come
// due at once, those that wait for a time of day too.
func TestLoopSpreadsWhatIsDueAfterAStandstill(t *testing.T) {
	for name, tt := range map[string]struct {
		schedule Schedule
		moved    time.Duration
	}{
		"pauses": {Every(2 * time.Second), 0}, "times of day": {hourly{}, 0}, "times of day of a clock that was set": {hourly{}, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := idleLoop(t.Context())
				c := farm(passes)
				for n := 1; n < 200; n++ {
					srv := c.Services[0].Servers[0]
					srv.Destination.Addr, srv.Checks = rip(n), slices.Clone(srv.Checks)
					srv.Checks[0].Schedule = tt.schedule
					c.Services[0].Servers = append(c.Services[0].Servers, srv)
				}
				c.Services[0].Servers = c.Services[0].Servers[2:]
				l.replace(c)
				for _, srv := range l.servers() {
					l.queue.put(srv.checks[0], tt.schedule.Next(time.Now()))
				}
				time.Sleep(90 * time.Minute)
				l.still.moved = tt.moved
				l.spread(time.Now())
				soon := 0
				for _, srv := range l.servers() {
					if due := l.queue.when(srv.checks[0]); due.After(time.Now().Add(2 * time.Second)) {
						t.Fatalf("due %v after the standstill, want within two seconds", time.Until(due))
					} else if due.Before(time.Now().Add(200 * time.Millisecond)) {
						soon++
					}
				}
				if soon > 50 {
					t.Errorf("%d of 199 checks are due in the first tenth of that", soon)
				}
			})
		})
	}
}

// TestPassesCountAfterAStandstill has a server answer that was asked before it.
func TestPassesCountAfterAStandstill(t *testing.T) {
	l := idleLoop(t.Context())
	now := time.Now()
	w, fail := &watch{}, checks.Result{Outcome: checks.Fail, Took: time.Minute}
	if l.void(w, fail, now) {
		t.Error("a fail is void without a standstill")
	}
	l.still = standstill{number: 1, ended: now}
	if !l.void(w, fail, now) || l.void(w, checks.Result{Outcome: checks.Pass, Took: time.Minute}, now) {
		t.Error("want fails to be void, and passes to count")
	}
	void := 0
	for l.void(w, fail, now) {
		void++
	}
	if void != mostVoid {
		t.Errorf("%d fails in a row are void, want %d", void, mostVoid)
	}
	if l.void(w, fail, now.Add(wakingUp+time.Minute)) {
		t.Error("a fail long after the standstill is void")
	}
}
