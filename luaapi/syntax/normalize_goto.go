package syntax

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// gopher-lua puts a CLOSE instruction before the jump of every goto, and fills
// in from which variable on only if some go out of scope that a closure uses.
// Otherwise it closes from 0: all variables of the function are cut off from
// their closures, though both live on. This is the `goto continue` idiom.
//
// A rightful 0 means that no variable is left. So a function with goto or
// label gets one variable at its start, which always is left, and what still
// closes from 0 is taken out of the code.
const gotoName = "(goto)"

func gotoMark(line int) ast.Stmt {
	s := &ast.LocalAssignStmt{Names: []string{gotoName}, Exprs: []ast.Expr{&ast.NilExpr{}}}
	s.SetLine(line)
	return s
}

// repairGoto repairs the code of proto and all functions in it. An instruction
// has its operation in the top 6 bits and its first operand in the next 8.
func repairGoto(proto *lua.FunctionProto) {
	if slices.ContainsFunc(proto.DbgLocals, func(l *lua.DbgLocalInfo) bool { return l.Name == gotoName }) {
		for i, inst := range proto.Code {
			if int(inst>>26) == lua.OP_CLOSE && inst>>18&0xff == 0 {
				proto.Code[i] = uint32(lua.OP_NOP) << 26
			}
		}
	}
	for _, p := range proto.FunctionPrototypes {
		repairGoto(p)
	}
}
