package engine

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"luavs/checks"
	"luavs/ipvs"
)

func TestACheckIsToldItsServer(t *testing.T) {
	s := Server{Name: "web1", Destination: dest("2=3")}
	tests := []struct {
		key  ipvs.ServiceKey
		want checks.Target
	}{
		{vip(1), checks.Target{Addr: rip(2), Name: "web1", Weight: 3, Service: "tcp 10.0.0.1:80", VIP: vip(1).Addr, Memory: "m"}},
		{ipvs.MarkKey(5, ipvs.INET), checks.Target{Addr: rip(2), Name: "web1", Weight: 3, Service: "fwmark 5 inet", FWMark: 5, Memory: "m"}},
	}
	for _, tt := range tests {
		got := targetOf(&Service{Spec: ipvs.Service{ServiceKey: tt.key}}, &s, "m")
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateComparable(tt.want.Addr)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.key, diff)
		}
	}
}

func TestAReloadKeepsWhatACheckRemembers(t *testing.T) {
	inBubble(t, ipvs.NewMemory(), func(t *testing.T, e *Engine) {
		var most atomic.Int32
		grow := checks.Func(func(_ context.Context, t checks.Target) checks.Result {
			if t.Addr == rip(1) {
				most.Store(int32(len(t.Memory)))
			}
			return checks.Result{Outcome: checks.Pass, Memory: t.Memory + strings.Repeat("x", t.Weight)}
		})
		for range 2 {
			if err := e.Load(t.Context(), farm(grow)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(11 * time.Second)
		}
		// Every two seconds one letter more, for the server of weight 1.
		if n := most.Load(); n < 9 || n > 12 {
			t.Errorf("remembers %d runs, want about 11", n)
		}
	})
}
