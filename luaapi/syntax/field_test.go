package syntax

import (
	"context"
	"fmt"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/vm"
)

const policy = `local vip = "10.0.0.1:80"
local web = virtual_server(vip) {
  schedular = "wrr",
  check = check.http { path = "/", every = "2s" },
  real_server "192.168.0.1:80" { weight = 1 }, real_server "192.168.0.2:80" {
    weight = 3,
    ["name"] = "b", [vip] = 1,
  },
  on = { up = f, down = f },
  tags = (x and { a = 1 }) or { b = 2 },
  function() return { inner = 1 } end,
}

on("down", remedy {
  max = 3 }, { max = 4 })
ipvs
  .service { addr = "10.0.0.1" }
svc:add {
  port = 80 }
`

func TestFieldLine(t *testing.T) {
	c, err := Parse("p.lua", []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		line int
		path []any
		want string
	}{
		{"a field", 2, []any{"schedular"}, "3:3"},
		{"the table itself", 2, nil, "2:33"},
		{"a field of a call that is a value", 2, []any{"check", "every"}, "4:36"},
		{"a field of a table that is a value", 2, []any{"on", "down"}, "9:18"},
		{"a field of either side of an operator", 2, []any{"tags", "b"}, "10:33"},
		{"an entry", 2, []any{2}, "5:48"},
		{"a field of an entry", 2, []any{2, "weight"}, "6:5"},
		{"a key in brackets", 2, []any{2, "name"}, "7:5"},
		{"an entry that is a function", 2, []any{3}, "11:3"},
		{"a call of its own, by its line", 5, []any{"name"}, "7:5"},
		{"either of two calls of one line", 5, []any{"weight"}, "5:0"},
		{"a call among arguments", 14, []any{"max"}, "15:3"},
		{"a call that begins on an earlier line", 16, []any{"addr"}, "17:14"},
		{"a method call", 18, []any{"port"}, "19:3"},
		{"no such field", 2, []any{"scheduler"}, "no"},
		{"no such entry", 2, []any{4}, "no"},
		{"no such nested field", 2, []any{"schedular", "x"}, "no"},
		{"a key that only the program knows", 2, []any{2, "vip"}, "no"},
		{"a field inside a function", 2, []any{"inner"}, "no"},
		{"no call at that line", 1, []any{"schedular"}, "no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := "no"
			if line, col, ok := c.FieldLine(tt.line, tt.path...); ok {
				got = fmt.Sprintf("%d:%d", line, col)
			}
			if got != tt.want {
				t.Errorf("FieldLine(%d, %v) gives %s, want %s", tt.line, tt.path, got, tt.want)
			}
		})
	}
}

// TestFieldLineAgreesWithTheRunningProgram makes sure that the line a binding
// sees is the one by which FieldLine knows the call.
func TestFieldLineAgreesWithTheRunningProgram(t *testing.T) {
	c, err := Parse("p.lua", []byte(`
return call
  "x"
{
  a = 1,
} , (call)
  { a = 1 }, o
  .call
  {
  a = 1 }, o:
  call {
  a = 1 }, call "y" { a = call { b = 1 } }, tail {
  a = 1 }
`))
	if err != nil {
		t.Fatal(err)
	}
	v := vm.New(vm.Options{})
	defer v.Close(context.Background())
	L, calls := v.State(), 0
	f := L.NewFunction(nil)
	*f = *L.NewFunction(func(L *lua.LState) int {
		_, isTable := L.Get(L.GetTop()).(*lua.LTable)
		if isTable {
			calls++
			var line int
			if _, err := fmt.Sscanf(L.Where(1), "p.lua:%d:", &line); err != nil {
				t.Errorf("called at %q", L.Where(1))
			}
			_, _, a := c.FieldLine(line, "a")
			_, _, b := c.FieldLine(line, "b")
			if !a && !b {
				t.Errorf("FieldLine does not know the call at line %d", line)
			}
		}
		L.Push(f)
		return 1
	})
	o := L.NewTable()
	o.RawSetString("call", f)
	L.SetGlobal("call", f)
	L.SetGlobal("tail", f)
	L.SetGlobal("o", o)
	if err := v.RunMain(t.Context(), c.Proto()); err != nil {
		t.Fatal(err)
	}
	if calls != 7 {
		t.Errorf("%d calls with a table were seen, want 7", calls)
	}
}
