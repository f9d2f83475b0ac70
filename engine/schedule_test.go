package engine

import (
	"fmt"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestFirstRunsAreSpreadEvenly(t *testing.T) {
	const servers, interval = 1000, 10 * time.Second
	var perTenth [10]int
	for i := range servers {
		at := rhythm{Every(interval), phaseOf(fmt.Sprintf("10.0.%d.%d:80", i/250, i%250), "tcp")}.first(noon)
		since := at.Sub(noon)
		if since < 0 || since >= firstWindow {
			t.Fatalf("server %d: first run after %v, want within %v", i, since, firstWindow)
		}
		perTenth[since*10/firstWindow]++
	}
	for i, n := range perTenth {
		if n < servers/20 || n > servers/5 {
			t.Errorf("tenth %d of the window has %d of %d first runs: not even", i, n, servers)
		}
	}
}

func TestFirstRunComesWithinAShortInterval(t *testing.T) {
	for i := range 100 {
		r := rhythm{Every(200 * time.Millisecond), phaseOf(fmt.Sprint(i))}
		if since := r.first(noon).Sub(noon); since < 0 || since >= 200*time.Millisecond {
			t.Errorf("identity %d: first run after %v, want within the interval", i, since)
		}
	}
}

func TestRhythmKeepsItsBeat(t *testing.T) {
	r := rhythm{Every(10 * time.Second), phaseOf("a")}
	for _, tt := range []struct {
		name      string
		late      time.Duration // when it is asked, after the run that was due at noon
		wantAfter time.Duration
	}{
		{"a quick answer", 5 * time.Millisecond, 10 * time.Second},
		{"an answer just before the next beat", 9999 * time.Millisecond, 10 * time.Second},
		{"an answer that took two and a half intervals", 25 * time.Second, 30 * time.Second},
		{"an answer on the beat", 20 * time.Second, 30 * time.Second},
	} {
		if got := r.next(noon, noon.Add(tt.late)).Sub(noon); got != tt.wantAfter {
			t.Errorf("%s: next run %v after the last beat, want %v", tt.name, got, tt.wantAfter)
		}
	}
}

func TestSecondRunComesWithinOneInterval(t *testing.T) {
	for i := range 100 {
		after := rhythm{Every(time.Minute), phaseOf(fmt.Sprint(i))}.second(noon).Sub(noon)
		if after < 30*time.Second || after > time.Minute {
			t.Errorf("identity %d: second run after %v, want between half an interval and a whole", i, after)
		}
	}
}

// However many there are, the runs of an interval are in fifty crowds at most,
// and in as many each time.
func TestRunsFallTogether(t *testing.T) {
	for interval, want := range map[time.Duration]int{
		10 * time.Second: 500, time.Second: 50, 100 * time.Millisecond: 50, 20 * time.Nanosecond: 20,
	} {
		times := map[time.Time]int{}
		for i := range 10_000 {
			r := rhythm{Every(interval), phaseOf(fmt.Sprint(i))}
			now := noon.Add(time.Duration(i) * interval / 10_000)
			beat := r.second(now)
			for range 3 {
				beat = r.next(beat, beat)
			}
			times[noon.Add(beat.Sub(noon)%interval)]++
		}
		if len(times) > want || len(times) < want/2 {
			t.Errorf("every %v: 10,000 runs at %d times, want about %d", interval, len(times), want)
		}
		for at, n := range times {
			if n > 4*10_000/want {
				t.Errorf("every %v: %d runs are at %v, which is not even", interval, n, at)
			}
		}
	}
}

// daily stands for a parsed cron line.
type daily struct{}

func (daily) Next(after time.Time) time.Time {
	return after.Truncate(24 * time.Hour).Add(27 * time.Hour)
}

func TestOtherSchedulesAreKeptToTheLetter(t *testing.T) {
	r := rhythm{daily{}, phaseOf("a")}
	want := daily{}.Next(noon)
	if got := r.second(noon); got != want {
		t.Errorf("second run: got %v, want %v", got, want)
	}
	if got := r.next(noon, noon); got != want {
		t.Errorf("next run: got %v, want %v", got, want)
	}
	if since := r.first(noon).Sub(noon); since >= firstWindow {
		t.Errorf("first run after %v, want soon after the start", since)
	}
}

func TestOnceIsDueOnce(t *testing.T) {
	at := noon.Add(time.Hour)
	if got := Once(at).Next(noon); got != at {
		t.Errorf("before: got %v, want %v", got, at)
	}
	if got := Once(at).Next(at); !got.IsZero() {
		t.Errorf("at its time: got %v, want never again", got)
	}
}
