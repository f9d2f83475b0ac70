package luaapi

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/ipvs"
	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

func TestExecRunsAScriptOnce(t *testing.T) {
	kernel := ipvs.NewMemory()
	var printed []string
	err := Exec(t.Context(), "script.lua", []byte(`
local svc = ipvs.service { addr = "10.0.0.1:80", scheduler = "rr" }
svc:add()
svc:add_dest(ipvs.dest { addr = "192.168.0.1:80" })
spawn(function() sleep("10ms") print("later") end)
answer = 42
print("done", answer)`), Options{Kernel: kernel, Log: quiet, Print: func(line string) { printed = append(printed, line) }})
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
	if got := strings.Join(printed, "|"); got != "done\t42|later" {
		t.Errorf("printed %q", got)
	}
	table, err := kernel.Table()
	if err != nil || len(table) != 1 || len(table[0].Destinations) != 1 {
		t.Errorf("the kernel holds %v, %v", table, err)
	}
}

func TestExecRefusesWhatNeedsTheDaemon(t *testing.T) {
	for _, src := range []string{
		`virtual_server "10.0.0.1:80" {}`,
		`real_server "10.0.0.1:80"`,
		`on("up", function() end)`,
		`every("1s", function() end)`,
		`cron("@hourly", function() end)`,
		`after("1s", function() end)`,
		`check.tcp {}`,
	} {
		err := Exec(t.Context(), "script.lua", []byte("\n"+src), Options{Kernel: ipvs.NewMemory(), Log: quiet})
		if err == nil || !strings.HasPrefix(err.Error(), "script.lua:2: ") || !strings.Contains(err.Error(), "luavs run") {
			t.Errorf("%s: error %v, want one at line 2 that speaks of luavs run", src, err)
		}
	}
}

func TestExecReportsMistakesAndErrors(t *testing.T) {
	var mistakes *Mistakes
	err := Exec(t.Context(), "script.lua", []byte("x = = 1"), Options{Log: quiet})
	if !errors.As(err, &mistakes) || mistakes.List[0].Line != 1 {
		t.Errorf("a text that is no Lua: %v", err)
	}
	err = Exec(t.Context(), "script.lua", []byte("\nlocal function f() error('no') end\nf()"), Options{Log: quiet})
	var e *vm.Error
	if !errors.As(err, &e) || e.Line != 2 || len(e.Traceback) < 2 {
		t.Errorf("an error: %v, traceback %v", err, e)
	}
}

func TestExecEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := Exec(ctx, "script.lua", []byte(`sleep("1h")`), Options{Log: quiet})
	if !errors.Is(err, vm.ErrCanceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
}

func TestExecDoesNotWaitForWhatItStartedWhenItIsStopped(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := Exec(ctx, "script.lua", []byte(`spawn(sleep, "1h")`), Options{Log: quiet})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that the time is over", err)
	}
	err = Exec(t.Context(), "script.lua", []byte(`spawn(sleep, "1h") error("no")`), Options{Log: quiet})
	if err == nil || err.Error() != "script.lua:1: no" {
		t.Errorf("error %v, want the script's own", err)
	}
}

func TestAFileThatNeverEndsIsAMistakeAtItsLine(t *testing.T) {
	_, err := Load(t.Context(), "policy.lua", []byte("local x = 1\nwhile true do\n  x = x + 1\nend"),
		Options{Log: quiet, VM: vm.Options{LoadBudget: 20 * time.Millisecond}})
	var mistakes *Mistakes
	if !errors.As(err, &mistakes) || len(mistakes.List) != 1 || !strings.Contains(err.Error(), "budget") || mistakes.List[0].Line < 2 {
		t.Errorf("error %v, want a mistake about the budget", err)
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Load(ctx, "policy.lua", []byte("x = 1"), Options{Log: quiet})
	if err == nil || errors.As(err, new(*Mistakes)) {
		t.Errorf("error %v, want none that blames the file", err)
	}
}

func TestMistakesShowWhereTheyAre(t *testing.T) {
	_, err := Load(t.Context(), "policy.lua", []byte(`virtual_server "10.0.0.1:80" {
  real_server "192.168.0.1:80" { weigth = 1 },
  schedular = "rr",
}`), Options{Log: quiet})
	var mistakes *Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("error %v", err)
	}
	const want = `policy.lua:2: unknown field "weigth" (did you mean "weight"?)
     2 |   real_server "192.168.0.1:80" { weigth = 1 },
       |                                  ^

policy.lua:3: unknown field "schedular" (did you mean "scheduler"?)
     3 |   schedular = "rr",
       |   ^
`
	if got := mistakes.Excerpts(); got != want {
		t.Errorf("excerpts:\n%s\nwant:\n%s", got, want)
	}
	if got := mistakes.Error(); strings.Count(got, "\n") != 1 {
		t.Errorf("error has not one line for each mistake:\n%s", got)
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	inForce(t, `on("start", function() spawn(sleep, "1000h") sleep("1000h") end)`, func(l *live) {
		l.pass(time.Second)
		if err := l.policy.Close(l.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func TestExecHasAllModulesWhereverTheyMayBeReached(t *testing.T) {
	for _, src := range []string{
		`for name, v in pairs(_G) do assert(v ~= true, name) end`,
		`local f = policy.standard; assert(_G == nil or _G.math.floor(1.5) == 1)`,
		`assert(math.floor(1.5) == 1 and os.time() > 0 and table.concat { 1 } == "1" and ("x"):upper() == "X")`,
		`local co = coroutine.wrap(function() coroutine.yield(1) end); assert(co() == 1)`,
		`assert(json.decode(json.encode { null = json.null }).null == json.null)`,
		`(function() return function() assert(string.rep("x", 2) == "xx" and math.pi) end end)()()`,
	} {
		if err := Exec(t.Context(), "script.lua", []byte(src), Options{Kernel: ipvs.NewMemory(), Log: quiet}); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestExecHintsAtModulesThatTheTextDoesNotName(t *testing.T) {
	for name, meant := range map[string]string{"maht": "math", "ivps": "ipvs", "corutine": "coroutine", "tabel": "table"} {
		err := Exec(t.Context(), "script.lua", []byte("local m = "+name), Options{Kernel: ipvs.NewMemory(), Log: quiet})
		if err == nil || !strings.Contains(err.Error(), `"`+meant+`"`) {
			t.Errorf("%s: error %v, want a hint at %s", name, err, meant)
		}
	}
}

func TestExecMakesNoModuleThatTheTextDoesNotName(t *testing.T) {
	chunk, err := syntax.Parse("script.lua", []byte(`local found = ipvs.find("10.0.0.1:80")`))
	if err != nil {
		t.Fatal(err)
	}
	rt, _ := newRuntime("script.lua", chunk, Options{})
	for name, want := range map[string]lua.LValueType{
		"ipvs": lua.LTTable, "string": lua.LTTable, // any string leads to the second
		"http": lua.LTBool, "json": lua.LTBool, "check": lua.LTBool, "coroutine": lua.LTBool, "math": lua.LTBool,
	} {
		if got := rt.vm.State().GetGlobal(name).Type(); got != want {
			t.Errorf("%s is a %s, want a %s", name, got, want)
		}
	}
}

// BenchmarkExec is a script of one line, with all that it takes to run it.
func BenchmarkExec(b *testing.B) {
	b.ReportAllocs()
	kernel := ipvs.NewMemory()
	for b.Loop() {
		if err := Exec(b.Context(), "script.lua", []byte(`ipvs.flush()`), Options{Kernel: kernel, Log: quiet}); err != nil {
			b.Fatal(err)
		}
	}
}
