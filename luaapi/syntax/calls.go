package syntax

import lua "github.com/yuin/gopher-lua"

// nameCalls has calls of a function in a global table go by both names, as in
// "http.get" and not "get": messages and tracebacks show it.
func nameCalls(proto *lua.FunctionProto) {
	for i, call := range proto.DbgCalls {
		if name := moduleCalled(proto, call.Pc); name != "" {
			proto.DbgCalls[i].Name = name + "." + call.Name
		}
	}
	for _, p := range proto.FunctionPrototypes {
		nameCalls(p)
	}
}

// moduleCalled is the global variable of which the function that instruction pc
// calls was read as a field, or nothing. The last instruction before it that
// sets the register called has read it: arguments are in higher ones.
func moduleCalled(proto *lua.FunctionProto, pc int) string {
	register := operandA(proto.Code[pc])
	for i := pc - 1; i > 0; i-- {
		inst := proto.Code[i]
		if operandA(inst) != register || operation(inst) != lua.OP_GETTABLEKS {
			continue
		}
		from := proto.Code[i-1]
		if operation(from) != lua.OP_GETGLOBAL || operandA(from) != operandB(inst) {
			return ""
		}
		return proto.Constants[operandBx(from)].String()
	}
	return ""
}
