package vm

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// operate does what an operator does with numbers.
func operate(name string, a, b float64) float64 {
	switch name {
	case "add":
		return a + b
	case "sub":
		return a - b
	case "mul":
		return a * b
	case "div":
		return a / b
	case "mod":
		return modulo(a, b)
	case "pow":
		return math.Pow(a, b)
	}
	return -a
}

// modulo is gopher-lua's: it has the sign of b.
func modulo(a, b float64) float64 {
	m := math.Mod(a, b)
	if b > 0 && m < 0 || b < 0 && m > 0 {
		m += b
	}
	return m
}

// addArithmetic puts the operators into the metatable of texts: gopher-lua by
// itself takes "010" for 8.
func addArithmetic(L *lua.LState, mt *lua.LTable) {
	for _, name := range []string{"add", "sub", "mul", "div", "mod", "pow", "unm"} {
		mt.RawSetString("__"+name, L.NewFunction(func(L *lua.LState) int {
			a, aIs := numberOf(L.Get(1))
			b, bIs := numberOf(L.Get(2))
			switch {
			case aIs && (bIs || name == "unm"):
				L.Push(lua.LNumber(operate(name, float64(a), float64(b))))
			case name == "unm":
				L.RaiseError("attempt to perform arithmetic on a string that is no number")
			default:
				L.Push(otherOperator(L, name))
			}
			return 1
		}))
	}
}

// otherOperator calls the operator of the right operand, as the left is a text
// that is no number or has nothing to do with that one.
func otherOperator(L *lua.LState, name string) lua.LValue {
	right := L.Get(2)
	op, ok := L.GetMetaField(right, "__"+name).(*lua.LFunction)
	if _, isText := right.(lua.LString); !ok || isText {
		L.RaiseError("cannot perform %s operation between %s and %s", name, L.Get(1).Type(), right.Type())
	}
	L.Push(op)
	L.Push(L.Get(1))
	L.Push(right)
	L.Call(2, 1)
	result := L.Get(-1)
	L.Pop(1)
	return result
}

// mathModf is math.modf(n): the whole part of n, and the rest, which is 0 of an
// infinite one.
func mathModf(L *lua.LState) int {
	n := checkNumber(L, 1)
	whole, rest := math.Modf(n)
	if math.IsInf(n, 0) {
		rest = math.Copysign(0, n)
	}
	L.Push(lua.LNumber(whole))
	L.Push(lua.LNumber(rest))
	return 2
}
