package engine

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"luavs/engine/logtest"
	"luavs/ipvs"
)

// TestChaos lets everything go wrong at random, and looks four times a second
// whether what must hold does: nobody touches the services of others; a server
// that is well, and that nothing has happened to for a while, serves; one that
// is not does not; and nothing is left behind in memory. Each round of half
// an hour of virtual time has a seed of its own, which is logged; LUAVS_CHAOS_SEED
// chooses one, LUAVS_CHAOS_ROUNDS says how many.
func TestChaos(t *testing.T) {
	rounds, _ := strconv.Atoi(os.Getenv("LUAVS_CHAOS_ROUNDS"))
	seed, err := strconv.ParseUint(os.Getenv("LUAVS_CHAOS_SEED"), 10, 64)
	for range max(1, rounds) {
		if err != nil {
			seed = rand.Uint64()
		}
		t.Logf("LUAVS_CHAOS_SEED=%d", seed)
		synctest.Test(t, func(t *testing.T) { newWorld(t, seed).round() })
		if t.Failed() {
			return
		}
	}
}

// round is half an hour.
func (w *world) round() {
	ctx, stop := context.WithCancel(w.Context())
	var log logtest.Text
	e := New(w, slog.New(slog.NewTextHandler(&log, nil)))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	c := chaos{world: w, engine: e}
	c.load()
	var memory [2]uint64
	for minute := range 30 {
		for range 60 * 4 {
			if w.Float64() < 0.1 {
				c.something()
			}
			time.Sleep(250 * time.Millisecond)
			synctest.Wait()
			if c.look(); w.Failed() {
				text := log.Take()
				w.Fatalf("the end of the log:\n%s", text[max(0, len(text)-20_000):])
			}
		}
		log.Take()
		if minute == 4 {
			memory[0] = heapSize()
		}
	}
	memory[1] = heapSize()
	if memory[1] > memory[0]*3/2+1<<20 {
		w.Errorf("the heap had %d bytes after five minutes, and has %d after half an hour", memory[0], memory[1])
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		w.Errorf("Run: got %v, want context.Canceled", err)
	}
}

func heapSize() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// chaos is what happens to a world.
type chaos struct {
	*world
	engine  *Engine
	version int
	handle  *Handle
	last    string // what happened last, for messages
}

// something happens.
func (c *chaos) something() {
	events := []func(*chaos){
		(*chaos).server, (*chaos).server, (*chaos).server, (*chaos).server, (*chaos).edit, (*chaos).edit, (*chaos).load, (*chaos).mark,
		(*chaos).script, (*chaos).kernel, (*chaos).module, (*chaos).network, (*chaos).standstill,
	}
	events[c.IntN(len(events))](c)
}

// disturb notes that something happened to servers: all, or those of a service.
func (c *chaos) disturb(what string, service int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = what
	for _, s := range c.servers {
		if service < 0 || s.service == service {
			s.disturbed, s.serves = time.Now(), false
		}
	}
}

// passing is something that ends by itself after a while.
func (c *chaos) passing(what string, service int, most time.Duration, begin, end func()) {
	c.mu.Lock()
	begin()
	c.mu.Unlock()
	c.disturb(what, service)
	time.AfterFunc(time.Duration(c.Int64N(int64(most))), func() {
		c.mu.Lock()
		end()
		c.mu.Unlock()
		c.disturb(what+" ended", service)
	})
}

// server has a server answer in another way.
func (c *chaos) server() {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.servers[c.IntN(len(c.servers))]
	modes := []string{"pass", "pass", "slow", "refuse", "mute", "late", "broken"}
	s.mode, s.disturbed, s.serves = modes[c.IntN(len(modes))], time.Now(), false
}

// load puts the config in force anew, sometimes with other weights.
func (c *chaos) load() {
	c.version += c.IntN(2)
	config := c.config(c.version)
	if err := c.engine.Load(c.Context(), config); err != nil {
		c.Fatal(err)
	}
	c.handle = config.Handle
	c.disturb("reload", -1)
}

