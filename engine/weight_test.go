package engine

import (
	"math"
	"slices"
	"testing"

	"luavs/checks"
)

func TestWeightFromAdvice(t *testing.T) {
	set := func(n int) checks.Advice { return checks.Advice{Kind: checks.SetWeight, Value: n} }
	add := func(n int) checks.Advice { return checks.Advice{Kind: checks.AddWeight, Value: n} }
	scale := func(n int) checks.Advice { return checks.Advice{Kind: checks.ScaleWeight, Value: n} }
	for _, tt := range []struct {
		name       string
		configured int
		advice     []checks.Advice
		want       int
	}{
		{"none", 5, nil, 5},
		{"advice that says nothing", 5, []checks.Advice{{}, {}}, 5},
		{"a weight of its own", 5, []checks.Advice{set(70)}, 70},
		{"the least of two", 5, []checks.Advice{set(70), set(30)}, 30},
		{"set to nothing", 5, []checks.Advice{set(0)}, 0},
		{"keepalived: exit code 5 and weight 10: 5 - 2 - 10 is added", 10, []checks.Advice{add(-7)}, 3},
		{"keepalived: contributions are summed", 10, []checks.Advice{add(-7), add(20), add(-3)}, 20},
		{"a sum below zero is zero", 10, []checks.Advice{add(-7), add(-7)}, 0},
		{"half", 10, []checks.Advice{scale(50)}, 5},
		{"half of a half", 100, []checks.Advice{scale(50), scale(50)}, 25},
		{"more than all", 100, []checks.Advice{scale(200)}, 200},
		{"rounded to the nearest", 3, []checks.Advice{scale(50)}, 2},
		{"a little of one stays one", 1, []checks.Advice{scale(1)}, 1},
		{"a little of a little stays one", 1, []checks.Advice{scale(1), scale(1)}, 1},
		{"none of it is none", 100, []checks.Advice{scale(0)}, 0},
		{"a weight of zero stays zero", 0, []checks.Advice{scale(200)}, 0},
		{"what is set is scaled", 1, []checks.Advice{set(50), scale(10)}, 5},
		{"what is added is scaled", 10, []checks.Advice{add(10), scale(50)}, 10},
		{"not above what the kernel takes", math.MaxInt32, []checks.Advice{scale(256)}, math.MaxInt32},
		{"a sum not above it either", math.MaxInt32, []checks.Advice{add(math.MaxInt32)}, math.MaxInt32},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 {
				w := newWeighing(tt.configured)
				for _, a := range tt.advice {
					w.take(a)
				}
				if got := w.weight(); got != tt.want {
					t.Errorf("%v of %d: got %d, want %d", tt.advice, tt.configured, got, tt.want)
				}
				slices.Reverse(tt.advice) // the order does not matter
			}
		})
	}
}
