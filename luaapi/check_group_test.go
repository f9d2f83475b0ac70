package luaapi

import (
	"strings"
	"testing"
	"time"
)

func TestAFunctionCombinesChecks(t *testing.T) {
	inForce(t, `
asks = "either"
local second = check.lua { every = "1s", rise = 1, fall = 1, function(rs) return health.second == true end }
web = virtual_server "10.0.0.1:80" {
  check = check.combine { asked, second, function(results, rs)
    if asks == "breaks" then error("oops") end
    return results[1].state == "up" or results[2].state == "up", "of " .. rs.addr
  end },
  real_server "192.168.0.1:80",
}`, func(l *live) {
		state := func(when, want string) {
			l.Helper()
			l.pass(3 * time.Second)
			if got := l.lua(`return web.servers[1].state, web.servers[1].reason`); !strings.HasPrefix(got, want) {
				l.Errorf("%s: got %q, want %q", when, got, want)
			}
		}
		state("the first is up", "up")
		l.lua(`health["192.168.0.1:80"] = false`)
		state("neither is up", "down of 192.168.0.1:80")
		l.lua(`health.second = true`)
		state("the second is up", "up")
		l.lua(`asks = "breaks" health.second = false`)
		state("a broken function changes nothing", "up policy.lua:6: oops")
		if n := strings.Count(l.logged.String(), "oops"); n == 0 || n > 2 {
			l.Errorf("the error was logged %d times", n)
		}
		l.lua(`asks = "either"`)
		state("mended", "down")
	})
}