// mark takes a server out for maintenance, or has it back.
func (c *chaos) mark() {
	s := c.servers[c.IntN(len(c.servers))]
	var err error
	if key := vip(s.service + 1); s.marked {
		err = c.handle.Resume(c.Context(), key, s.addr)
	} else {
		err = c.handle.Mark(c.Context(), key, s.addr, Mark{Kind: MarkMaintenance, Until: time.Now()})
	}
	if err != nil {
		c.Fatal(err)
	}
	c.mu.Lock()
	s.marked = !s.marked
	c.mu.Unlock()
	c.disturb("mark", s.service)
}

// edit is what somebody with ipvsadm does to a service of ours.
func (c *chaos) edit() {
	n := c.IntN(chaosServices)
	svc := ipvs.Service{ServiceKey: vip(n + 1), Scheduler: "lc"}
	d := ipvs.Destination{Addr: c.servers[n*chaosServers+c.IntN(chaosServers)].addr, Weight: c.IntN(9)}
	change := ipvs.Change{Op: []ipvs.Op{ipvs.AddService, ipvs.SetService, ipvs.DelService, ipvs.AddDestination, ipvs.SetDestination, ipvs.DelDestination}[c.IntN(6)], Service: svc}
	if change.Op >= ipvs.AddDestination {
		change.Destination = d
	}
	c.Memory.Apply([]ipvs.Change{change}) // which may be refused
	c.disturb("edit "+change.String(), n)
}

// script breaks the policy function of a service for a while.
func (c *chaos) script() {
	n := c.IntN(chaosServices)
	c.passing("script", n, 10*time.Second, func() { c.wrong[n] = true }, func() { c.wrong[n] = false })
}

// kernel has the kernel refuse changes, or all reading.
func (c *chaos) kernel() {
	refusals, unread := c.Float64(), c.IntN(3) == 0
	c.passing("kernel", -1, 10*time.Second, func() { c.refusals, c.unread = refusals, unread }, func() { c.refusals, c.unread = 0, false })
}

// module removes the whole table; others restore theirs.
func (c *chaos) module() {
	c.Memory.Flush()
	c.addForeign()
	c.disturb("module", -1)
}

// network loses all answers for a while.
func (c *chaos) network() {
	well := c.wellNow()
	if well == nil {
		return
	}
	c.passing("network", -1, 40*time.Second, func() { c.lost = true }, func() { c.lost = false })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost && len(well) > chaosServers { // of more than one service, and enough to tell it from their own end
		for _, s := range well {
			s.serves = true
		}
	}
}

// wellNow lists the servers that must serve; nil while the network is lost.
func (c *chaos) wellNow() []*chaosServer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost {
		return nil
	}
	well := []*chaosServer{}
	for _, s := range c.servers {
		if c.calm(s) && c.well(s) {
			well = append(well, s)
		}
	}
	return well
}

// standstill is a process that did not run for a while.
func (c *chaos) standstill() {
	p := c.engine.pulse
	p.mu.Lock()
	p.seen = p.seen.Add(-time.Duration(c.Int64N(int64(time.Hour))))
	p.mu.Unlock()
	c.disturb("standstill", -1)
}

func (w *world) calm(s *chaosServer) bool { return time.Since(s.disturbed) > chaosCalm }

// well tells whether a server must serve.
func (w *world) well(s *chaosServer) bool { return chaosModes[s.mode] && !s.marked }

// look looks whether what must hold does.
func (c *chaos) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := c.foreignTable(); got != c.foreign {
		c.Errorf("after %s the services of others are\n%s, they were\n%s", c.last, got, c.foreign)
	}
	table, err := c.Memory.Table()
	if err != nil {
		c.Fatal(err)
	}
	in := map[netip.AddrPort]bool{}
	for _, e := range table {
		for _, d := range e.Destinations {
			in[d.Addr] = in[d.Addr] || d.Weight > 0 && e.Scheduler == "wrr"
		}
	}
	for _, s := range c.servers {
		switch {
		case c.lost && s.serves && !in[s.addr]:
			c.Errorf("%v left because the network is lost", s.addr)
		case s.mode == "broken" || !c.calm(s) || c.lost: // nothing is known
		case c.well(s) && !in[s.addr]:
			c.Errorf("%v is well (%s) and does not serve, %v after %s", s.addr, s.mode, time.Since(s.disturbed), c.last)
		case !c.well(s) && in[s.addr]:
			c.Errorf("%v is not well (%s, marked %v) and serves, %v after %s", s.addr, s.mode, s.marked, time.Since(s.disturbed), c.last)
		}
	}
}
