//go:build kernel

package ipvstest_test

import (
	"testing"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

func TestTheKernelAnswersAsWritten(t *testing.T) {
	ipvstest.Conformance(t, func(t *testing.T) ipvstest.Kernel {
		ipvstest.Namespace(t)
		c, err := ipvs.Dial()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	})
}
