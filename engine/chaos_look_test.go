package engine

import (
	"net/netip"
	"slices"
	"time"

	"luavs/ipvs"
)

// look looks whether what must hold does.
func (c *chaos) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := c.foreignTable(); got != c.foreign {
		c.Errorf("after %s the services of others are\n%s, they were\n%s", c.last, got, c.foreign)
	}
	if late := time.Since(c.ticked); late > chaosTick {
		c.Errorf("the job of each second has not run for %v, after %s", late, c.last)
	}
	for _, s := range c.services {
		table, err := c.Memory.Table(s.key())
		if err != nil {
			c.Fatal(err)
		}
		table = append(table, ipvs.Entry{})[:1] // that of no service, if it is not there
		for _, srv := range s.servers {
			c.lookAt(srv, serves(&table[0], srv.addr))
		}
		c.lookAtService(s, table[0])
	}
}

// lookAt looks whether a server is where it has to be, if that is known.
func (c *chaos) lookAt(s *chaosServer, in bool) {
	switch {
	case c.lost && s.serves && !in:
		c.Errorf("%v left because the network is lost", s.addr)
	case s.mode == "broken" || !s.calm() || c.lost: // nothing is known
	case s.well() != in:
		c.Errorf("%v %s, marked: %v, gone: %v; it serves: %v, %v after it was disturbed, after %s",
			s.addr, s.mode, s.marked, s.gone, in, time.Since(s.disturbed), c.last)
	default:
		c.looks++
	}
}

// lookAtService looks whether a service that was left alone is in the table as it
// has to be, if that is known: who is well serves, or else a sorry server; who is
// not well may have weight 0.
func (c *chaos) lookAtService(s *chaosService, e ipvs.Entry) {
	restless := func(srv *chaosServer) bool { return srv.mode == "broken" || !srv.calm() }
	if c.lost || !s.calm() || slices.ContainsFunc(s.servers, restless) {
		return
	}
	c.exact++
	want := map[netip.AddrPort]int{}
	for _, srv := range s.servers {
		if srv.well() {
			want[srv.addr] = srv.weight(c.version)
		}
	}
	if len(want) == 0 && s.decides() {
		want[rip(chaosSorry)] = 1
	}
	if !c.isAs(e, want) {
		c.Errorf("service %v is to have %v, and is not so after %s:\n%s", s.key(), want, c.last, ipvs.Table{e})
	}
}

// isAs tells whether an entry is one of ours with those who are to serve, by
// their weight.
func (c *chaos) isAs(e ipvs.Entry, want map[netip.AddrPort]int) bool {
	serving := 0
	for _, d := range e.Destinations {
		srv := c.byAddr[d.Addr]
		switch {
		case d.Weight == 0 && srv != nil && !srv.well():
		case d.Weight == 0 || want[d.Addr] != d.Weight:
			return false
		default:
			serving++
		}
	}
	return e.Scheduler == "wrr" && serving == len(want)
}
