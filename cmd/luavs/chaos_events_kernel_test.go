//go:build kernel

package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// chaosEvents is what happens, and how often it does against the others: it is
// dealt from a deck, so that each of it comes before any comes again.
var chaosEvents = []struct {
	cards  int
	happen func(*chaos)
}{
	{4, (*chaos).server}, {2, (*chaos).edit}, {2, (*chaos).order}, {2, (*chaos).disk}, {2, (*chaos).source}, {2, (*chaos).clock},
	{1, (*chaos).script}, {1, (*chaos).refuse}, {1, (*chaos).module}, {1, (*chaos).standstill}, {1, (*chaos).kill},
}

// something happens.
func (c *chaos) something() {
	if len(c.deck) == 0 {
		for event, e := range chaosEvents {
			for range e.cards {
				c.deck = append(c.deck, event)
			}
		}
		c.Shuffle(len(c.deck), func(i, j int) { c.deck[i], c.deck[j] = c.deck[j], c.deck[i] })
	}
	event := c.deck[0]
	c.deck = c.deck[1:]
	c.dealt = c.dealt || len(c.deck) == 0
	chaosEvents[event].happen(c)
}

func (c *chaos) anyServer() *chaosServer { return c.servers[c.IntN(len(c.servers))] }

// server has a web server die or freeze, or come back.
func (c *chaos) server() {
	s := c.anyServer()
	switch {
	case s.state != "runs":
		c.revive(s)
	case c.IntN(2) == 0:
		c.disturb(s.name+" dies", chaosTurn, s)
		c.stop(s.name)
		s.state = "dead"
	default:
		c.signal(s, syscall.SIGSTOP)
		s.state = "frozen"
	}
	c.disturb(s.name+" "+s.state, chaosTurn, s)
}

// revive has a web server run again.
func (c *chaos) revive(s *chaosServer) {
	c.signal(s, syscall.SIGCONT)
	if s.state == "dead" {
		c.start(s.name)
	}
	s.state = "runs"
}

func (c *chaos) signal(s *chaosServer, sig syscall.Signal) {
	if cmd := c.nginx[s.name]; cmd != nil {
		cmd.Process.Signal(sig)
	}
}

// order has somebody drain a server, or resume it. Orders are kept only where the
// disk has room.
func (c *chaos) order() {
	c.room()
	c.mark(c.anyServer())
}

func (c *chaos) mark(s *chaosServer) {
	verb := map[bool]string{false: "drain", true: "resume"}[s.marked]
	c.disturb("luavs "+verb+" "+s.name, chaosTurn, s)
	c.daemon.order(verb, ipOf(s.name))
	s.marked = !s.marked
	c.disturb(s.name+": ordered to "+verb, chaosTurn, s)
}

// edit is what somebody does to our service with ipvsadm, which may refuse it.
func (c *chaos) edit() {
	s := c.anyServer()
	server := " -t " + vipAddr + " -r " + ipOf(s.name) + ":80"
	run := func(edit string) { exec.Command("ipvsadm", strings.Fields(edit)...).Run() }
	ofServer := func(edit string) {
		c.disturb("ipvsadm "+edit, chaosCalm, s)
		run(edit)
	}
	ofService := func(edit string) {
		c.touch("ipvsadm " + edit)
		run(edit)
	}
	switch c.IntN(6) {
	case 0:
		c.disturb("ipvsadm -D", chaosCalm)
		run("-D -t " + vipAddr)
	case 1:
		ofService("-E -t " + vipAddr + " -s lc")
	case 2:
		ofService("-a -t " + vipAddr + " -r 192.168.31.200:80 -m -w 5")
	case 3:
		ofServer("-d" + server)
	case 4:
		ofServer("-e" + server + " -m -w 0")
	case 5:
		ofServer("-a" + server + " -m -w 9")
	}
}

// script puts a policy in force that fails, or one that is not even Lua, or one
// with other weights, and mends it.
func (c *chaos) script() {
	bad := []struct{ what, decides string }{
		{"a policy that fails", "vs.name.nothing.at_all"},
		{"a policy with a typo", "vs:up("},
		{"a policy without end", "(function() while true do end end)()"},
	}[c.IntN(3)]
	c.policy("chaos.lua", c.chaosPolicy(bad.decides, 1))
	c.hinder(bad.what)
	c.watch(2 * time.Second)
	c.touch("other weights")
	c.policy("chaos.lua", c.chaosPolicy("vs:up()", 2+c.IntN(8)))
	c.watch(time.Second)
	c.touch("the policy as it was")
	c.policy("chaos.lua", c.chaosPolicy("vs:up()", 1))
}

// module removes the module of the kernel with all tables.
func (c *chaos) module() {
	c.disturb("the module is being removed", chaosCalm)
	for range 5 { // the daemon may be quick to load it again
		if exec.Command("sh", "-c", "ipvsadm -C; modprobe -r ip_vs_rr ip_vs_wrr ip_vs_sh ip_vs_lc ip_vs_wlc ip_vs").Run() == nil {
			c.proof.removed++
			break
		}
	}
	c.sh("modprobe ip_vs\n" + chaosForeign)
	c.disturb("the module was removed", chaosCalm)
}

// refuse has the kernel fail at half of what the daemon asks it, while a server
// dies or comes back, and until it has failed.
func (c *chaos) refuse() {
	c.write(c.faultsFile(), "0.5")
	c.hinder("the kernel fails")
	c.server()
	for c.watch(2 * time.Second); !c.t.Failed() && !c.hasFailed(); {
		c.watch(time.Second)
	}
	if err := os.Remove(c.faultsFile()); err != nil {
		c.t.Fatal(err)
	}
	c.hinder("the kernel fails no more")
}

// hasFailed tells whether the kernel ever has.
func (c *chaos) hasFailed() bool {
	_, err := os.Stat(failedFile(c.faultsFile()))
	return err == nil
}

// standstill stops the daemon for a while.
func (c *chaos) standstill() {
	c.daemon.cmd.Process.Signal(syscall.SIGSTOP)
	c.stands = true
	c.hinder("the daemon is stopped")
	c.watch(time.Duration(1+c.IntN(4)) * time.Second)
	c.daemon.cmd.Process.Signal(syscall.SIGCONT)
	c.stands, c.beats = false, beats{}
	c.hinder("the daemon goes on")
}

// clock sets the clock an hour forward, or back.
func (c *chaos) clock() {
	by := time.Hour
	if c.offset > 0 {
		by = -time.Hour
	}
	c.setClock(by)
	c.hinder("the clock was set by " + by.String())
}

func (c *chaos) setClock(by time.Duration) {
	now := syscall.NsecToTimeval(time.Now().Add(by).UnixNano())
	if err := syscall.Settimeofday(&now); err != nil {
		c.t.Fatalf("set the clock, which takes CAP_SYS_TIME: %v", err)
	}
	c.offset += by
}

// resetClock sets the clock to what it was.
func (c *chaos) resetClock() {
	if c.offset != 0 {
		c.setClock(-c.offset)
		c.hinder("the clock is as it was")
	}
}

// kill kills the daemon, and starts it again.
func (c *chaos) kill() {
	c.hinder("the daemon is killed")
	c.daemon.cmd.Process.Kill()
	c.daemon.cmd.Wait()
	c.launch()
	c.hinder("the daemon is there again")
}
