package engine

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"luavs/engine/logtest"
)

// TestChaos lets everything go wrong at random, and looks four times a second
// whether what must hold does: nobody touches the services of others; a server
// that is well, and that nothing has happened to for a while, serves, and what
// it cannot feel does not change that for a moment; one that is not well does
// not serve; a service that was left alone is in the kernel to the letter; jobs
// run on; and nothing is left behind in memory. A round is half an hour of
// virtual time with a seed of its own, which is logged. LUAVS_CHAOS_SEED chooses
// the first one, or "random"; LUAVS_CHAOS_ROUNDS says how many there are.
func TestChaos(t *testing.T) {
	rounds, _ := strconv.Atoi(os.Getenv("LUAVS_CHAOS_ROUNDS"))
	seed := chaosSeed(t)
	for range max(1, rounds) {
		t.Logf("LUAVS_CHAOS_SEED=%d", seed)
		synctest.Test(t, func(t *testing.T) { (&chaos{world: newWorld(t, seed)}).round() })
		if t.Failed() {
			return
		}
		seed++
	}
}

// chaosSeed is what the environment says, or else always the same.
func chaosSeed(t *testing.T) uint64 {
	text := os.Getenv("LUAVS_CHAOS_SEED")
	switch text {
	case "":
		return 1
	case "random":
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("LUAVS_CHAOS_SEED: %v", err)
	}
	return seed
}

// chaos is what happens to a world.
type chaos struct {
	*world
	engine  *Engine
	stop    func() // ends the engine
	log     logtest.Text
	handle  *Handle
	version int
	deck    []int  // the events that are still to come, of chaosEvents
	last    string // what happened last, for messages
	looks   int    // at a server of which it was known where it has to be
	exact   int    // at a service that was left alone
}

// chaosRate is how often something happens in a quarter of a second: so seldom
// that it is mostly known where a server has to be.
const chaosRate = 0.04

// leastLooks and leastExact are how much must have been looked at in a round to
// prove anything: some less than is usual.
const (
	leastLooks = 60_000
	leastExact = 5_000
)

// round is half an hour.
func (c *chaos) round() {
	c.start()
	var before uint64
	idle := runtime.NumGoroutine()
	for minute := range 30 {
		c.minute()
		if n := runtime.NumGoroutine(); n > idle+2*len(c.servers) {
			c.Errorf("%d goroutines at first, %d after %d minutes", idle, n, minute+1)
		}
		if minute == 4 {
			before = heapSize()
		}
	}
	if after := heapSize(); after > before*3/2+1<<20 {
		c.Errorf("the heap had %d bytes after five minutes, and has %d after half an hour", before, after)
	}
	if c.looks < leastLooks || c.exact < leastExact {
		c.Errorf("looked at a server %d times and at a service %d times, want %d and %d: the rest was not known", c.looks, c.exact, leastLooks, leastExact)
	}
	c.Logf("looked at a server %d times and at a service %d times", c.looks, c.exact)
	c.stop()
}

// minute is a minute.
func (c *chaos) minute() {
	for range 60 * 4 {
		if c.Float64() < chaosRate {
			c.something()
		}
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		if c.look(); c.Failed() {
			text := c.log.Take()
			c.Fatalf("the end of the log:\n%s", text[max(0, len(text)-20_000):])
		}
	}
	c.log.Take()
}

// start starts an engine that knows what the one before has kept.
func (c *chaos) start() {
	ctx, end := context.WithCancel(c.Context())
	c.engine = New(c.world, slog.New(slog.NewTextHandler(&c.log, nil)))
	c.engine.home = machineWith("")
	c.engine.UseKeeper(&c.diary)
	ended := make(chan error, 1)
	go func(e *Engine) { ended <- e.Run(ctx) }(c.engine)
	c.stop = func() {
		end()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			c.Errorf("Run: got %v, want context.Canceled", err)
		}
	}
	c.put()
	if err := c.engine.Release(c.Context()); err != nil {
		c.Fatal(err)
	}
}

// put puts the config in force.
func (c *chaos) put() {
	config := c.config(c.version)
	if err := c.engine.Load(c.Context(), config); err != nil {
		c.Fatal(err)
	}
	c.handle = config.Handle
}

func heapSize() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
