package vm

import (
	"context"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// compile compiles a test's script, named t.lua.
func compile(t testing.TB, src string) *lua.FunctionProto {
	t.Helper()
	chunk, err := parse.Parse(strings.NewReader(src), "t.lua")
	if err != nil {
		t.Fatal(err)
	}
	proto, err := lua.Compile(chunk, "t.lua")
	if err != nil {
		t.Fatal(err)
	}
	return proto
}

// output runs src in a VM of its own and returns what it printed; if it
// failed, also the error, as a last line.
func output(t testing.TB, src string) string {
	t.Helper()
	var b strings.Builder
	v := New(Options{Print: func(line string) { b.WriteString(line + "\n") }})
	defer closeVM(t, v)
	if err := v.RunMain(context.Background(), compile(t, src)); err != nil {
		b.WriteString(err.Error() + "\n")
	}
	return b.String()
}

func closeVM(t testing.TB, v *VM) {
	t.Helper()
	if err := v.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestSmoke(t *testing.T) {
	t.Log(output(t, `
print(("x"):rep(3), string.format("%5.1f|%-5d|%05d|%x|%q|%g|%s", 3.14159, 42, 42, 255, "a\n", 0.1, nil))
local n = 0
local function inc() n = n + 1 end
inc() pcall(function() error("x") end) inc() print("want 2", n)
print(pcall(error, "a")) print(pcall(error, {}))  print(xpcall(function() error("q") end, function(e) return e .. "!" end))
local co = coroutine.create(function(a, b) print(a, b) local c, d, e = coroutine.yield(1, 2) print(c, d, e) return coroutine.yield(5) end)
print(coroutine.resume(co, 7)) print(coroutine.resume(co, 8)) print(coroutine.resume(co, "z")) print(coroutine.resume(co)) print(coroutine.status(co))
print(("  trim me "):match("^%s*(.-)%s*$") .. "|", ("hello world"):gsub("o", "0"), ("k=v, a=b"):gsub("(%w+)=(%w+)", "%2=%1"))
for k, v in ("a=1,b=2"):gmatch("(%w)=(%w)") do print(k, v) end
print(getmetatable(""), math.huge, -math.huge, 1e15, 0.1, 1/3, tonumber("1e5"), tonumber("0x10"), tonumber(" 12 "), tonumber("z", 36))
for w in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do io = w print(w) end
print(pcall(function() coroutine.yield() end))
print(coroutine.wrap(function() return pcall(function() coroutine.yield() end) end)())
local function f() return coroutine.wrap(f)() end
print(pcall(f))

`))
}
