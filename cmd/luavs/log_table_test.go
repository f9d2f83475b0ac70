package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// messages returns what the source logs by some methods of slog: the literals that
// its messages begin with.
func messages(t *testing.T, methods ...string) (all []string) {
	t.Helper()
	for _, dir := range []string{"../../cmd", "../../luaapi", "../../engine", "../../checks"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/testdata/") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if text := message(n, methods); text != "" {
					all = append(all, text)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// message returns the literal that the message of a call begins with, if it is one
// of a method.
func message(n ast.Node, methods []string) string {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(methods, f.Sel.Name) {
		return ""
	}
	first := call.Args[0]
	if slices.Contains([]string{"Log", "NewRecord"}, f.Sel.Name) && len(call.Args) > 2 {
		first = call.Args[2] // after two that say when and how much it matters
	}
	for {
		switch e := first.(type) {
		case *ast.BinaryExpr:
			first = e.X
			continue
		case *ast.BasicLit:
			text, _ := strconv.Unquote(e.Value)
			return text
		}
		return ""
	}
}

// rows returns the messages in the first column of the table of operations.md.
func rows(t *testing.T) (all []string) {
	t.Helper()
	guide, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(guide), "## What log lines mean\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for line := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(first, -1) {
			all = append(all, strings.TrimSuffix(found[1], " ..."))
		}
	}
	return all
}

// Whoever reads a warning finds what it means, and finds no message that there is
// not.
func TestTheGuideHasEachWarning(t *testing.T) {
	table := rows(t)
	warnings := messages(t, "Warn", "Error", "NewRecord")
	for _, text := range warnings {
		if !slices.ContainsFunc(table, func(row string) bool { return strings.HasPrefix(text, row) }) {
			t.Errorf("the table of log lines in docs/operations.md lacks %q", text)
		}
	}
	if len(warnings) < 25 {
		t.Errorf("only %d warnings: %q", len(warnings), warnings)
	}
	all := messages(t, "Warn", "Error", "Info", "Debug", "Log", "NewRecord")
	for _, row := range table {
		if row != "in" && !slices.ContainsFunc(all, func(text string) bool {
			return strings.HasPrefix(text, row) || strings.HasPrefix(row, strings.TrimSpace(text)+" ")
		}) {
			t.Errorf("docs/operations.md has %q, which nothing logs", row)
		}
	}
}
