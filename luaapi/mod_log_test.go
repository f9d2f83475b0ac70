package luaapi

import (
	"strings"
	"testing"
)

func TestLog(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"levels", `log.debug("a") log.info("b") log.warn("c") log.error("d")`,
			"level=DEBUG msg=a policy=test.lua\nlevel=INFO msg=b policy=test.lua\nlevel=WARN msg=c policy=test.lua\nlevel=ERROR msg=d policy=test.lua"},
		{"fields are sorted, numbers stay numbers", `log.info("up", { n = 3, half = 0.5, ok = true, name = "web 1", [1] = "x" })`,
			`level=INFO msg=up policy=test.lua 1=x half=0.5 n=3 name="web 1" ok=true`},
		{"numbers are written out", `log.info("n", { at = 1795259362.5, less = -0.25, none = 0, small = 1e-9, huge = 1e300, no = 0/0 })`,
			`level=INFO msg=n policy=test.lua at=1795259362.5 huge=1e+300 less=-0.25 no=NaN none=0 small=1e-09`},
		{"objects print themselves", `log.info(ipvs.dest { addr = "10.0.0.1:80" }, { d = ipvs.service { fwmark = 7 } })`,
			`level=INFO msg=10.0.0.1:80 policy=test.lua d="fwmark 7 inet"`},
		{"tables are written as JSON", `log.info({ 1, 2 }, { list = { "a", { b = true } }, own = setmetatable({}, { __tostring = function() return "mine" end }) })`,
			`level=INFO msg=[1,2] policy=test.lua list="[\"a\",{\"b\":true}]" own=mine`},
		{"any value is a message", `log.info(nil) log.info(1.5)`, "level=INFO msg=nil policy=test.lua\nlevel=INFO msg=1.5 policy=test.lua"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.rt.loading.Store(true) // it may be used then
			b.must(t, c.script)
			if got := strings.TrimSpace(b.logged.String()); got != c.want {
				t.Errorf("logged\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestLogCutsLongMessages(t *testing.T) {
	b := newBench(t)
	b.must(t, `log.info(("x"):rep(100000), { k = ("y"):rep(100000) })`)
	if n := b.logged.Len(); n > 2*maxMessage+100 {
		t.Errorf("%d bytes were logged, want at most %d", n, 2*maxMessage+100)
	}
}
