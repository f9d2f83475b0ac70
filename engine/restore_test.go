package engine

import "testing"

func TestBelieve(t *testing.T) {
	for _, tt := range []struct {
		name   string
		kept   *KeptServer
		serves bool
		want   belief
	}{
		{"nothing was kept, it serves", nil, true, believeKernel},
		{"nothing was kept, it does not serve", nil, false, believeNothing},
		{"never answered, it serves", &KeptServer{Health: StateUnknown}, true, believeKernel},
		{"never answered, it does not serve", &KeptServer{Health: StateUnknown}, false, believeNothing},
		{"up and serves", &KeptServer{Health: StateUp, Serves: true}, true, believeKept},
		{"up and joined since it was kept", &KeptServer{Health: StateUp}, true, believeKept},
		{"up and left since it was kept", &KeptServer{Health: StateUp, Serves: true}, false, believeNothing},
		{"up and never chosen", &KeptServer{Health: StateUp}, false, believeKept},
		{"down and chosen all the same", &KeptServer{Health: StateDown, Serves: true}, true, believeKept},
		{"down and came back since it was kept", &KeptServer{Health: StateDown}, true, believeKernel},
		{"down and out", &KeptServer{Health: StateDown}, false, believeKept},
		{"down, chosen, and gone since", &KeptServer{Health: StateDown, Serves: true}, false, believeKept},
	} {
		if got := believe(tt.kept, tt.serves); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}
