package syntax

import "github.com/yuin/gopher-lua/ast"

// concatName is the global function that a chunk calls in place of the operator
// `..`, with all operands of a chain. Package vm has it. It bounds the result:
// `s = s .. s` in a loop would use up all memory before anybody could end it.
// And it writes numbers as Lua does. No policy can write the name.
const concatName = "(concat)"

// concat makes a call of a chain a .. b .. c, but of one of written texts alone.
func (n *normalizer) concat(e *ast.StringConcatOpExpr) ast.Expr {
	var operands []ast.Expr
	open := 0
	for rest := ast.Expr(e); rest != nil; {
		operand := rest
		chain, more := rest.(*ast.StringConcatOpExpr)
		if rest = nil; more {
			operand, rest = chain.Lhs, chain.Rhs
		}
		operand = n.one(operand)
		if _, text := operand.(*ast.StringExpr); !text {
			open++
		}
		operands = append(operands, operand)
	}
	if open == 0 {
		return chainOf(e, operands)
	}
	n.constant(e, concatName)
	name := at(&ast.IdentExpr{Value: concatName}, e)
	return at(&ast.FuncCallExpr{Func: name, Args: operands, AdjustRet: true}, e)
}

// chainOf puts the rewritten operands back into their chain.
func chainOf(e *ast.StringConcatOpExpr, operands []ast.Expr) ast.Expr {
	for link := e; ; link = link.Rhs.(*ast.StringConcatOpExpr) {
		link.Lhs = operands[0]
		if operands = operands[1:]; len(operands) == 1 {
			link.Rhs = operands[0]
			return e
		}
	}
}
