package luaapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/engine/logtest"
	"luavs/engine/state"
	"luavs/ipvs"
	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// live is a policy in force, over a kernel in memory and in virtual time.
type live struct {
	*testing.T
	kernel *ipvs.Memory
	engine *engine.Engine
	policy *Policy
	logged *logtest.Text
	store  *state.Store
}

// inForce runs f in a bubble of virtual time with a policy in force. Each
// policy may use health: a table of what its checks answer, by server.
func inForce(t *testing.T, src string, f func(l *live)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &live{T: t, kernel: ipvs.NewMemory(), logged: &logtest.Text{}, store: state.Volatile()}
		plain := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		log := slog.New(slog.NewTextHandler(l.logged, &slog.HandlerOptions{ReplaceAttr: plain}))
		l.engine = engine.New(l.kernel, log)
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() {
			if err := l.engine.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("engine: %v", err)
			}
		})
		l.load(src)
		f(l)
		stop()
		run.Wait()
		if err := l.policy.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

// prelude is what the policies of these tests have in common. It names _G for
// what live.lua runs, which may use any library.
const prelude = `health = {}
local all = _G
local function ask(rs)
  local answer = health[rs.addr]
  if answer == nil then return true end
  return answer, "told so"
end
on("start", function() end)
`

// asking is what those have that declare virtual servers.
const asking = `local asked = check.lua { every = "1s", rise = 1, fall = 1, ask }
`

// load puts a policy in force in place of the one before.
func (l *live) load(src string) {
	l.Helper()
	log := slog.New(slog.NewTextHandler(l.logged, nil))
	before := prelude
	if strings.Contains(src, "asked") {
		before += asking
	}
	p, err := Load(l.Context(), "policy.lua", []byte(strings.ReplaceAll(before, "\n", " ")+src), Options{Log: log, Kernel: l.kernel, Allow: allowed, Store: l.store})
	if err != nil {
		l.Fatalf("unexpected mistakes:\n%v", err)
	}
	if err := l.engine.Load(l.Context(), p.Config()); err != nil {
		l.Fatalf("load: %v", err)
	}
	if l.policy != nil {
		if err := l.policy.Close(l.Context()); err != nil {
			l.Errorf("close: %v", err)
		}
	}
	l.policy = p
}

// pass lets time pass.
func (l *live) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// lua runs Lua code in the policy and returns what it returned, as text; or
// the error's.
func (l *live) lua(code string) string {
	l.Helper()
	chunk, err := syntax.Parse("test", []byte(code))
	if err != nil {
		l.Fatal(err)
	}
	var text []string
	err = l.policy.rt.vm.Do(l.Context(), func(L *lua.LState) error {
		results, err := vm.Call(L, L.NewFunctionFromProto(chunk.Proto()))
		for _, v := range results {
			text = append(text, L.ToStringMeta(v).String())
		}
		return err
	})
	if err != nil {
		return err.Error()
	}
	return strings.Join(text, " ")
}

// members returns who serves a service, as "192.168.0.1:80*3 192.168.0.2:80*1".
func (l *live) members(service string) string {
	l.Helper()
	table, err := l.kernel.Table()
	if err != nil {
		l.Fatal(err)
	}
	var text []string
	for _, e := range table {
		if e.ServiceKey.String() != service {
			continue
		}
		for _, d := range e.Destinations {
			text = append(text, fmt.Sprintf("%v*%d", d.Addr, d.Weight))
		}
	}
	return strings.Join(text, " ")
}

// expect compares two texts.
func (l *live) expect(what, got, want string) {
	l.Helper()
	if got != want {
		l.Errorf("%s: got %q, want %q", what, got, want)
	}
}
