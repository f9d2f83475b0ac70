package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestQueueRunsWhatIsDueInOrder(t *testing.T) {
	var l loop
	q := &l.queue
	var ran []int
	items := map[int]*timed{}
	for _, second := range []int{5, 1, 4, 2, 3} {
		items[second] = &timed{run: func(time.Time) { ran = append(ran, second) }}
		q.put(items[second], noon.Add(time.Duration(second)*time.Second))
	}
	q.take(items[2])
	q.put(items[5], noon)                     // sooner than before
	q.put(items[1], noon.Add(10*time.Second)) // later than before
	l.ring(noon.Add(4 * time.Second))
	if want := []int{5, 3, 4}; !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
	if got, want := q.next(), noon.Add(10*time.Second); !got.Equal(want) {
		t.Errorf("next: got %v, want %v", got, want)
	}
	q.put(items[1], time.Time{})
	if got := q.next(); !got.IsZero() {
		t.Errorf("next of an empty queue: got %v, want never", got)
	}
}

func TestQueueMayBeChangedByWhatItRuns(t *testing.T) {
	var l loop
	q := &l.queue
	runs := 0
	again := &timed{}
	again.run = func(now time.Time) {
		runs++
		q.put(again, now.Add(time.Second))
	}
	q.put(again, noon)
	for s := range 5 {
		l.ring(noon.Add(time.Duration(s) * time.Second))
	}
	if runs != 5 {
		t.Errorf("ran %d times in five seconds, want 5", runs)
	}
}

func TestQueueAgreesWithASortedList(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var q queue
	in := map[*timed]time.Time{}
	all := make([]*timed, 50)
	for i := range all {
		all[i] = &timed{run: func(time.Time) {}}
	}
	for range 5000 {
		it := all[rnd.IntN(len(all))]
		if rnd.IntN(3) == 0 {
			q.take(it)
			delete(in, it)
		} else {
			in[it] = noon.Add(time.Duration(rnd.IntN(1000)) * time.Second)
			q.put(it, in[it])
		}
		var want time.Time
		for _, at := range in {
			if want.IsZero() || at.Before(want) {
				want = at
			}
		}
		if got := q.next(); !got.Equal(want) {
			t.Fatalf("next: got %v, want %v", got, want)
		}
		if got := q.when(it); !got.Equal(in[it]) {
			t.Fatalf("one that was put or taken: due %v, want %v", got, in[it])
		}
	}
}
