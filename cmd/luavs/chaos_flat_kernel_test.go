//go:build kernel

package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"time"

	"luavs/engine/admin"
)

const (
	// chaosBeat is how long a check that runs twice a second, or a job that runs
	// each second, may not have run.
	chaosBeat = 8 * time.Second

	// chaosAge is how often the size of the daemon is measured.
	chaosAge = 5 * time.Second
)

// beats are what has to go on in the daemon: how often each thing has, and since
// when.
type beats map[string]beat

type beat struct {
	count uint64
	since time.Time
}

// listen looks whether checks and jobs go on.
func (c *chaos) listen() {
	status, err := c.daemon.status()
	if err != nil {
		c.t.Errorf("after %v: %v", c.last.Load(), err)
		return
	}
	for _, s := range status.Policies[0].Services[0].Servers {
		c.heard("the check of "+hostOf(s.Addr), s.Checks[0].Runs)
	}
	c.heard("the job of each second", uint64(c.figure("chaos_ticks_total")))
}

// heard looks whether a thing has gone on lately.
func (c *chaos) heard(what string, count uint64) {
	if b, known := c.beats[what]; !known || b.count != count {
		c.beats[what] = beat{count, time.Now()}
	} else if late := time.Since(b.since); late > chaosBeat {
		c.t.Errorf("%s has not run for %v, after %v", what, late, c.last.Load())
	}
}

// figure returns one of the daemon's, or 0 if it has none of that name.
func (c *chaos) figure(name string) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), chaosBeat)
	defer cancel()
	text, err := admin.NewClient(c.daemon.socket).Metrics(ctx)
	if err != nil {
		c.t.Errorf("after %v: %v", c.last.Load(), err)
	}
	found := regexp.MustCompile(`(?m)^` + name + `(?:\{.*\})? (\S+)$`).FindSubmatch(text)
	if found == nil {
		return 0
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		c.t.Errorf("%s: %v", found[0], err)
	}
	return value
}

// size is what a daemon takes.
type size struct{ kB, goroutines int }

// sizes are those of the daemons that were there one after the other.
type sizes struct {
	began    time.Time // the present one
	age      int       // in which it was measured last, of chaosAge; 0: it was not
	young    size      // what it took then for the first time
	first    size      // of all measured
	byAge    map[int]size
	compared int // with one before, of the same age
}

// begin is for a daemon that has just begun.
func (z *sizes) begin() { z.began, z.age = time.Now(), 0 }

// measure looks, at each age anew, whether the daemon has grown: no daemon takes
// much more than one did that was as old, nor than itself when it was young.
func (c *chaos) measure() {
	z := &c.sizes
	age := int(time.Since(z.began) / chaosAge)
	if age == z.age {
		return
	}
	now := size{c.resident(), int(c.figure("luavs_goroutines"))}
	if z.first == (size{}) {
		z.first = now
	}
	if z.age == 0 {
		z.young = now
	}
	z.age = age
	before, known := z.byAge[age]
	if known {
		z.compared++
	} else {
		z.byAge[age], before = now, now
	}
	if now.goroutines == 0 || now.goroutines > z.first.goroutines+20 || now.kB > before.kB*3/2+8_000 || now.kB > z.young.kB*2+10_000 {
		c.t.Errorf("after %v the daemon takes %+v; it took %+v when it was young, one as old took %+v, and the first one %+v", c.last.Load(), now, z.young, before, z.first)
	}
}

// resident returns how much memory the daemon has, in kB.
func (c *chaos) resident() int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.daemon.cmd.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	kB, _ := strconv.Atoi(string(regexp.MustCompile(`VmRSS:\s+(\d+)`).FindSubmatch(text)[1]))
	return kB
}

// flat looks whether the daemon has kept descriptors and threads.
func (c *chaos) flat() {
	for what, most := range map[string]int{"fd": 60, "task": 60} {
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/%s", c.daemon.cmd.Process.Pid, what))
		if err != nil {
			c.t.Fatal(err)
		}
		if len(entries) > most {
			c.t.Errorf("%s of the daemon: %d, want at most %d", what, len(entries), most)
		}
	}
}
