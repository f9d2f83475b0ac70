//go:build kernel

package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	foreignLine = regexp.MustCompile(`(?m)^.*(10\.10\.31\.100:8081|-f 9 ).*\n`)
	ownLine     = regexp.MustCompile(`(?m)^-[Aa] -t 10\.10\.31\.100:80 .*\n`)
)

// proof counts what was seen of what must be seen.
type proof struct {
	began   time.Time
	looked  int // times that a server was calm
	exact   int // times that our service was
	removed int // times that the module was removed
}

// proves requires that enough was looked at.
func (c *chaos) proves(sent int) {
	c.t.Logf("%v; %d requests; looked at a calm server %d times, at a calm service %d times; the module was removed %d times, daemons of one age were compared %d times",
		time.Since(c.proof.began).Round(time.Second), sent, c.proof.looked, c.proof.exact, c.proof.removed, c.sizes.compared)
	if sent < 200 || c.proof.looked < 50 || c.proof.exact < 5 || c.proof.removed < 1 || c.sizes.compared < 1 || !c.hasFailed() {
		c.t.Errorf("which proves too little; the kernel failed: %v", c.hasFailed())
	}
}

// foreignTable returns the lines of others.
func (c *chaos) foreignTable() string {
	return strings.Join(foreignLine.FindAllString(c.sh("ipvsadm -Sn"), -1), "")
}

// weighedLine is one of a destination of the virtual server that serves.
var weighedLine = regexp.MustCompile(`(?m)^-a -t 10\.10\.31\.100:80 -r (\S+) -m -w ([1-9]\d*)`)

// watch looks for some time whether what must hold does.
func (c *chaos) watch(long time.Duration) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(long); time.Now().Before(end) && !c.t.Failed(); <-tick.C {
		c.look()
		if !c.stands {
			c.listen()
			c.measure()
		}
	}
}

// look looks once at the table.
func (c *chaos) look() {
	table := c.sh("ipvsadm -Sn")
	if got := strings.Join(foreignLine.FindAllString(table, -1), ""); got != c.foreign {
		c.t.Errorf("after %v the services of others are\n%s, they were\n%s", c.last.Load(), got, c.foreign)
	}
	serving := map[string]bool{}
	for _, m := range weighedLine.FindAllStringSubmatch(table, -1) {
		serving[hostOf(m[1])] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.servers {
		if !s.calm() {
			continue
		}
		c.proof.looked++
		if s.well() != serving[s.name] {
			c.t.Errorf("%s %s, marked: %v, serves: %v, %v after it should, after %v\n%s\n%s",
				s.name, s.state, s.marked, serving[s.name], time.Since(s.until), c.last.Load(), table, c.sh("date"))
		}
	}
	if !c.service.calm() {
		return
	}
	c.proof.exact++
	if got, want := ownLine.FindAllString(table, -1), c.wanted(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		c.t.Errorf("%v after it was left alone, after %v, our service is\n%s, want\n%s", time.Since(c.service.until), c.last.Load(), got, want)
	}
}

// wanted returns the lines of our service, sorted: who is well serves, or else
// the sorry server.
func (c *chaos) wanted() []string {
	const service = " -t 10.10.31.100:80 "
	lines := []string{"-A" + service + "-s rr\n"}
	add := func(name string) { lines = append(lines, "-a"+service+"-r "+ipOf(name)+":80 -m -w 1\n") }
	for _, s := range c.servers {
		if s.well() {
			add(s.name)
		}
	}
	if len(lines) == 1 {
		add("sorry")
	}
	return lines
}

// allCalm tells whether nothing has happened for a while that a request may feel.
func (c *chaos) allCalm() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.service.calm()
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
