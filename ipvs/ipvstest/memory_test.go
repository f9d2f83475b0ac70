package ipvstest_test

import (
	"testing"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

func TestMemoryAnswersAsTheKernel(t *testing.T) {
	ipvstest.Conformance(t, func(*testing.T) ipvstest.Kernel {
		m := ipvs.NewMemory()
		m.SetInterfaces("lo")
		return m
	})
}
