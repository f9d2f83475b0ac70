package syntax

import (
	"fmt"

	"github.com/yuin/gopher-lua/ast"
)

// Limits on what gopher-lua compiles well.
const (
	maxTreeDepth = 3000   // its compiler is recursive
	maxConstants = 10_000 // different ones in a function: it searches them all for each
	maxItems     = 25_000 // without a key, in a table constructor: it cannot count further
)

// A normalizer rewrites a syntax tree where gopher-lua v1.1.2 compiles plain
// Lua wrongly. Every rewriting keeps meaning, order of evaluation and line
// numbers; which form goes wrong, and how, is said at each.
//
// Names that it makes up contain a parenthesis, so that no policy has them.
type normalizer struct {
	depth int
	funcs []*funcInfo // functions around, innermost last
	err   *Error
}

// funcInfo is what must be known of a whole function.
type funcInfo struct {
	constants map[string]struct{}
	gotos     bool
}

// chunk rewrites the main chunk.
func (n *normalizer) chunk(stmts []ast.Stmt) []ast.Stmt {
	return n.function(stmts, 1)
}

// function rewrites the body of a function that begins at line.
func (n *normalizer) function(stmts []ast.Stmt, line int) []ast.Stmt {
	f := &funcInfo{constants: map[string]struct{}{}}
	n.funcs = append(n.funcs, f)
	stmts = n.block(stmts)
	n.funcs = n.funcs[:len(n.funcs)-1]
	if f.gotos {
		stmts = append([]ast.Stmt{gotoMark(line)}, stmts...)
	}
	return stmts
}

// enter counts a level of the tree; false if it is one too many.
func (n *normalizer) enter(at ast.PositionHolder) bool {
	if n.depth++; n.depth > maxTreeDepth {
		n.fail(at, "this is too long for one statement: split it")
	}
	return n.err == nil
}

func (n *normalizer) leave() { n.depth-- }

// fail notes the first mistake.
func (n *normalizer) fail(at ast.PositionHolder, format string, args ...any) {
	if n.err == nil {
		n.err = &Error{Line: max(at.Line(), 1), Message: fmt.Sprintf(format, args...)}
	}
}

// constant counts the different constants of a function.
func (n *normalizer) constant(at ast.PositionHolder, value string) {
	c := n.funcs[len(n.funcs)-1].constants
	c[value] = struct{}{}
	if len(c) > maxConstants {
		n.fail(at, "more than %d different values are written in one function: compute them in a loop, or split it into several functions", maxConstants)
	}
}

func (n *normalizer) block(stmts []ast.Stmt) []ast.Stmt {
	out := make([]ast.Stmt, 0, len(stmts))
	for _, s := range stmts {
		if !n.enter(s) {
			return out
		}
		out = append(out, n.stmt(s))
		n.leave()
	}
	return out
}

func (n *normalizer) stmt(stmt ast.Stmt) ast.Stmt {
	switch s := stmt.(type) {
	case *ast.AssignStmt:
		return n.assign(s)
	case *ast.LocalAssignStmt:
		return n.local(s)
	case *ast.FuncCallStmt:
		s.Expr = n.expr(s.Expr)
	case *ast.DoBlockStmt:
		s.Stmts = n.block(s.Stmts)
	case *ast.WhileStmt:
		return n.while(s)
	case *ast.RepeatStmt:
		s.Stmts = n.block(s.Stmts)
		s.Condition = n.expr(s.Condition)
	case *ast.IfStmt:
		return n.ifElse(s)
	case *ast.NumberForStmt:
		s.Init, s.Limit = n.one(s.Init), n.one(s.Limit)
		if s.Step != nil {
			s.Step = n.one(s.Step)
		}
		s.Stmts = n.block(s.Stmts)
	case *ast.GenericForStmt:
		return n.genericFor(s)
	case *ast.FuncDefStmt:
		n.funcDef(s)
	case *ast.ReturnStmt:
		s.Exprs = n.exprs(s.Exprs)
	case *ast.GotoStmt, *ast.LabelStmt:
		n.funcs[len(n.funcs)-1].gotos = true
	}
	return stmt
}

// while drops a loop whose condition is constantly false: gopher-lua leaves
// jumps out of such a body that lead nowhere.
func (n *normalizer) while(s *ast.WhileStmt) ast.Stmt {
	s.Condition = n.expr(s.Condition)
	s.Stmts = n.block(s.Stmts)
	if truth, constant := truthOf(s.Condition); constant && !truth {
		return at(&ast.DoBlockStmt{}, s)
	}
	return s
}

// ifElse replaces a statement with a constant condition by the branch that is
// taken; gopher-lua loses the rest of the function in some of them.
func (n *normalizer) ifElse(s *ast.IfStmt) ast.Stmt {
	s.Condition = n.expr(s.Condition)
	s.Then = n.block(s.Then)
	s.Else = n.block(s.Else)
	truth, constant := truthOf(s.Condition)
	if !constant {
		return s
	}
	taken := s.Else
	if truth {
		taken = s.Then
	}
	return at(&ast.DoBlockStmt{Stmts: taken}, s)
}

// genericFor gives the loop its three values by a local statement: gopher-lua
// does not fill up with nil when there are fewer, and drops results of a call
// that is not alone.
func (n *normalizer) genericFor(s *ast.GenericForStmt) ast.Stmt {
	s.Exprs = n.exprs(s.Exprs)
	s.Stmts = n.block(s.Stmts)
	if len(s.Exprs) == 1 && isMulti(s.Exprs[0]) {
		return s
	}
	names := []string{"(for f)", "(for s)", "(for v)"}
	values := at(&ast.LocalAssignStmt{Names: names, Exprs: s.Exprs}, s)
	s.Exprs = nil
	for _, name := range names {
		s.Exprs = append(s.Exprs, at(&ast.IdentExpr{Value: name}, s))
	}
	return at(&ast.DoBlockStmt{Stmts: []ast.Stmt{values, s}}, s)
}

// local keeps `local f = function ... f ... end` apart from `local function f`,
// which gopher-lua does not: in the first, the f inside is not the new one. Its
// parser leaves a trace: only the second form has a last line.
func (n *normalizer) local(s *ast.LocalAssignStmt) ast.Stmt {
	s.Exprs = n.exprs(s.Exprs)
	if len(s.Names) == 1 && len(s.Exprs) == 1 && s.LastLine() == 0 {
		if f, ok := s.Exprs[0].(*ast.FunctionExpr); ok {
			s.Exprs = append(s.Exprs, at(&ast.NilExpr{}, f))
		}
	}
	return s
}

// funcDef rewrites the function of `function a.b:c() end`. The name of a plain
// function is left as it is: the compiler makes an assignment of it.
func (n *normalizer) funcDef(s *ast.FuncDefStmt) {
	n.expr(s.Func)
	if s.Name.Func != nil {
		s.Name.Func = n.expr(s.Name.Func)
	} else {
		s.Name.Receiver = n.expr(s.Name.Receiver)
	}
}

// at gives node the lines of from.
func at[T ast.PositionHolder](node T, from ast.PositionHolder) T {
	node.SetLine(from.Line())
	node.SetLastLine(from.LastLine())
	return node
}
