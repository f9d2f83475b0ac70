package syntax

import (
	lua "github.com/yuin/gopher-lua"
)

// A Use is a place where a chunk names a global variable.
type Use struct {
	Name   string
	Field  string // the field that is read of it there, if the text names one
	Line   int    // from 1
	Write  bool
	Inside bool // inside a function
}

// Globals returns every use of a global variable in the chunk and in all of its
// functions, also those that nobody calls.
func (c *Chunk) Globals() []Use { return c.globals }

// globalsOf adds the uses of a function to others. It reads the compiled code:
// the compiler knows which names are local.
func globalsOf(uses []Use, proto *lua.FunctionProto, inside bool) []Use {
	for i, inst := range proto.Code {
		op := operation(inst)
		if op != lua.OP_GETGLOBAL && op != lua.OP_SETGLOBAL {
			continue
		}
		use := Use{
			Name: proto.Constants[operandBx(inst)].String(), Write: op == lua.OP_SETGLOBAL,
			Line: proto.DbgSourcePositions[i], Inside: inside,
		}
		if !use.Write && i+1 < len(proto.Code) {
			use.Field = fieldRead(proto, proto.Code[i+1], operandA(inst))
		}
		if use.Name != concatName {
			uses = append(uses, use)
		}
	}
	for _, p := range proto.FunctionPrototypes {
		uses = globalsOf(uses, p, true)
	}
	return uses
}

// firstConstant is the first operand that means a constant, not a register.
const firstConstant = 1 << 8

// fieldRead returns the field that inst reads of a register, or nothing.
func fieldRead(proto *lua.FunctionProto, inst uint32, register int) string {
	op := operation(inst)
	if op != lua.OP_GETTABLEKS && op != lua.OP_SELF || operandB(inst) != register || operandC(inst) < firstConstant {
		return ""
	}
	name, _ := proto.Constants[operandC(inst)-firstConstant].(lua.LString)
	return string(name)
}
