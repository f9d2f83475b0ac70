//go:build kernel

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	// chaosTurn is by when a server is where its health says after it has
	// changed: 2 s for fall and rise, 2 s for the second step of max_change, 3 s
	// for a drain, and some for a slow machine.
	chaosTurn = 8 * time.Second

	// chaosCalm is the same where the table has to be read first, after a
	// standstill or a start: 5 s to the next resync.
	chaosCalm = 10 * time.Second
)

// chaosForeign are services of others. Nobody of ours may touch them.
const chaosForeign = `ipvsadm -A -t 10.10.31.100:8081 -s sh -p 300
ipvsadm -a -t 10.10.31.100:8081 -r 192.168.31.101:80 -m -w 7
ipvsadm -A -f 9 -s rr`

// TestKernelChaos has everything go wrong at random, with traffic: servers die,
// freeze and come back, are drained and resumed, scripts break, somebody else
// edits our services, the module of the kernel is removed, its answers are lost,
// the daemon is stopped and killed, the clock is set, the disk under the state is
// full, the source that lists a server breaks. Throughout, the services of others
// stay as they are; a server that is well and was left alone serves, also while
// things happen that it cannot feel, and one that is not does not; where our
// service was left alone no request fails and the table is as it has to be to the
// letter; checks and jobs go on; memory and goroutines stay what they were.
//
// It runs for 45 s, or for LUAVS_CHAOS=10m (with LUAVS_KERNEL_TIMEOUT=900 and
// -timeout 20m), and until everything has happened. LUAVS_CHAOS_SEED is a number,
// or "random".
func TestKernelChaos(t *testing.T) {
	if !inGuest(t) {
		return
	}
	lasts, err := time.ParseDuration(os.Getenv("LUAVS_CHAOS"))
	if err != nil {
		lasts = 45 * time.Second
	}
	c := newChaos(t, chaosSeed(t))
	traffic := c.traffic()
	for end := time.Now().Add(lasts); (time.Now().Before(end) || !c.dealt) && !t.Failed(); {
		c.something()
		c.watch(time.Second/2 + time.Duration(c.Int64N(int64(min(8*time.Second, lasts/30)))))
	}
	c.settle()
	c.watch(chaosCalm + 3*time.Second)
	c.proves(traffic())
	c.flat()
}

// chaosSeed is what the environment says, or else always the same.
func chaosSeed(t *testing.T) uint64 {
	seed, text := uint64(1), os.Getenv("LUAVS_CHAOS_SEED")
	switch text {
	case "":
	case "random":
		seed = rand.Uint64()
	default:
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("LUAVS_CHAOS_SEED: %v", err)
		}
	}
	t.Logf("LUAVS_CHAOS_SEED=%d", seed)
	return seed
}

// rest is until when a thing may be on its way to where it has to be.
type rest struct{ until time.Time }

func (r *rest) disturb(within time.Duration) {
	if until := time.Now().Add(within); until.After(r.until) {
		r.until = until
	}
}

func (r *rest) calm() bool { return time.Now().After(r.until) }

// chaosServer is what is true of a web server.
type chaosServer struct {
	rest
	name   string
	state  string // "runs", "frozen" or "dead"
	marked bool   // it is to be drained
}

func (s *chaosServer) well() bool { return s.state == "runs" && !s.marked }

// chaos is what happens in a lab. Only the goroutine of the test touches it, but
// for the times.
type chaos struct {
	*lab
	*rand.Rand
	daemon  *daemon
	path    string
	servers []*chaosServer
	foreign string
	stands  bool          // the daemon is stopped
	full    bool          // the disk
	offset  time.Duration // by which the clock was set
	deck    []int         // the events that are still to come, of chaosEvents
	dealt   bool          // all of them have come

	proof proof
	sizes sizes
	beats beats

	last    atomic.Value // what happened last
	mu      sync.Mutex   // guards the rest of all
	service rest         // that of our service, and of all that is in it
}

