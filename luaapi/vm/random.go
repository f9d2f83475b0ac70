package vm

import (
	"math"
	"math/rand/v2"

	lua "github.com/yuin/gopher-lua"
)

// seed starts the VM's random numbers anew; 0 starts them anywhere.
func (v *VM) seed(n uint64) {
	if n == 0 {
		n = rand.Uint64()
	}
	v.rand = rand.New(rand.NewPCG(n, 0))
}

// mathRandom is math.random([m [, n]]): a number in [0,1), [1,m] or [m,n].
func mathRandom(L *lua.LState) int {
	r := Of(L).rand
	low, high := 1.0, 0.0
	switch L.GetTop() {
	case 0:
		L.Push(lua.LNumber(r.Float64()))
		return 1
	case 1:
		high = math.Floor(checkNumber(L, 1))
	default:
		low, high = math.Floor(checkNumber(L, 1)), math.Floor(checkNumber(L, 2))
	}
	if !(low <= high) {
		L.ArgError(L.GetTop(), "interval is empty")
	}
	L.Push(lua.LNumber(low + math.Floor(r.Float64()*(high-low+1))))
	return 1
}

func mathRandomseed(L *lua.LState) int {
	Of(L).seed(math.Float64bits(checkNumber(L, 1)) | 1<<63)
	return 0
}
