package luaapi

import (
	"testing"
	"time"
)

func TestAServerThatComesBackIsSeenByThePolicy(t *testing.T) {
	inForce(t, `
web = virtual_server "10.0.0.1:80" {
  check = asked, slow_start = "100s", hold_down = "10s",
  real_server "192.168.0.1:80" { weight = 100 },
  real_server "192.168.0.2:80",
}`, func(l *live) {
		look := func(when, want string) {
			l.Helper()
			l.expect(when, l.lua(`local rs = web.servers[1]
				return rs.state, rs.flaps, math.ceil(rs.held / 10) * 10, rs.weight, rs.effective_weight`), want)
		}
		down := func() {
			l.lua(`health["192.168.0.1:80"] = false`)
			l.pass(2 * time.Second)
			l.lua(`health["192.168.0.1:80"] = true`)
			l.pass(1500 * time.Millisecond)
		}
		l.pass(2 * time.Second)
		look("at first", "up 0 0 100 100")
		down()
		look("the first time", "up 1 0 100 1")
		l.pass(50 * time.Second)
		l.expect("half way", l.members(shop), "192.168.0.1:80*51 192.168.0.2:80*1")
		down()
		look("the second time", "down 2 10 100 100")
		l.expect("held", l.members(shop), "192.168.0.2:80*1")
		l.pass(10 * time.Second)
		if got := l.lua(`return web.servers[1].state, web.servers[1].held`); got != "up 0" {
			l.Errorf("after the hold: got %q", got)
		}
	})
}