func newChaos(t *testing.T, seed uint64) *chaos {
	c := &chaos{lab: newLab(t), Rand: rand.New(rand.NewPCG(seed, 0)), sizes: sizes{byAge: map[int]size{}}, proof: proof{began: time.Now()}}
	c.sh(chaosForeign)
	c.foreign = c.foreignTable()
	for name := range spare {
		c.join(name)
		c.start(name)
	}
	for _, name := range []string{"web1", "web2", "web3", "web4"} {
		if name != "web4" {
			c.start(name)
		}
		c.servers = append(c.servers, &chaosServer{name: name, state: "runs"})
	}
	c.smallDisk()
	c.list(chaosListed)
	t.Setenv(faultsVariable, c.faultsFile())
	c.path = c.policy("chaos.lua", c.chaosPolicy("vs:up()", 1))
	t.Cleanup(c.resetClock)
	c.launch()
	t.Cleanup(func() {
		for _, s := range c.servers {
			c.signal(s, syscall.SIGCONT)
		}
	})
	c.holds(20*time.Second, "web1", "web2", "web3", "web4")
	c.watch(6 * time.Second) // to be compared with what comes later
	return c
}

// launch starts the daemon.
func (c *chaos) launch() {
	c.daemon = c.run(c.path)
	c.sizes.begin()
	c.beats = beats{}
}

// chaosPolicy is a policy whose function decides so, or for a sorry server. The
// third server comes from a source, the fourth was added by code. There is a job
// each second, and one at a time of day.
func (c *chaos) chaosPolicy(decides string, weight int) string {
	return fmt.Sprintf(`
isolation(false)
local web = virtual_server "10.10.31.100:80" {
  scheduler = "rr", drain = "3s", max_change = { 2, within = "2s" },
  check = check.http { path = "/", every = "500ms", timeout = "400ms", rise = 2, fall = 2 },
  real_server "192.168.31.101:80" { weight = %[2]d }, real_server "192.168.31.102:80",
  servers_from = { source.file { path = %[3]q, every = "1s" } },
  policy = function(vs)
    local up = %[1]s
    if #up > 0 then return up end
    return { "192.168.31.109:80" }
  end,
}
on("start", function()
  if not store.get("added") then
    assert(web:add("192.168.31.104:80"))
    store.set("added", true)
  end
end)
local ticks = metrics.counter("chaos_ticks_total")
every("1s", function() ticks:add() end)
cron("0 * * * *", function() end)`, decides, weight, c.listing())
}

// disturb notes that something happened to some servers, or to all if none is
// named, and by when they have to be in their places.
func (c *chaos) disturb(what string, within time.Duration, servers ...*chaosServer) {
	c.t.Log(what)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last.Store(what)
	c.service.disturb(within)
	if len(servers) == 0 {
		servers = c.servers
	}
	for _, s := range servers {
		s.disturb(within)
	}
}

// touch notes that something happened to our service which none of its servers
// may feel, though requests and the table do.
func (c *chaos) touch(what string) {
	c.note(what)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.service.disturb(chaosCalm)
}

// note notes what neither a server nor a request may feel, and what may hold up
// nobody.
func (c *chaos) note(what string) {
	c.t.Log(what)
	c.last.Store(what)
}

// hinder notes what no server and no request may feel, but who was to turn may do
// so later. Who was in its place stays there all the time.
func (c *chaos) hinder(what string) {
	c.note(what)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.service.calm() {
		c.service.disturb(chaosCalm)
	}
	for _, s := range c.servers {
		if !s.calm() {
			s.disturb(chaosCalm)
		}
	}
}

// settle ends whatever is wrong.
func (c *chaos) settle() {
	c.room()
	c.list(chaosListed)
	c.resetClock()
	for _, s := range c.servers {
		if s.marked {
			c.mark(s)
		}
		if s.state != "runs" {
			c.revive(s)
		}
	}
	c.disturb("all is well again", chaosCalm)
}
