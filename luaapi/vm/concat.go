package vm

import lua "github.com/yuin/gopher-lua"

// concatName is what a chunk of package syntax calls in place of the operator
// `..`, which knows no limit.
const concatName = "(concat)"

func (v *VM) openConcat() { v.main.SetGlobal(concatName, v.main.NewFunction(concat)) }

// concat puts its arguments together from right to left, as `..` does.
func concat(L *lua.LState) int {
	if concatStrings(L) {
		return 1
	}
	right := L.Get(-1)
	for n := L.GetTop() - 1; n > 0; n-- {
		right = concatTwo(L, L.Get(n), right)
	}
	L.Push(right)
	return 1
}

// widestNumber is how many bytes a number takes at most.
const widestNumber = 24

// concatStrings is for strings and numbers alone: it makes one new string.
func concatStrings(L *lua.LState) bool {
	size, n := 0, L.GetTop()
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			size += len(v)
		case lua.LNumber:
			size += widestNumber
		default:
			return false
		}
	}
	checkSize(L, size)
	text := make([]byte, 0, size)
	for i := 1; i <= n; i++ {
		part, _ := textOf(L.Get(i))
		text = append(text, part...)
	}
	L.Push(lua.LString(text))
	return true
}

func concatTwo(L *lua.LState, left, right lua.LValue) lua.LValue {
	l, lIs := textOf(left)
	if r, rIs := textOf(right); lIs && rIs {
		checkSize(L, len(l)+len(r))
		return lua.LString(l + r)
	}
	op := L.GetMetaField(left, "__concat")
	if op == lua.LNil {
		op = L.GetMetaField(right, "__concat")
	}
	if op.Type() != lua.LTFunction {
		L.RaiseError("cannot perform concat operation between %s and %s", left.Type(), right.Type())
	}
	L.Push(op)
	L.Push(left)
	L.Push(right)
	L.Call(2, 1)
	result := L.Get(-1)
	L.Pop(1)
	return result
}
