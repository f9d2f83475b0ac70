package engine

import (
	"container/heap"
	"time"
)

// A timed is something that is due at a time. It stands in one queue at most.
type timed struct {
	at    time.Time
	run   func(now time.Time) // called by the loop; must not block
	place int                 // in the queue, plus one; zero: in none
}

// queue holds what is due, soonest first. It is not for concurrent use. The
// zero queue is empty.
type queue struct{ items timedHeap }

// put makes t due at a time, wherever it stood before. The zero time takes it
// out.
func (q *queue) put(t *timed, at time.Time) {
	q.take(t)
	if at.IsZero() {
		return
	}
	t.at = at
	heap.Push(&q.items, t)
}

// take takes t out, if it is in.
func (q *queue) take(t *timed) {
	if t.place > 0 {
		heap.Remove(&q.items, t.place-1)
	}
}

// next returns when the soonest is due, or the zero time if nothing ever is.
func (q *queue) next() time.Time {
	if len(q.items) == 0 {
		return time.Time{}
	}
	return q.items[0].at
}

// runDue takes out and runs all that is due now, and tells whether anything
// was.
func (q *queue) runDue(now time.Time) (ran bool) {
	for len(q.items) > 0 && !q.items[0].at.After(now) {
		heap.Pop(&q.items).(*timed).run(now)
		ran = true
	}
	return ran
}

// slot is a place in the queue. The time stands in it, and not with the rest in
// memory that is elsewhere: of thousands, most are compared only.
type slot struct {
	at    time.Time
	timed *timed
}

// timedHeap implements [heap.Interface].
type timedHeap []slot

func (h timedHeap) Len() int           { return len(h) }
func (h timedHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }

func (h timedHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].timed.place, h[j].timed.place = i+1, j+1
}

func (h *timedHeap) Push(x any) {
	t := x.(*timed)
	t.place = len(*h) + 1
	*h = append(*h, slot{t.at, t})
}

func (h *timedHeap) Pop() any {
	old := *h
	t := old[len(old)-1].timed
	old[len(old)-1] = slot{}
	*h = old[:len(old)-1]
	t.place = 0
	return t
}
