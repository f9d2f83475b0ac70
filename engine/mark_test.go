package engine

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestMarksThatAreRestoredWaitForTheirServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		since := time.Now().Add(-time.Hour)
		marked := []MarkedServer{
			{vip(1), rip(1), Mark{Kind: MarkDrain, Why: "old", Since: since, Until: since.Add(time.Minute), Out: since.Add(time.Second)}},
			{vip(1), rip(2), Mark{Kind: MarkMaintenance, Since: since}},
			{vip(2), rip(1), Mark{Kind: MarkMaintenance, Since: since}},
		}
		l := idleLoop(t.Context())
		l.restoreMarks(marked[1:])
		l.restoreMarks(marked[:1])
		if got := l.marks.list(); !slices.Equal(got, marked) {
			t.Errorf("restored %v, listed %v", marked, got)
		}
		l.replace(farm(passes))
		l.settle()
		v := l.view(vip(1))
		if a, b := v.Servers[0], v.Servers[1]; a.State != StateDraining || a.Mark != marked[0].Mark || b.State != StateMaintenance {
			t.Errorf("got %+v and %+v", a, b)
		}
	})
}
