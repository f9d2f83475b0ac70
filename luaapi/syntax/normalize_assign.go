package syntax

import (
	"fmt"
	"slices"

	"github.com/yuin/gopher-lua/ast"
)

// assign takes an assignment apart where gopher-lua goes wrong: with several
// targets it assigns while it still evaluates (a, b = b, a gives 2 2 for 1 2),
// and `and`, `or` and calls may be evaluated in the very variable assigned to,
// so that `up = t.ok and t.body` keeps the old value when t.ok is nil, and
// `x = (...)` wipes out the variables after x.
func (n *normalizer) assign(s *ast.AssignStmt) ast.Stmt {
	s.Lhs, s.Rhs = n.targets(s.Lhs), n.exprs(s.Rhs)
	if needsSplit(s) {
		return split(s)
	}
	return s
}

// targets rewrites the left side of an assignment.
func (n *normalizer) targets(exprs []ast.Expr) []ast.Expr {
	for i, e := range exprs {
		exprs[i] = n.expr(e)
	}
	return exprs
}

func needsSplit(s *ast.AssignStmt) bool {
	if len(s.Lhs) > 1 || len(s.Rhs) > 1 {
		return true
	}
	switch l := s.Lhs[0].(type) {
	case *ast.AttrGetExpr:
		return isConst(l.Object) // (1).x = 2 compiles to nonsense
	default:
		switch s.Rhs[0].(type) {
		case *ast.LogicalOpExpr, *ast.FuncCallExpr, *ast.Comma3Expr:
			return true
		}
	}
	return false
}

// split makes
//
//	a, t[k] = x, y   =>   do local o, k1, v0, v1 = t, k, x, y; o[k1] = v1; a = v0 end
//
// which evaluates from left to right and assigns from right to left, as Lua does.
func split(s *ast.AssignStmt) ast.Stmt {
	var names, values []string
	var exprs []ast.Expr
	var stmts []ast.Stmt
	hold := func(name string, i int, e ast.Expr) ast.Expr {
		name = fmt.Sprintf("(%s %d)", name, i)
		names, exprs = append(names, name), append(exprs, e)
		return at(&ast.IdentExpr{Value: name}, e)
	}
	for i, target := range s.Lhs {
		if a, ok := target.(*ast.AttrGetExpr); ok {
			held := at(&ast.AttrGetExpr{Object: hold("object", i, single(a.Object)), Key: a.Key}, a)
			if _, fixed := a.Key.(*ast.StringExpr); !fixed {
				held.Key = hold("key", i, single(a.Key))
			}
			target = held
		}
		value := fmt.Sprintf("(value %d)", i)
		values = append(values, value)
		stmts = append(stmts, at(&ast.AssignStmt{
			Lhs: []ast.Expr{target},
			Rhs: []ast.Expr{at(&ast.IdentExpr{Value: value}, target)},
		}, s))
	}
	slices.Reverse(stmts)
	all := at(&ast.LocalAssignStmt{Names: append(names, values...), Exprs: append(exprs, s.Rhs...)}, s)
	return at(&ast.DoBlockStmt{Stmts: append([]ast.Stmt{all}, stmts...)}, s)
}
