package vm

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func TestBudget(t *testing.T) {
	for _, s := range []struct{ name, src string }{
		{"a plain loop", "\nwhile true do end"},
		{"a loop that catches all errors", "local function spin()\nwhile true do end end while true do pcall(spin) end"},
		{"a loop of caught errors", "while\ntrue do pcall(error) end"},
		{"a loop in a coroutine", "local f = coroutine.wrap(function()\nwhile true do end end) pcall(f)"},
		{"a metamethod", "local o = setmetatable({}, {__index = function()\nwhile true do end end}) while true do pcall(function() return o.x end) end"},
		{"a costly pattern", "local s = ('a'):rep(2000)\nwhile true do pcall(string.find, s, '.-.-b') end"},
		{"large strings", "local s = 'x'\nwhile true do s = ('x'):rep(1000000) end"},
	} {
		t.Run(s.name, func(t *testing.T) {
			v, _ := printer(t, Options{LoadBudget: 20 * time.Millisecond})
			began := time.Now()
			err := v.RunMain(t.Context(), compile(t, s.src))
			if !errors.Is(err, ErrBudget) {
				t.Fatalf("gives %v, want ErrBudget", err)
			}
			if e := err.(*Error); e.File != "t.lua" || e.Line != 2 && e.Line != 1 || !strings.Contains(e.Message, "budget of 20ms") {
				t.Errorf("gives %v", err)
			}
			if d := time.Since(began); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
			if err := v.Do(t.Context(), func(*lua.LState) error { return nil }); err != nil {
				t.Errorf("afterwards Do gives %v", err)
			}
		})
	}
}

// TestConcatIsBounded: one operator can double a string, so that neither the
// budget nor a limit on library functions ends this in time.
func TestConcatIsBounded(t *testing.T) {
	for _, src := range []string{
		"local s = 'x'\nfor i = 1, 60 do s = s .. s end",
		"local s = 'x'\nfor i = 1, 60 do s = s .. '' .. s end",
		"local t = { s = 'x' }\nfor i = 1, 60 do t.s = t.s .. t.s end",
		"local s = ('x'):rep(600000)\nlocal t = 1 .. s .. 2 .. s",
		"local s, o = ('x'):rep(600000), setmetatable({}, { __concat = function(a) return a end })\nlocal t = s .. (s .. o)",
	} {
		v, _ := printer(t, Options{})
		err := v.RunMain(t.Context(), compile(t, src))
		var e *Error
		if !errors.As(err, &e) || e.Line != 2 || !strings.Contains(e.Message, "longer than 1048576 bytes") {
			t.Errorf("%s\ngives %v", src, err)
		}
	}
}

func TestBudgetNamesTheLine(t *testing.T) {
	v, _ := printer(t, Options{LoadBudget: 10 * time.Millisecond})
	err := v.RunMain(t.Context(), compile(t, "local function probe()\n  while true do end\n\nend\n\nprobe()\n"))
	var e *Error
	if !errors.As(err, &e) || e.Line != 2 || len(e.Traceback) != 2 || e.Traceback[1] != "t.lua:6: in the main chunk" {
		t.Errorf("gives %v with traceback %q", err, e.Traceback)
	}
}

func TestBudgetIsRealTimeInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, _ := printer(t, Options{LoadBudget: 10 * time.Millisecond})
		if err := v.RunMain(t.Context(), compile(t, "while true do end")); !errors.Is(err, ErrBudget) {
			t.Errorf("gives %v, want ErrBudget", err)
		}
	})
}

func TestWaitingDoesNotUseUpTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, _ := printer(t, Options{LoadBudget: 10 * time.Millisecond})
		v.State().Register("sleep", func(L *lua.LState) int {
			Wait(L, func(context.Context) { time.Sleep(time.Hour) })
			return 0
		})
		if err := v.RunMain(t.Context(), compile(t, "for i = 1, 100 do sleep() end")); err != nil {
			t.Error(err)
		}
	})
}

// park gives v the function park(), which waits until the task is cancelled.
func park(v *VM, parked *sync.WaitGroup) {
	v.State().Register("park", func(L *lua.LState) int {
		Wait(L, func(ctx context.Context) {
			parked.Done()
			<-ctx.Done()
		})
		return 0
	})
}

func TestCancelEndsWhatPcallWouldCatch(t *testing.T) {
	base := runtime.NumGoroutine()
	v := New(Options{})
	var parked sync.WaitGroup
	park(v, &parked)
	if err := v.RunMain(t.Context(), compile(t, `
		local o = setmetatable({}, {__index = function() park() end})
		function forever()
			while true do pcall(function() while true do pcall(function() return o.x end) end end) end
		end`)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	const tasks = 100
	done := make(chan error, tasks)
	parked.Add(tasks)
	for range tasks {
		v.Go(ctx, func(L *lua.LState) error {
			_, err := Call(L, L.GetGlobal("forever"))
			return err
		}, func(err error) { done <- err })
	}
	parked.Wait()
	cancel()
	for range tasks {
		if err := <-done; !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
			t.Errorf("a task ended with %v, want ErrCanceled", err)
		}
	}
	closeVM(t, v)
	for n := runtime.NumGoroutine(); n > base; n = runtime.NumGoroutine() {
		runtime.Gosched() // goroutines that have reported are still on their way out
	}
}

