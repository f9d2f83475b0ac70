package vm

import (
	"context"
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/syntax"
)

// compile compiles a test's script, named t.lua.
func compile(t testing.TB, src string) *lua.FunctionProto {
	t.Helper()
	c, err := syntax.Parse("t.lua", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return c.Proto()
}

// printer makes a VM and returns what it has printed so far, lines joined by "; ".
func printer(t testing.TB, o Options) (*VM, func() string) {
	t.Helper()
	var lines []string
	o.Print = func(line string) { lines = append(lines, line) }
	v := New(o)
	t.Cleanup(func() { closeVM(t, v) })
	return v, func() string { return strings.Join(lines, "; ") }
}

// output runs src in a VM of its own and returns what it printed; if it
// failed, also the error.
func output(t testing.TB, src string) string {
	t.Helper()
	v, printed := printer(t, Options{Seed: 1})
	if err := v.RunMain(context.Background(), compile(t, src)); err != nil {
		return strings.TrimPrefix(printed()+"; "+err.Error(), "; ")
	}
	return printed()
}

func closeVM(t testing.TB, v *VM) {
	t.Helper()
	if err := v.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// call calls a global function of v.
func call(ctx context.Context, v *VM, name string) error {
	return v.Do(ctx, func(L *lua.LState) error {
		return L.CallByParam(lua.P{Fn: L.GetGlobal(name), Protect: true})
	})
}

type script struct{ name, src, want string }

func runScripts(t *testing.T, scripts []script) {
	t.Helper()
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			if got := output(t, s.src); got != s.want {
				t.Errorf("printed %q, want %q", got, s.want)
			}
		})
	}
}

func TestOf(t *testing.T) {
	v := New(Options{Name: "web"})
	defer closeVM(t, v)
	if Of(v.State()) != v || Of(v.State()).Name() != "web" {
		t.Error("the main state does not know its VM")
	}
	err := v.Do(context.Background(), func(L *lua.LState) error {
		if Of(L) != v {
			return errors.New("the thread does not know its VM")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStrictGlobals(t *testing.T) {
	v, printed := printer(t, Options{Strict: true})
	err := v.RunMain(t.Context(), compile(t, `
		limit = 3
		print(pcall(function() return limt end))
		print(rawget(_G, "limt"), select(2, pcall(function() return null end)))
		function later() oops = 1 end
		function set() limit = 4 print(limit) end`))
	if err != nil {
		t.Fatal(err)
	}
	if err := call(t.Context(), v, "set"); err != nil {
		t.Error(err)
	}
	want := "false\tt.lua:3: undefined name 'limt'; nil\tt.lua:4: undefined name 'null' (Lua writes nil); 4"
	if got := printed(); got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	err = call(t.Context(), v, "later")
	if err == nil || !strings.HasPrefix(err.Error(), "t.lua:5: 'oops' would become a global variable here") {
		t.Errorf("a late global gives %v", err)
	}
}
