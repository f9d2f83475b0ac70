package syntax

import (
	"os"
	"strings"
	"testing"
)

// differences are what docs/lua.md says under "Where it differs from Lua 5.1".
var differences = []struct{ name, src, lua51, here string }{
	{"the length of a table with __len", "P(#setmetatable({}, {__len = function() return 7 end}))", "0", "7"},
	{"the bounds of a loop are numbers", "E(function() for i = '1', 2 do end return 1 end)", "1", "error"},
	{"% of large numbers is exact", "P(2^53 % -3)", "0", "-1"},
	{"tonumber of what is no number", "P(tonumber('nan') ~= nil, tonumber('inf'))", "true inf", "false nil"},
	{"tonumber of a negative number to a base", "P(tonumber('-3', 8))", "1.844674407371e+19", "-3"},
	{"%s of any value", "E(string.format, '%s', nil)", "error", "nil"},
	{"%s of a byte 0", "P(#('%s'):format('a\\0b'))", "1", "3"},
	{"%c of 0", "P(#('%c'):format(0))", "0", "1"},
	{"recursion", "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end E(f, 1000)", "1000", "error"},
	{"pcall inside pcall", "local function f(n) return n == 0 or (select(2, pcall(f, n - 1))) end P(f(195) == true)", "true", "false"},
	{"a string of 2 MB", "E(function() return #('x'):rep(2^21) end)", "2097152", "error"},
	{"goto", "goto out P(1) ::out:: P(2)", "", "2"},
	{"functions that are not there", "P(loadstring ~= nil, setfenv ~= nil, io ~= nil, debug ~= nil, module ~= nil, newproxy ~= nil)", "true true true true true true", "false false false false false false"},
	{"weak tables", "local t = setmetatable({}, {__mode = 'k'}) t[{}] = 1 collectgarbage() P(next(t) == nil)", "true", "false"},
	{"a contradictory order", "E(table.sort, {1, 2, 3, 4, 5, 6}, function() return true end)", "error", ""},
	{"many results at once", "E(function() return select('#', ('x'):rep(5000):byte(1, -1)) end)", "5000", "error"},
}

func TestKnownDifferences(t *testing.T) {
	texts := make([]string, len(differences))
	for i, d := range differences {
		texts[i] = "reset() " + d.src
	}
	theirs := reference(t, texts)
	for i, d := range differences {
		t.Run(d.name, func(t *testing.T) {
			if got := plain(theirs[i]); got != d.lua51 {
				t.Errorf("lua5.1 says %q, want %q", got, d.lua51)
			}
			if got := plain(ours(t, texts[i])); got != d.here {
				t.Errorf("here it is %q, want %q", got, d.here)
			}
		})
	}
}

// plain is what was printed; nothing if the program does not compile.
func plain(text string) string {
	if strings.Contains(text, "does not compile") {
		return ""
	}
	return strings.TrimSpace(text)
}

// TestKnownDifferencesAreDocumented: each has its words on the page.
func TestKnownDifferencesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/lua.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## Where it differs from Lua 5.1\n")
	if !ok {
		t.Fatal("docs/lua.md has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, word := range []string{"`#`", "bounds of a loop", "`%`", "tonumber(\"inf\")", "tonumber(\"-3\", 8)", "%s", "%c", "recursion", "`pcall`", "1 MiB",
		"goto", "loadstring", "setfenv", "__mode", "table.sort", "string.byte", "xpcall", "2^53", "never shrinks", "data.load", "math.randomseed", "collectgarbage"} {
		if !strings.Contains(section, word) {
			t.Errorf("%s is not in the section", word)
		}
	}
}
