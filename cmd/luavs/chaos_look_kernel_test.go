//go:build kernel

package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var foreignLine = regexp.MustCompile(`(?m)^.*(10\.10\.31\.100:8081|-f 9 ).*\n`)

// foreignTable returns the lines of others.
func (c *chaos) foreignTable() string {
	return strings.Join(foreignLine.FindAllString(c.sh("ipvsadm -Sn"), -1), "")
}

// watch looks for some time whether what must hold does.
func (c *chaos) watch(long time.Duration) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(long); time.Now().Before(end) && !c.t.Failed(); <-tick.C {
		c.look()
	}
}

// look looks once.
func (c *chaos) look() {
	if got := c.foreignTable(); got != c.foreign {
		c.t.Errorf("after %v the services of others are\n%s, they were\n%s", c.last.Load(), got, c.foreign)
	}
	serving := c.destinations()
	for _, s := range c.servers {
		well, serves := s.state == "runs", slices.Contains(serving, s.name)
		if !c.calm(s) {
			continue
		}
		c.looked++
		if well != serves {
			c.t.Errorf("%s %s, serves: %v, %v after %v\n%s\n%s", s.name, s.state, serves, time.Since(s.disturbed), c.last.Load(), c.sh("ipvsadm -Ln"), c.sh("date"))
		}
	}
}

func (c *chaos) calm(s *chaosServer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(s.disturbed) > chaosCalm
}

// allCalm tells whether nothing has happened for a while.
func (c *chaos) allCalm() bool {
	return !slices.ContainsFunc(c.servers, func(s *chaosServer) bool { return !c.calm(s) })
}

// traffic sends requests until the function it returns is called, which returns
// how many were sent. None may fail while all is calm.
func (c *chaos) traffic() (end func() int) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		sent := 0
		for ; ctx.Err() == nil; sent++ {
			before := c.allCalm()
			if _, err := c.ask(); err != nil && before && c.allCalm() {
				c.t.Errorf("while all was calm, after %v: %v", c.last.Load(), err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
		ended <- sent
	}()
	return func() int {
		stop()
		return <-ended
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

// flat looks whether the daemon has kept what it used: memory, descriptors,
// threads.
func (c *chaos) flat() {
	if now := c.resident(); now > c.memory*2+10_000 {
		c.t.Errorf("the daemon has %d kB of memory, and had %d", now, c.memory)
	}
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
