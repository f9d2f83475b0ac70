package syntax

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// What no syntax tree can say is repaired in the code that gopher-lua makes.
// An instruction has its operation in the top 6 bits, then 8 bits of operand A
// and 9 each of C and B.

func operation(inst uint32) int { return int(inst >> 26) }
func operandA(inst uint32) int  { return int(inst >> 18 & 0xff) }
func operandB(inst uint32) int  { return int(inst & 0x1ff) }
func operandC(inst uint32) int  { return int(inst >> 9 & 0x1ff) }
func operandBx(inst uint32) int { return int(inst & 0x3ffff) }

const nop = uint32(lua.OP_NOP) << 26

// repair repairs the code of proto and of all functions in it.
func repair(proto *lua.FunctionProto) {
	if slices.ContainsFunc(proto.DbgLocals, func(l *lua.DbgLocalInfo) bool { return l.Name == gotoName }) {
		repairGoto(proto.Code)
	}
	repairTables(proto.Code)
	for _, p := range proto.FunctionPrototypes {
		repair(p)
	}
}

const gotoName = "(goto)"

// gotoMark is a local variable that functions with goto or label begin with.
func gotoMark(line int) ast.Stmt {
	s := &ast.LocalAssignStmt{Names: []string{gotoName}, Exprs: []ast.Expr{&ast.NilExpr{}}}
	s.SetLine(line)
	return s
}

// repairGoto takes out what closes variables that live on. gopher-lua puts a
// CLOSE before the jump of every goto, and fills in from which variable on
// only if some go out of scope that a closure uses. Otherwise it closes from
// 0: all variables of the function are cut off from their closures. This is
// the `goto continue` idiom. A rightful 0 would mean that no variable is left;
// but the one of gotoMark always is.
func repairGoto(code []uint32) {
	for i, inst := range code {
		if operation(inst) == lua.OP_CLOSE && operandA(inst) == 0 {
			code[i] = nop
		}
	}
}

// repairTables repairs table constructors. SETLIST stores entries without a
// key, 50 at a time; C counts the times. After 50 (or 100 ...) such entries,
// gopher-lua stores them again at each entry with a key that follows, from
// registers which were used for something else since; and it stores a last
// entry of any number of values (B is 0) over the first of the 50.
func repairTables(code []uint32) {
	stored := map[int]int{} // by the register of the table: the last C
	for i, inst := range code {
		a, c := operandA(inst), operandC(inst)
		switch operation(inst) {
		case lua.OP_NEWTABLE:
			delete(stored, a)
		case lua.OP_SETLIST:
			if again := stored[a] == c; again && operandB(inst) == 0 {
				code[i] = inst + 1<<9
			} else if again {
				code[i] = nop
			}
			stored[a] = c
		}
	}
}
