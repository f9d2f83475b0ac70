package syntax

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

func (n *normalizer) exprs(exprs []ast.Expr) []ast.Expr {
	for i, e := range exprs {
		exprs[i] = n.expr(e)
	}
	return exprs
}

// one rewrites an expression that stands where one value is wanted.
func (n *normalizer) one(e ast.Expr) ast.Expr { return single(n.expr(e)) }

func (n *normalizer) expr(expr ast.Expr) ast.Expr {
	if !n.enter(expr) {
		return expr
	}
	defer n.leave()
	switch e := expr.(type) {
	case *ast.NumberExpr:
		n.number(e)
	case *ast.StringExpr:
		n.constant(e, e.Value)
	case *ast.IdentExpr:
		n.constant(e, e.Value)
	case *ast.AttrGetExpr:
		e.Object, e.Key = n.one(e.Object), n.one(e.Key)
	case *ast.TableExpr:
		n.table(e)
	case *ast.FuncCallExpr:
		n.call(e)
	case *ast.FunctionExpr:
		e.Stmts = n.function(e.Stmts, e.Line())
	default:
		return n.operation(expr)
	}
	return expr
}

func (n *normalizer) operation(expr ast.Expr) ast.Expr {
	switch e := expr.(type) {
	case *ast.LogicalOpExpr:
		return n.logical(e)
	case *ast.RelationalOpExpr:
		e.Lhs, e.Rhs = n.one(e.Lhs), n.one(e.Rhs)
	case *ast.StringConcatOpExpr:
		return n.concat(e)
	case *ast.ArithmeticOpExpr:
		e.Lhs, e.Rhs = n.one(e.Lhs), n.one(e.Rhs)
	case *ast.UnaryMinusOpExpr:
		e.Expr = n.one(e.Expr)
	case *ast.UnaryLenOpExpr:
		e.Expr = n.one(e.Expr)
	case *ast.UnaryNotOpExpr:
		e.Expr = n.one(e.Expr)
		if truth, constant := truthOf(e.Expr); constant {
			return boolean(!truth, e)
		}
	}
	return expr
}

// table rewrites a table constructor. gopher-lua stores a call that is the
// last entry, with a key, as entries without a key, too.
func (n *normalizer) table(e *ast.TableExpr) {
	items := 0
	for _, f := range e.Fields {
		f.Value = n.expr(f.Value)
		if f.Key == nil {
			items++
		} else {
			f.Key, f.Value = n.one(f.Key), single(f.Value)
		}
	}
	if items > maxItems {
		n.fail(e, "more than %d entries in one table: compute them in a loop", maxItems)
	}
}

func (n *normalizer) call(e *ast.FuncCallExpr) {
	if e.Func != nil {
		e.Func = n.one(e.Func)
	} else {
		e.Receiver = n.one(e.Receiver)
		n.constant(e, e.Method)
	}
	e.Args = n.exprs(e.Args)
}

// number writes a number as gopher-lua reads it: of a hexadecimal one above
// 2^63 it makes NaN.
func (n *normalizer) number(e *ast.NumberExpr) {
	if f, ok := numberValue(e.Value); ok {
		e.Value = strconv.FormatFloat(f, 'g', -1, 64)
	} else {
		n.fail(e, "`%s` is not a number", e.Value)
	}
	n.constant(e, e.Value)
}

// logical folds `and` and `or` with a constant on the left, for which
// gopher-lua may jump past the value.
func (n *normalizer) logical(e *ast.LogicalOpExpr) ast.Expr {
	e.Lhs, e.Rhs = n.one(e.Lhs), n.one(e.Rhs)
	truth, constant := truthOf(e.Lhs)
	switch {
	case !constant:
		return e
	case truth == (e.Operator == "and"):
		return e.Rhs
	}
	return e.Lhs
}

// truthOf tells whether e is a constant, and whether that counts as true.
func truthOf(e ast.Expr) (truth, constant bool) {
	switch e.(type) {
	case *ast.TrueExpr, *ast.NumberExpr, *ast.StringExpr:
		return true, true
	case *ast.FalseExpr, *ast.NilExpr:
		return false, true
	}
	return false, false
}

func isConst(e ast.Expr) bool {
	_, constant := truthOf(e)
	return constant
}

func boolean(b bool, from ast.Expr) ast.Expr {
	if b {
		return at(&ast.TrueExpr{}, from)
	}
	return at(&ast.FalseExpr{}, from)
}

// isMulti tells whether e may have any number of values.
func isMulti(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		return !e.AdjustRet
	case *ast.Comma3Expr:
		return !e.AdjustRet
	}
	return false
}

// single makes e have one value, as parentheses do.
func single(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
	return e
}
