package engine

import (
	"slices"
	"time"
)

// probesAtOnce is how many probes of a policy run at once that does not say.
const probesAtOnce = 4096

// gate lets so many probes run at once. The others wait in a line of their
// service, the one that was due first in front, and the lines take turns: a
// service whose servers all hang delays the others by no more than one turn.
type gate struct {
	most    int // above zero
	running int
	waiting int
	lines   []*line // in the order of their turns; none is empty
	of      map[*service]*line
}

// line is what waits of one service.
type line struct {
	service *service
	waiting []latecomer
}

// latecomer is a watch that waits, and when it was due.
type latecomer struct {
	*watch
	due time.Time
}

func newGate(most int) gate { return gate{most: most, of: map[*service]*line{}} }

// enter lets a watch start that was due at a time, or has it wait.
func (g *gate) enter(w *watch, due time.Time) bool {
	if g.running < g.most {
		g.running++
		return true
	}
	s := w.users[0].service
	q := g.of[s]
	if q == nil {
		q = &line{service: s}
		g.of[s] = q
		g.lines = append(g.lines, q)
	}
	q.waiting = append(q.waiting, latecomer{w, due})
	g.waiting++
	return false
}

// leave notes that a run has ended, and returns the watch that may start in
// its place, if there is one.
func (g *gate) leave() (next latecomer, ok bool) {
	g.running--
	for g.running < g.most && len(g.lines) > 0 {
		if next = g.next(); !next.gone {
			g.running++
			return next, true
		}
	}
	return latecomer{}, false
}

// next takes the first of the line whose turn it is.
func (g *gate) next() latecomer {
	q := g.lines[0]
	g.lines = slices.Delete(g.lines, 0, 1)
	first := q.waiting[0]
	q.waiting = q.waiting[1:]
	g.waiting--
	if len(q.waiting) == 0 {
		delete(g.of, q.service)
	} else {
		g.lines = append(g.lines, q)
	}
	return first
}

// reset sends away all who wait. What runs goes on.
func (g *gate) reset(most int) {
	running := g.running
	*g = newGate(most)
	g.running = running
}
