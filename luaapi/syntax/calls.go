package syntax

import lua "github.com/yuin/gopher-lua"

// nameCalls has calls of a function in a global table go by both names, as in
// "http.get" and not "get": messages and tracebacks show it.
func nameCalls(proto *lua.FunctionProto) {
	var modules [1 << 8]string // by register: of which its value was read as a field
	calls := proto.DbgCalls    // in the order of the code
	for pc, inst := range proto.Code {
		for ; len(calls) > 0 && calls[0].Pc == pc; calls = calls[1:] {
			if module := modules[operandA(inst)]; module != "" {
				calls[0].Name = module + "." + calls[0].Name
			}
		}
		if operation(inst) == lua.OP_GETTABLEKS && pc > 0 {
			modules[operandA(inst)] = moduleRead(proto, proto.Code[pc-1], operandB(inst))
		}
	}
	for _, p := range proto.FunctionPrototypes {
		nameCalls(p)
	}
}

// moduleRead is the global variable that inst reads into a register, or nothing.
func moduleRead(proto *lua.FunctionProto, inst uint32, register int) string {
	if operation(inst) != lua.OP_GETGLOBAL || operandA(inst) != register {
		return ""
	}
	return proto.Constants[operandBx(inst)].String()
}
