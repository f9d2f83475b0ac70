package vm

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func TestSandbox(t *testing.T) {
	for _, name := range []string{
		"dofile", "load", "loadfile", "loadstring", "require", "module", "setfenv", "getfenv", "newproxy", "package", "io", "debug",
		"channel", "_printregs", "_GOPHER_LUA_VERSION", "os.execute", "os.exit", "os.remove", "os.rename", "os.getenv", "os.setenv",
		"os.tmpname", "os.setlocale", "string.dump", "math.randomseed_", "rawlen",
	} {
		if got := output(t, "print("+name+")"); got != "nil" {
			t.Errorf("%s is %s, want nil", name, got)
		}
	}
	for _, name := range []string{"assert", "pairs", "select", "unpack", "xpcall", "table.sort", "string.byte", "math.floor", "os.time", "os.clock", "coroutine.wrap", "_G", "_VERSION"} {
		if got := output(t, "print(type("+name+") ~= 'nil')"); got != "true" {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestLibraries(t *testing.T) {
	runScripts(t, []script{
		{"the metatable of strings is hidden", "print(getmetatable(''), pcall(setmetatable, '', {}))", "false\tfalse\tbad argument #1 to 'setmetatable' (table expected, got string)"},
		{"a protected metatable stays", "print(pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))", "false\tcannot change a protected metatable"},
		{"numbers as Lua writes them", "print(0.1, 1/3, 1e15, 2^53, 1e100, -0.5, 1e14, 123456789012345, 1/0, -1/0, 100)", "0.1\t0.33333333333333\t1e+15\t9.007199254741e+15\t1e+100\t-0.5\t1e+14\t1.2345678901234e+14\tinf\t-inf\t100"},
		{"tonumber", "print(tonumber('1e5'), tonumber(' 0x1F '), tonumber('010'), tonumber('z', 36), tonumber('1_0'), tonumber('inf'), tonumber(''), tonumber('--1'), tonumber('8', 8), tonumber({}), tonumber('-0x10'))",
			"100000\t31\t10\t35\tnil\tnil\tnil\tnil\tnil\tnil\t-16"},
		{"math.huge is infinite", "print(math.huge == 1/0)", "true"},
		{"math.random keeps its interval", "for i = 1, 1000 do local x, y = math.random(3), math.random(-2, 2) assert(x >= 1 and x <= 3 and x % 1 == 0 and y >= -2 and y <= 2) assert(math.random() < 1) end print(pcall(math.random, 0))",
			"false\tbad argument #1 to 'math.random' (interval is empty)"},
		{"math.randomseed repeats", "math.randomseed(7) local a = math.random() math.randomseed(7) print(a == math.random())", "true"},
		{"error with levels", "local function f(n) error('e', n) end\nlocal function g(n)\n f(n) end\nprint(pcall(g, 0), pcall(g, 1))\nprint(pcall(g, 2))\nprint(pcall(error)) print(pcall(error, 'x')) print(pcall(function() error(42) end))",
			"false\tfalse\tt.lua:1: e; false\tt.lua:3: e; false\tnil; false\tx; false\tt.lua:6: 42"},
		{"error values pass through pcall", "local e = {} print(select(2, pcall(error, e)) == e, select(2, pcall(error, nil)))", "true\tnil"},
		{"a call of nil says what", "local t = {}\nlocal function f() local x = 1 t.go(x) end\nprint(pcall(f)) print(pcall(function() return (t.a)(1), tostring(t.b()) end))\nprint(pcall(function() local s = nil s:up() end))",
			"false\tt.lua:2: attempt to call 'go', which is no function; false\tt.lua:3: attempt to call 'a' or 'b', which is no function; false\tt.lua:4: attempt to index a non-table object(nil) with key 'up'"},
		{"xpcall", "print(xpcall(function() return 1, 2 end, print)) print(xpcall(error, function() return 1, 2 end)) print(xpcall(error, function() error('again', 0) end))",
			"true\t1\t2; false\t1; false\tagain"},
		{"string.rep is bounded", "print(#('ab'):rep(500000), pcall(string.rep, 'abc', 1e10))", "1000000\tfalse\tthe resulting string is longer than 1048576 bytes"},
		{"string.rep with odd counts", "print(('a'):rep(-1), ('a'):rep(0/0), (''):rep(1e18), ('a'):rep(2.9))", "\t\t\taa"},
		{"table.concat of many", "local t = {} for i = 1, 20000 do t[i] = i end print(#table.concat(t, ','), table.concat({1, 2, 3}, '-', 2), table.concat({}, 'x'), pcall(table.concat, {{}}))",
			"108893\t2-3\t\tfalse\tinvalid value (table) at index 1 in table for 'concat'"},
		{"table.concat is bounded", "local s = ('x'):rep(600000) print(pcall(table.concat, {s, s}))", "false\tthe resulting string is longer than 1048576 bytes"},
		{"gsub is bounded", "print(pcall(string.gsub, ('x'):rep(2000), 'x', ('y'):rep(1000)))", "false\tthe resulting string is longer than 1048576 bytes"},
		{"gsub of many", "local s, n = ('a'):rep(500000):gsub('a', 'b') print(#s, n)", "500000\t500000"},
		{"a costly pattern is refused", "print(pcall(string.match, 'x' .. (' '):rep(20000) .. 'y', '^%s*(.-)%s*$'))", "false\tpattern \"^%s*(.-)%s*$\" is too expensive for this string of 20002 bytes"},
		{"trim of a normal string is cheap enough", "print((' '):rep(500) .. 'x' == nil, #((' '):rep(500) .. 'x y' .. (' '):rep(500)):match('^%s*(.-)%s*$'))", "false\t3"},
		{"large sparse arrays are bounded", "local t = {} t[67108863] = 1 print(#t, t[67108863])", "0\t1"},
		{"upper and lower work on bytes", "print(('aZ\\255é'):upper() == 'AZ\\255é', ('aZÉ'):lower())", "true\tazÉ"},
		{"format takes any value for %s", "print(('%s %s %s %5.1s|'):format(nil, true, setmetatable({}, {__tostring = function() return 'T' end}), 'xyz'))", "nil true T     x|"},
		{"format refuses", "print(pcall(string.format, '%y', 1)) print(pcall(string.format, '%d', 'x')) print(pcall(string.format, '%d')) print(pcall(string.format, '%123d', 1)) print(pcall(string.format, '%'))",
			"false\tinvalid option '%y' to 'format'; false\tbad argument #2 to 'string.format' (number expected, got string); false\tbad argument #2 to 'string.format' (number expected, got nil); false\tinvalid format (width or precision too long); false\tinvalid option '%' to 'format'"},
		{"collectgarbage", "print(collectgarbage('count') > 0, collectgarbage(), pcall(collectgarbage, 'x'))", "true\t0\tfalse\tbad argument #1 to 'collectgarbage' (invalid option 'x')"},
		{"an error value that is a table", "error({message = 'disk full'})", "t.lua:1: disk full"},
		{"an error value without a message", "error({})", "t.lua:1: error with a table value instead of a message"},
		{"__tostring must give a string", "print(pcall(tostring, setmetatable({}, {__tostring = function() return {} end})))", "false\t'tostring' must return a string to 'print'"},
		{"coroutine.running and status", "print(coroutine.running()) local co co = coroutine.create(function() print(coroutine.running() == co, coroutine.status(co)) coroutine.wrap(function() print(coroutine.status(co)) end)() pcall(function() print(coroutine.running() == co) end) end) print(coroutine.status(co)) coroutine.resume(co) print(coroutine.status(co))",
			"nil; suspended; true\trunning; normal; true; dead"},
		{"a coroutine resumes itself", "local co co = coroutine.create(function() return coroutine.resume(co) end) print(coroutine.resume(co))", "true\tfalse\tcannot resume running coroutine"},
		{"a dead coroutine", "local f = coroutine.wrap(function() end) f() print(pcall(f))", "false\tcannot resume dead coroutine"},
		{"an error in a coroutine", "print(coroutine.resume(coroutine.create(function() error('e') end))) print(type(select(2, pcall(coroutine.wrap(function() error({1}) end)))))", "false\tt.lua:1: e; table"},
		{"a yield that cannot be", "print(pcall(coroutine.yield)) print(coroutine.wrap(function() return pcall(coroutine.yield) end)()) print(coroutine.wrap(function() local t = setmetatable({}, {__index = function() coroutine.yield() end}) return pcall(function() return t.x end) end)())",
			"false\tattempt to yield from outside a coroutine; false\tattempt to yield across pcall, a metamethod, an iterator or a callback; false\tt.lua:1: attempt to yield across pcall, a metamethod, an iterator or a callback"},
		{"coroutines inside each other are bounded", "local function f() return coroutine.wrap(f)() end print(pcall(f))", "false\tt.lua:1: stack overflow (more than 190 protected calls or coroutines inside each other)"},
		{"pcall inside pcall is bounded", "local n = 0 local function f() n = n + 1 local ok, e = pcall(f) if not ok then error(e, 0) end end print(pcall(f)) print(n)", "false\tt.lua:1: stack overflow (more than 190 protected calls or coroutines inside each other); 190"},
		{"recursion is bounded", "local function f() return 1 + f() end print(pcall(f))", "false\tlua callstack overflow"},
	})
}

func TestTraceback(t *testing.T) {
	v, _ := printer(t, Options{})
	err := v.RunMain(t.Context(), compile(t, "local function probe()\n  local x = nil + 1\nend\nlocal function run() probe() end\n\nrun()\n"))
	want := "t.lua:2: in function 'probe'\nt.lua:4: in function 'run'\nt.lua:6: in the main chunk"
	if e, ok := err.(*Error); !ok || strings.Join(e.Traceback, "\n") != want || e.Line != 2 || e.File != "t.lua" {
		t.Errorf("gives %#v", err)
	}
}

// TestTracebackOfATask: what a task begins with is no main chunk.
func TestTracebackOfATask(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"a function without a name", "local function g()\n  local x = nil + 1\nend\nf = function() g() end", "t.lua:2: in function 'g'|t.lua:4: in function <t.lua:4>"},
		{"an error of a function of the library", "f = function()\n  table.concat(1)\nend", "t.lua:2: in function <t.lua:1>"},
		{"inside a callback", "f = function()\n  table.sort({1, 2}, function()\n    error('e')\n  end)\nend", "t.lua:3: in function <t.lua:2>|t.lua:2: in function <t.lua:1>"},
		{"too long a run", "f = function()\n  while true do end\nend", "t.lua:2: in function <t.lua:1>"},
		{"too long a run in a function", "local function g() while true do end end\nf = function()\n  g()\nend", "t.lua:1: in function 'g'|t.lua:3: in function <t.lua:2>"},
		{"too long a run in pcall", "f = function()\n  pcall(function() while true do end end)\nend", "t.lua:2: in function <t.lua:2>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, _ := printer(t, Options{Limits: Limits{Budget: 10 * time.Millisecond}})
			if err := v.RunMain(t.Context(), compile(t, tt.src)); err != nil {
				t.Fatal(err)
			}
			err := v.Do(t.Context(), func(L *lua.LState) error {
				_, err := Call(L, L.GetGlobal("f"))
				return err
			})
			if e, ok := err.(*Error); !ok || strings.Join(e.Traceback, "|") != tt.want {
				t.Errorf("gives %#v, want %s", err, tt.want)
			}
		})
	}
}

