package engine

import (
	"fmt"
	"testing"
	"time"

	"luavs/checks"
)

func TestAnswersThatSayTheSameShareTheirMemory(t *testing.T) {
	all := said{}
	ok := checks.Result{Outcome: checks.Pass, Reason: "status 200", Took: time.Second}
	slow := ok
	slow.Took = time.Minute
	var a, b watch
	a.hears(ok, noon, all)
	b.hears(slow, noon, all)
	if a.last != b.last {
		t.Error("two answers that differ in their time alone are kept twice")
	}
	if a.result() != ok || b.result() != slow {
		t.Errorf("got %+v and %+v, want what was heard", a.result(), b.result())
	}
	for i := range 10 * maxSaid {
		r := checks.Result{Outcome: checks.Fail, Reason: fmt.Sprint(i)}
		if b.hears(r, noon, all); b.result() != r {
			t.Fatalf("got %+v, want %+v", b.result(), r)
		}
	}
	if len(all) > maxSaid || a.result() != ok {
		t.Errorf("%d answers are kept, want at most %d; the first is %+v", len(all), maxSaid, a.result())
	}
}

func TestAPresumptionIsNobodyElses(t *testing.T) {
	all := said{}
	var a, b watch
	a.hears(checks.Result{Outcome: checks.Pass}, noon, all)
	b.hears(checks.Result{Outcome: checks.Pass}, noon, all)
	a.presumes(Health{State: StateUp}, wasServing)
	if a.result().Reason != wasServing || b.result().Reason != "" {
		t.Errorf("got %q and %q, want the reason with the first alone", a.result().Reason, b.result().Reason)
	}
}
