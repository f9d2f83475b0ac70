//go:build kernel

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// chaosCalm is how long nothing may have disturbed a server before it must be
// where its health says: 5 s to the next resync, 2 s for fall and rise, 2 s
// after a standstill, and some for a slow machine.
const chaosCalm = 10 * time.Second

// chaosForeign are services of others. Nobody of ours may touch them.
const chaosForeign = `ipvsadm -A -t 10.10.31.100:8081 -s sh -p 300
ipvsadm -a -t 10.10.31.100:8081 -r 192.168.31.101:80 -m -w 7
ipvsadm -A -f 9 -s rr`

// TestKernelChaos has everything go wrong at random, with traffic: servers die,
// freeze and come back, scripts break, somebody else edits our services, the
// module of the kernel is removed, the daemon is stopped and killed, the clock is
// set, the disk under the state is full, the source that lists a server breaks.
// Throughout, the services of others stay as they are; a server that is well
// and was left alone for a while serves, one that is not does not; and where
// nothing happened for a while no request fails. It runs for 45 s, or for
// LUAVS_CHAOS=10m (with LUAVS_KERNEL_TIMEOUT=900 and -timeout 20m).
func TestKernelChaos(t *testing.T) {
	lasts, err := time.ParseDuration(os.Getenv("LUAVS_CHAOS"))
	if err != nil {
		lasts = 45 * time.Second
	}
	seed, err := strconv.ParseUint(os.Getenv("LUAVS_CHAOS_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("LUAVS_CHAOS_SEED=%d", seed)
	c := newChaos(t, seed)
	traffic := c.traffic()
	for end := time.Now().Add(lasts); time.Now().Before(end) && !t.Failed(); {
		c.something()
		c.watch(time.Duration(1+c.IntN(8)) * time.Second)
	}
	c.last.Store("the end")
	c.settle()
	c.watch(chaosCalm + 3*time.Second)
	sent := traffic()
	t.Logf("%d requests; %d times a calm server was looked at", sent, c.looked)
	if sent == 0 || c.looked < 10 {
		t.Error("which proves nothing")
	}
	c.flat()
}

// chaosServer is what is true of a web server.
type chaosServer struct {
	name      string
	state     string    // "runs", "frozen" or "dead"
	disturbed time.Time // when something last happened to it
}

// chaos is what happens in a lab. Only the goroutine of the test touches it, but
// for the times.
type chaos struct {
	*lab
	*rand.Rand
	daemon  *daemon
	path    string
	servers []*chaosServer
	foreign string
	offset  time.Duration // by which the clock was set
	memory  int           // of the daemon soon after its start, in kB
	looked  int

	last atomic.Value // what happened last
	mu   sync.Mutex   // guards disturbed times
}

func newChaos(t *testing.T, seed uint64) *chaos {
	c := &chaos{lab: newLab(t), Rand: rand.New(rand.NewPCG(seed, 0))}
	c.sh(chaosForeign)
	c.foreign = c.foreignTable()
	for _, name := range []string{"web1", "web2", "web3"} {
		c.start(name)
		c.servers = append(c.servers, &chaosServer{name: name, state: "runs"})
	}
	c.smallDisk()
	c.list(chaosListed)
	c.path = c.policy("chaos.lua", c.chaosPolicy("vs:up()", 1))
	c.launch()
	t.Cleanup(func() {
		for _, s := range c.servers {
			c.signal(s, syscall.SIGCONT)
		}
	})
	c.holds(20*time.Second, "web1", "web2", "web3")
	c.memory = c.resident()
	return c
}

// launch starts the daemon.
func (c *chaos) launch() {
	c.daemon = c.run(c.path)
	c.disturb("launch")
}

// chaosPolicy is a policy whose function decides so. The last server comes from a
// source.
func (c *chaos) chaosPolicy(decides string, weight int) string {
	return fmt.Sprintf(`
isolation(false)
virtual_server "10.10.31.100:80" {
  scheduler = "rr",
  check = check.http { path = "/", every = "500ms", timeout = "400ms", rise = 2, fall = 2 },
  real_server "192.168.31.101:80" { weight = %[2]d }, real_server "192.168.31.102:80",
  servers_from = { source.file { path = %[3]q, every = "1s" } },
  policy = function(vs) return %[1]s end,
}`, decides, weight, c.listing())
}

// something happens.
func (c *chaos) something() {
	events := []func(*chaos){
		(*chaos).server, (*chaos).server, (*chaos).server, (*chaos).server, (*chaos).server, (*chaos).edit, (*chaos).script,
		(*chaos).module, (*chaos).standstill, (*chaos).clock, (*chaos).kill, (*chaos).disk, (*chaos).disk, (*chaos).source, (*chaos).source, (*chaos).source,
	}
	events[c.IntN(len(events))](c)
}

// disturb notes that something happened to all servers, or to one.
func (c *chaos) disturb(what string, only ...*chaosServer) {
	c.t.Log(what)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last.Store(what)
	for _, s := range c.servers {
		if len(only) == 0 || s == only[0] {
			s.disturbed = time.Now()
		}
	}
}

// server has a web server die or freeze, or come back. One always runs.
func (c *chaos) server() {
	s := c.servers[c.IntN(len(c.servers))]
	running := 0
	for _, s := range c.servers {
		if s.state == "runs" {
			running++
		}
	}
	switch {
	case s.state == "dead":
		c.start(s.name)
		s.state = "runs"
	case s.state == "frozen":
		c.signal(s, syscall.SIGCONT)
		s.state = "runs"
	case running == 1:
		return
	case c.IntN(2) == 0:
		c.disturb(s.name+" dies", s)
		c.stop(s.name)
		s.state = "dead"
	default:
		c.signal(s, syscall.SIGSTOP)
		s.state = "frozen"
	}
	c.disturb(s.name+" "+s.state, s)
}

func (c *chaos) signal(s *chaosServer, sig syscall.Signal) {
	if cmd := c.nginx[s.name]; cmd != nil {
		cmd.Process.Signal(sig)
	}
}

// edit is what somebody does to our service with ipvsadm, which may refuse it.
func (c *chaos) edit() {
	server := "192.168.31." + web[c.servers[c.IntN(len(c.servers))].name] + ":80"
	edits := []string{
		"-D -t " + vipAddr, "-E -t " + vipAddr + " -s lc", "-d -t " + vipAddr + " -r " + server,
		"-e -t " + vipAddr + " -r " + server + " -m -w 0", "-a -t " + vipAddr + " -r " + server + " -m -w 9",
		"-a -t " + vipAddr + " -r 192.168.31.200:80 -m -w 5",
	}
	edit := edits[c.IntN(len(edits))]
	c.disturb("ipvsadm " + edit)
	exec.Command("ipvsadm", strings.Fields(edit)...).Run()
}

// script puts a policy in force that fails, or one that is not even Lua, or
// mends it.
func (c *chaos) script() {
	texts := map[string]string{
		"a policy that fails":   c.chaosPolicy("vs.name.nothing.at_all", 1),
		"a policy with a typo":  c.chaosPolicy("vs:up(", 1),
		"a policy without end":  c.chaosPolicy("(function() while true do end end)()", 1),
		"a policy with weights": c.chaosPolicy("vs:up()", 1+c.IntN(9)),
	}
	names := []string{"a policy that fails", "a policy with a typo", "a policy without end", "a policy with weights"}
	name := names[c.IntN(len(names))]
	c.policy("chaos.lua", texts[name])
	c.disturb(name)
	c.watch(3 * time.Second)
	c.policy("chaos.lua", c.chaosPolicy("vs:up()", 1))
	c.disturb("the policy as it was")
}

// module removes the module of the kernel with all tables.
func (c *chaos) module() {
	c.disturb("the module is being removed")
	for range 5 { // the daemon may be quick to load it again
		if exec.Command("sh", "-c", "ipvsadm -C; modprobe -r ip_vs_rr ip_vs_wrr ip_vs_sh ip_vs_lc ip_vs_wlc ip_vs").Run() == nil {
			break
		}
	}
	c.sh("modprobe ip_vs\n" + chaosForeign)
	c.disturb("the module was removed")
}

// standstill stops the daemon for a while.
func (c *chaos) standstill() {
	c.daemon.cmd.Process.Signal(syscall.SIGSTOP)
	c.disturb("the daemon is stopped")
	c.watch(time.Duration(1+c.IntN(4)) * time.Second)
	c.daemon.cmd.Process.Signal(syscall.SIGCONT)
	c.disturb("the daemon goes on")
}

// clock sets the clock an hour forward, or back.
func (c *chaos) clock() {
	by := time.Hour
	if c.offset > 0 {
		by = -time.Hour
	}
	c.offset += by
	now := syscall.NsecToTimeval(time.Now().Add(by).UnixNano())
	if err := syscall.Settimeofday(&now); err != nil {
		c.t.Errorf("set the clock: %v", err)
	}
	c.disturb("the clock was set by " + by.String())
}

// kill kills the daemon, and starts it again.
func (c *chaos) kill() {
	c.disturb("the daemon is killed")
	c.daemon.cmd.Process.Kill()
	c.daemon.cmd.Wait()
	c.launch()
	c.memory = c.resident()
}

// settle ends whatever is wrong.
func (c *chaos) settle() {
	c.freeDisk()
	c.list(chaosListed)
	for _, s := range c.servers {
		for s.state != "runs" {
			c.signal(s, syscall.SIGCONT)
			if s.state == "dead" {
				c.start(s.name)
			}
			s.state = "runs"
		}
	}
	c.disturb("all is well again")
}