// patterns are compared with lua5.1: each subject with each pattern.
const patterns = `
local subjects = {"", "a", "hello world", "  trim me  ", "key = value, x=1", "aXbXc", "(a(b)c)d", "THE (quick) fox", "\0a\0", "f(a,b)", "10.0.0.1:80", "aaab", "]^-%"}
local pats = {"", ".", ".-", ".*", "a*", "a+b", "(%w+)%s*=%s*(%w+)", "^%s*(.-)%s*$", "%b()", "%f[%a]%a+", "%f[%A]", "(a)(b?)", "()", "(()a)", "[%w_]+", "[^%s]+", "[a-c]", "[]]", "[^]]", "[%]^-]+", "[a-]", "^", "$", "^$", "%d+%.%d+", "(.)%1", "%z", "%u%l*", "X", "%%", "l+", "x?y?", "(%a+)$", "%p", "[[:]", "%S-$", ".-b"}
local bad = {"(", ")", "%", "[", "[a", "[%", "%b", "%bx", "%f", "(()", "%1", "(a%2)", "[^", "%0"}
local repl = {"<%0>", "%1%1", "%%", "", "x"}
local function show(...) local t = {} for i = 1, select("#", ...) do t[i] = tostring((select(i, ...))):gsub("%z", "0") end print(table.concat(t, "|")) end
for _, s in ipairs(subjects) do
	for _, p in ipairs(pats) do
		show(s:find(p)) show(s:match(p)) show(s:find(p, 3)) show(s:match(p, -2)) show(s:find(p, 1, true)) show(s:find(p, 50))
		for _, r in ipairs(repl) do show(s:gsub(p, r)) show(s:gsub(p, r, 2)) end
		show(s:gsub(p, {a = "A", hello = 1, X = false})) show(s:gsub(p, function(a, b) return b end))
		local n = 0 for a, b, c in s:gmatch(p) do show(a, b, c) n = n + 1 if n > 50 then break end end
	end
	for _, p in ipairs(bad) do show((pcall(string.find, s, p))) show((pcall(string.gsub, s, p, ""))) end
	for _, r in ipairs{"%2", "%9"} do show((pcall(string.gsub, s, "a", r))) end
end
local formats = {"%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%.3d", "%8.3d", "%08.3d", "%i", "%u", "%x", "%#x", "%X", "%#X", "%o", "%#o", "%e", "%.0e", "%E", "%f", "%.0f", "%#.0f", "%10.2f", "%-10.2f|", "%+.1f", "%010.3f", "%g", "%.3g", "%#g", "%G", "%.0g", "%20.10g", "%c|", "%5s|", "%%"}
local numbers = {0, 1, -1, 42, 255, 0.1, -0.5, 1e10, 1e15, 1e16, 1.5e300, 1e-5, 123456.789, 2^31, 2^53, 65, 100000, 1e5, 99999.25, 1/0, -1/0}
for _, f in ipairs(formats) do
	for _, n in ipairs(numbers) do
		if not (f:find("[diuxXoc]") and (n % 1 ~= 0 or n >= 2^63 or n < 0 and f:find("[uxXoc]") or f:find("c") and n % 256 == 0)) then show(f, (f:format(n))) end
	end
end
show(("%q"):format('a"b\\c\nd\re\0f')) show(("%s|%10s|%-10s|%.2s"):format("abc", "abc", "abc", "abc"))
for _, n in ipairs(numbers) do show(n, tostring(n), n == n * 2 or tonumber(tostring(n))) end
for _, s in ipairs{"1", " 1 ", "1e1", "0x10", "1 2", "", " ", "1e", ".5", "5.", "0x", "1.5e+3", "+5", "- 5", "5-"} do show(s, tonumber(s)) end
for b = 2, 36, 7 do for _, s in ipairs{"10", "zz", "7", " 11 "} do show(b, s, tonumber(s, b)) end end
`

