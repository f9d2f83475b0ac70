package luaapi

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/engine"
	"luavs/luaapi/vm"
)

// waiting is a probe that does nothing but wait as long as another goroutine
// needs to answer, as every probe that asks a server does.
func waiting(ctx context.Context) checks.Result {
	answered := make(chan struct{})
	go close(answered)
	select {
	case <-answered:
		return checks.Result{Outcome: checks.Pass}
	case <-ctx.Done():
		return checks.Result{Outcome: checks.Fail, Cause: checks.Timeout}
	}
}

// benched loads a policy with one check of a server; its code can call
// probe(), which is waiting.
func benched(b *testing.B, check string) engine.Check {
	b.Helper()
	src := fmt.Sprintf("virtual_server '10.0.0.1:80' { check = %s, real_server '192.168.0.1:80' }", check)
	p, err := Load(b.Context(), "policy.lua", []byte("probe = false "+src), Options{Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Close(context.Background()) })
	L := p.rt.vm.State()
	L.G.Global.RawSetString("probe", L.NewFunction(func(L *lua.LState) int {
		var r checks.Result
		vm.Wait(L, func(ctx context.Context) { r = waiting(ctx) })
		L.Push(lua.LBool(r.Outcome == checks.Pass))
		return 1
	}))
	return p.Config().Services[0].Servers[0].Checks[0]
}

// runs runs a probe again and again, each time with a timeout as the engine
// does, and reports the CPU time that a run takes in all goroutines.
func runs(b *testing.B, probe checks.Check) {
	target := checks.Target{Addr: netip.MustParseAddrPort("192.168.0.1:80"), Service: "tcp 10.0.0.1:80"}
	timeout := fmt.Errorf("no answer in time")
	b.ReportAllocs()
	began := processTime(b)
	for b.Loop() {
		ctx, cancel := context.WithTimeoutCause(b.Context(), time.Second, timeout)
		r := probe.Check(ctx, target)
		cancel()
		if r.Outcome != checks.Pass {
			b.Fatalf("%v: %s", r.Outcome, r.Reason)
		}
	}
	b.ReportMetric(float64((processTime(b)-began).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkProbe is what a run costs without Lua; the difference to the others
// is what Lua costs.
func BenchmarkProbe(b *testing.B) {
	runs(b, checks.Func(func(ctx context.Context, _ checks.Target) checks.Result { return waiting(ctx) }))
}

func BenchmarkCheckLua(b *testing.B) {
	for name, check := range map[string]string{
		"Nothing":   `check.lua { function(rs) return true end }`,
		"Probe":     `check.lua { function(rs) return probe() end }`,
		"Arguments": `check.lua { function(rs) return probe() and rs.addr == "192.168.0.1:80", "port " .. rs.port end }`,
	} {
		b.Run(name, func(b *testing.B) { runs(b, benched(b, check).Probe) })
	}
}

func BenchmarkCheckDefined(b *testing.B) {
	check := benched(b, `(function() check.define("own", { n = 1 }, function(rs, o) return try(probe()) and o.n == 1 end) return check.own {} end)()`)
	runs(b, check.Probe)
}

// BenchmarkGreeting reads a line of a real connection: with the probe in Go,
// with Lua code on top of tcp, and with a script.
func BenchmarkGreeting(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "220 ready\r\n")
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for name, check := range map[string]string{
		"Go":      `check.tcp { addr = "127.0.0.1", port = ` + port + `, expect = "220 " }`,
		"Lua":     `check.lua { function(rs) local conn = try(tcp.connect("127.0.0.1:` + port + `")) return true, try(conn:expect("220 ")) end }`,
		"Defined": `(function() check.define("own", {}, function(rs, o) return try(try(tcp.connect(o.addr, o.route)):expect("220 ")) == "220 " end) return check.own { addr = "127.0.0.1", port = ` + port + ` } end)()`,
	} {
		b.Run(name, func(b *testing.B) { runs(b, benched(b, check).Probe) })
	}
	b.Run("Script", func(b *testing.B) { scriptRuns(b, port) })
}

// scriptRuns does the same with a script that starts no other program, as
// keepalived's MISC_CHECK would; what keepalived needs to start it is not
// counted.
func scriptRuns(b *testing.B, port string) {
	script := filepath.Join(b.TempDir(), "greeting.sh")
	const text = "#!/bin/bash\nexec 3<>\"/dev/tcp/$1/$2\" && read -r -t 1 line <&3 && [[ $line == 220* ]]\n"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		b.Fatal(err)
	}
	var used time.Duration
	for b.Loop() {
		cmd := exec.Command(script, "127.0.0.1", port)
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/op")
}