func TestCancelEndsALoop(t *testing.T) {
	v, _ := printer(t, Options{LoadBudget: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	v.State().Register("cancel", func(*lua.LState) int { cancel(); return 0 })
	err := v.RunMain(ctx, compile(t, "cancel() while true do pcall(error) end"))
	if !errors.Is(err, ErrCanceled) {
		t.Errorf("gives %v, want ErrCanceled", err)
	}
	if err := v.Do(ctx, func(*lua.LState) error { t.Error("ran"); return nil }); !errors.Is(err, ErrCanceled) {
		t.Errorf("Do with an ended context gives %v", err)
	}
}

func TestClose(t *testing.T) {
	v := New(Options{})
	var parked sync.WaitGroup
	park(v, &parked)
	parked.Add(1)
	done := make(chan error, 1)
	v.Go(t.Context(), func(L *lua.LState) error {
		_, err := Call(L, L.GetGlobal("park"))
		return err
	}, func(err error) { done <- err })
	parked.Wait()
	closeVM(t, v)
	select {
	case err := <-done:
		if !errors.Is(err, ErrClosed) || !errors.Is(err, ErrCanceled) {
			t.Errorf("the task ended with %v, want ErrClosed", err)
		}
	default:
		t.Error("Close did not wait for the task")
	}
	if err := v.Do(t.Context(), nil); err != ErrClosed {
		t.Errorf("Do gives %v, want ErrClosed", err)
	}
	if err := v.Go(t.Context(), nil, nil); err != ErrClosed {
		t.Errorf("Go gives %v, want ErrClosed", err)
	}
	closeVM(t, v)
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	v := New(Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := v.Do(t.Context(), func(*lua.LState) error { return v.Close(ctx) })
	if err != context.Canceled {
		t.Errorf("gives %v", err)
	}
}

func TestTenThousandParkedTasks(t *testing.T) {
	const tasks = 10_000
	v := New(Options{})
	var parked sync.WaitGroup
	park(v, &parked)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	parked.Add(tasks)
	for range tasks {
		v.Go(t.Context(), func(L *lua.LState) error {
			return L.CallByParam(lua.P{Fn: L.GetGlobal("park"), Protect: true})
		}, func(error) {})
	}
	parked.Wait()
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (after.HeapAlloc + after.StackInuse - before.HeapAlloc - before.StackInuse) / tasks
	t.Logf("%d bytes for each", each)
	if each > 16_000 {
		t.Errorf("%d bytes for each parked task, want less than 16000", each)
	}
	closeVM(t, v)
}

func TestMaxTasks(t *testing.T) {
	v, _ := printer(t, Options{Limits: Limits{Tasks: 1}})
	err := v.Do(t.Context(), func(*lua.LState) error {
		return v.Do(t.Context(), nil)
	})
	if !errors.Is(err, ErrTooManyTasks) {
		t.Errorf("a second task gives %v, want ErrTooManyTasks", err)
	}
}

func TestThreadsAreReusedUnlessTheyGrew(t *testing.T) {
	v, _ := printer(t, Options{})
	use := func(src string) *lua.LState {
		var used *lua.LState
		err := v.Do(t.Context(), func(L *lua.LState) error {
			used = L
			return L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(compile(t, src)), Protect: true})
		})
		if err != nil {
			t.Fatal(err)
		}
		return used
	}
	first := use("return 1")
	if use("return 2") != first {
		t.Error("the thread was not used again")
	}
	if use("local t = {} for i = 1, 20000 do t[i] = i end return select('#', unpack(t))") != first {
		t.Error("the thread was not used again")
	}
	if use("return 3") == first {
		t.Error("a thread whose registry has grown was used again")
	}
}

func TestWorkOfABindingIsLookedAtSoon(t *testing.T) {
	v, _ := printer(t, Options{LoadBudget: 50 * time.Millisecond})
	calls := 0
	v.State().Register("heavy", func(L *lua.LState) int {
		calls++
		for end := now() + 20*time.Millisecond; now() < end; {
		}
		Work(L, 1_000_000)
		return 0
	})
	err := v.RunMain(t.Context(), compile(t, "while true do heavy() end"))
	if !errors.Is(err, ErrBudget) || calls > 5 {
		t.Errorf("gives %v after %d calls", err, calls)
	}
}

// TestAWaitThatIsNotTheScriptsIsNotCounted waits for longer than the budget in all,
// and in between looks at the clock.
func TestAWaitThatIsNotTheScriptsIsNotCounted(t *testing.T) {
	v, _ := printer(t, Options{LoadBudget: 50 * time.Millisecond})
	v.State().Register("wait", func(L *lua.LState) int {
		Uncounted(L, func() {
			for end := now() + 20*time.Millisecond; now() < end; {
			}
		})
		Work(L, 1_000_000)
		return 0
	})
	if err := v.RunMain(t.Context(), compile(t, "for i = 1, 8 do wait() end")); err != nil {
		t.Errorf("a script that only waits: %v", err)
	}
}