func TestStringsDoWhatLua51Does(t *testing.T) {
	path, err := exec.LookPath("lua5.1")
	if err != nil {
		t.Fatal("no reference to compare with: apt-get install lua5.1")
	}
	out, err := exec.CommandContext(t.Context(), path, "-e", patterns).Output()
	if err != nil {
		t.Fatalf("lua5.1: %v", err)
	}
	var b strings.Builder
	v := New(Options{Print: func(line string) { b.WriteString(line + "\n") }})
	defer closeVM(t, v)
	if err := v.RunMain(t.Context(), compile(t, patterns)); err != nil {
		t.Fatal(err)
	}
	want, got := strings.Split(string(out), "\n"), strings.Split(b.String(), "\n")
	if len(got) != len(want) {
		t.Errorf("printed %d lines, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("line %d is %q, want %q (after %q)", i, got[i], want[i], got[max(0, i-3):i])
		}
	}
}

// TestCallsAreNamedOnceTheMainChunkHasEnded: what a function calls in vain has
// its name in the message, whoever wrote the function in whichever.
func TestCallsAreNamedOnceTheMainChunkHasEnded(t *testing.T) {
	v, _ := printer(t, Options{})
	if err := v.RunMain(t.Context(), compile(t, "no = {}\nfunction outer()\n local function inner() no.such() end\n inner()\nend")); err != nil {
		t.Fatal(err)
	}
	const want = "t.lua:3: attempt to call 'no.such', which is no function"
	if err := call(t.Context(), v, "outer"); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
