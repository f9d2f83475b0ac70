package checks

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := Func(func(ctx context.Context, _ Target) Result {
			r := start(ctx)
			<-ctx.Done()
			return r.stopped()
		})
		began := time.Now()
		got := Within(1500*time.Millisecond, waits).Check(t.Context(), Target{})
		expect(t, got, fail(Timeout, "no answer within 1.5s (not connected)"))
		if took := time.Since(began); took != 1500*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

func TestWithinKeepsWhatTheCheckSays(t *testing.T) {
	want := fail(Status, "status 503, want 200-299")
	got := Within(time.Hour, Func(func(context.Context, Target) Result { return want })).Check(t.Context(), Target{})
	expect(t, got, want)
}

func TestWithinIdentity(t *testing.T) {
	if got, want := fmt.Sprint(Within(time.Second, TCP{Route: Route{Port: 80}})), "tcp port=80 timeout=1s"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
