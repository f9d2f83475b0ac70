package luaapi

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/engine/metrics"
	"luavs/engine/state"
	"luavs/ipvs"
	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// A bench runs Lua with the modules, against a kernel in memory.
type bench struct {
	rt     *runtime
	kernel *ipvs.Memory

	mu      sync.Mutex
	printed []string
	logged  bytes.Buffer
}

// allowed are permissions for everything.
var allowed = Permissions{Programs: Programs{Allowed: true}, Folders: []string{os.TempDir()}, Env: []string{"LUAVS_TEST_VARIABLE"}}

func newBench(t testing.TB) *bench {
	b := &bench{kernel: ipvs.NewMemory()}
	plain := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	log := slog.New(slog.NewTextHandler(&b.logged, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: plain}))
	b.rt = &runtime{name: "test.lua", log: func() *slog.Logger { return log.With("policy", "test.lua") }, kernel: b.kernel, handle: &engine.Handle{}, store: state.Volatile(), limits: usualLimits(), allow: allowed, metrics: metrics.NewRegistry()}
	b.rt.vm = vm.New(vm.Options{Name: "test.lua", Limits: vm.Limits{Budget: 20 * time.Second}, Print: func(line string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.printed = append(b.printed, line)
	}})
	L := b.rt.vm.State()
	for name, module := range modules(b.rt, L) {
		L.SetGlobal(name, module())
	}
	t.Cleanup(func() {
		if err := b.rt.vm.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// set makes a global of a string, such as the address of a server.
func (b *bench) set(name, value string) {
	b.rt.vm.State().SetGlobal(name, lua.LString(value))
}

// run runs a script and returns what it printed. It may be called from several
// goroutines only if none of them looks at what was printed.
func (b *bench) run(t testing.TB, ctx context.Context, script string) (string, error) {
	t.Helper()
	chunk, err := syntax.Parse("test.lua", []byte(script))
	if err != nil {
		t.Fatalf("the script of the test: %v", err)
	}
	err = b.rt.vm.Do(ctx, func(L *lua.LState) error {
		return L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(chunk.Proto()), Protect: true})
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	printed := strings.Join(b.printed, "\n")
	b.printed = nil
	return printed, err
}

// must runs a script that must not fail, and returns what it printed.
func (b *bench) must(t testing.TB, script string) string {
	t.Helper()
	printed, err := b.run(t, t.Context(), script)
	if err != nil {
		t.Fatalf("script: %v\nafter it printed:\n%s", err, printed)
	}
	return printed
}

// A scriptCase is a script and what it prints, or the error that ends it.
type scriptCase struct {
	name, script, want string
	err                string // a part of it
}

// runScripts runs each script on a bench of its own.
func runScripts(t *testing.T, prepare func(*bench), cases []scriptCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			if prepare != nil {
				prepare(b)
			}
			got, err := b.run(t, t.Context(), c.script)
			switch {
			case c.err == "" && err != nil:
				t.Fatalf("unexpected error: %v", err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Fatalf("error %v\nwant one with %s", err, c.err)
			case got != c.want:
				t.Errorf("printed\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Everything that waits or reaches outside is refused while a policy loads.
func TestLoadingRefusesWhatReachesOutside(t *testing.T) {
	object := `local s, d = ipvs.service { addr = "10.0.0.1:80" }, ipvs.dest { addr = "10.0.0.9:80" } `
	for _, call := range []string{
		`http.get("http://127.0.0.1:1/")`, `http.request { url = "http://127.0.0.1:1/" }`, `http.delete("http://127.0.0.1:1/")`,
		`tcp.connect("127.0.0.1:1")`, `udp.connect("127.0.0.1:1")`, `exec.run { "true" }`,
		`tls.connect("127.0.0.1:1")`, `tls.inspect("127.0.0.1:1")`, `dns.lookup("localhost")`, `icmp.ping("127.0.0.1")`,
		`exec.shell("true")`, `file.read("/tmp/x")`, `file.lines("/tmp/x")`, `file.exists("/tmp/x")`, `file.info("/tmp/x")`,
		`ipvs.services()`, `ipvs.find("10.0.0.1:80")`, `ipvs.flush()`, `ipvs.zero()`, `ipvs.batch(function() end)`,
		`s:add()`, `s:update()`, `s:delete()`, `s:zero()`, `s:add_dest(d)`, `s:add_dests { d }`, `s:update_dest(d)`, `s:del_dest(d)`,
		`s:find_dest("10.0.0.9:80")`, `print(s.dests)`, `print(s.stats)`, `print(d.stats)`, `print(d.active_connections)`,
	} {
		t.Run(call, func(t *testing.T) {
			b := newBench(t)
			b.rt.loading.Store(true)
			_, err := b.run(t, t.Context(), object+call)
			if err == nil || !strings.Contains(err.Error(), "a policy only declares while it loads") {
				t.Errorf("error %v, want one about loading", err)
			}
		})
	}
}

// Misuse names the function, the field and what was meant.
func TestMisuse(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`http.get()`, `test.lua:1: http.get: argument 1: want a string, got nil`},
		{`http.get("ftp://x/")`, `http.get: url: want an address such as "http://10.0.0.1:8080/status", got "ftp://x/"`},
		{`http.get("http://h/", { timeuot = 1 })`, `http.get: unknown field "timeuot" (did you mean "timeout"?)`},
		{`http.get("http://h/", { timeout = 0 })`, `field "timeout": want 1ms or longer`},
		{`http.get("http://h/", { max_body = 1e9 })`, `field "max_body": want a whole number from 1 to 16777216`},
		{`http.get("http://h/", { headers = { ["a b"] = "c" } })`, `"a b" = "c" is no header field`},
		{`http.get("http://h/", { headers = { a = "b\r\nc: d" } })`, `is no header field`},
		{`http.post("http://h/", { body = "x", json = {} })`, `want one of body, json and form, not several`},
		{`http.post("http://h/", { json = { f = print } })`, `field "json": value.f: a function has no JSON form`},
		{`http.get("http://h/", { auth = { pasword = "x" } })`, `unknown field "auth.pasword" (did you mean "password"?)`},
		{`http.get("http://h/", { auth = { user = "x" }, bearer = "y" })`, `want one of auth and bearer, not both`},
		{`http.request("http://h/")`, `http.request: argument 1: want a table`},
		{`http.request { method = "GET" }`, `http.request: url: want an address`},
		{`http.request { url = "http://h/", method = "G T" }`, `field "method": want a method such as "GET", got "G T"`},
		{`tcp.connect("10.0.0.1")`, `tcp.connect: argument 1: want an address such as "10.0.0.1:25", got "10.0.0.1"`},
		{`tcp.connect("10.0.0.1:25", { timout = 1 })`, `did you mean "timeout"?`},
		{`tcp.connect("10.0.0.1:25", { source = "here" })`, `field "source": want an address such as "10.0.0.1"`},
		{`tcp.connect("10.0.0.1:25", { sorce = "10.0.0.1" })`, `did you mean "source"?`},
		{`udp.connect("10.0.0.1")`, `udp.connect: argument 1: want an address such as "10.0.0.1:25", got "10.0.0.1"`},
		{`udp.connect("10.0.0.1:25", 5)`, `udp.connect: argument 2: want a table, got 5`},
		{`bytes.pack("I2", "x")`, `bytes.pack: value 1: want a number, got a string`},
		{`bytes.pack("I2", {})`, `bytes.pack: argument 2: want a number or a string, got a table`},
		{`bytes.pack("y")`, `bytes.pack: format: there is no letter 'y'`},
		{`bytes.unpack("I", "")`, `bytes.unpack: format: want a size from 1 to 8 after 'I'`},
		{`bytes.unpack("B", "abc", 5)`, `bytes.unpack: argument 3: want a place from 1 to 4, got 5`},
		{`bytes.xor("a", "bc")`, `bytes.xor: want two texts of the same length, got 1 and 2 bytes`},
		{`hash.md5()`, `hash.md5: argument 1: want a string, got nil`},
		{`hash.hmac("md6", "k", "t")`, `hash.hmac: argument 1: want "md5", "sha1", "sha256" or "sha512", got "md6"`},
		{`exec.run("true")`, `exec.run: argument 1: want a list`},
		{`exec.shell { "true" }`, `exec.shell: argument 1: want a string`},
		{`exec.shell("true", { "x" })`, `exec.shell: item 1: want only named fields here`},
		{`exec.shell("true", { output_limit = 0 })`, `field "output_limit": want a whole number from 1 to 16777216`},
		{`exec.quote("a", 1)`, `exec.quote: argument 2: want a string, got 1`},
		{`file.read("x")`, `file.read: want a whole path, got "x"`},
		{`file.read("/etc/passwd")`, `file.read: /etc/passwd is not in /tmp: add --allow-files=/etc to what luavs is started with`},
		{`file.read("/tmp/x", { max = 1e9 })`, `field "max": want a whole number from 1 to 16777216`},
		{`env.get("HOME")`, `env.get: the variable "HOME" is not allowed here: start luavs with --allow-env=HOME`},
		{`exec.run {}`, `exec.run: no program`},
		{`exec.run { "sleep", 1 }`, `item 2: want a string, got 1`},
		{`exec.run { "true", tiemout = 1 }`, `did you mean "timeout"?`},
		{`exec.run { "true", env = { "A=b" } }`, `item 1 of "env": want only named fields here`},
		{`json.decode(7)`, `json.decode: argument 1: want a string, got 7`},
		{`json.encode({}, { prety = true })`, `did you mean "pretty"?`},
		{`json.array("x")`, `json.array: argument 1: want a table, got "x"`},
		{`log.info("x", "y")`, `log.info: argument 2: want a table of fields, got "y"`},
	} {
		t.Run(c.script, func(t *testing.T) {
			if _, err := newBench(t).run(t, t.Context(), c.script); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant one with %s", err, c.want)
			}
		})
	}
}

// pause is a Lua function that tells it has begun and waits to go on.
func pause(L *lua.LState, begun chan<- struct{}, goOn <-chan struct{}) *lua.LFunction {
	return L.NewFunction(func(L *lua.LState) int {
		vm.Wait(L, func(ctx context.Context) {
			close(begun)
			select {
			case <-goOn:
			case <-ctx.Done():
			}
		})
		return 0
	})
}
