package engine

import (
	"time"

	"luavs/ipvs"
)

// chaosEvents is what happens, and how often it does against the others: it is
// dealt from a deck, so that each of it comes before any comes again.
var chaosEvents = []struct {
	cards  int
	happen func(*chaos)
}{
	{6, (*chaos).server}, {6, (*chaos).edit}, {4, (*chaos).mark}, {3, (*chaos).source}, {3, (*chaos).connections}, {2, (*chaos).reload},
	{2, (*chaos).script}, {2, (*chaos).kernel}, {2, (*chaos).standstill}, {2, (*chaos).clock}, {2, (*chaos).restart}, {1, (*chaos).module}, {1, (*chaos).network},
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
	chaosEvents[event].happen(c)
}

// disturb notes that something happened to some servers, and so to their
// services.
func (c *chaos) disturb(what string, servers ...*chaosServer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = what
	for _, s := range servers {
		s.disturb()
		s.service.disturb()
		s.serves = false
	}
}

// touch notes that something happened to a service, and to none of its servers.
func (c *chaos) touch(what string, s *chaosService) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = what
	s.disturb()
}

// hinder notes what no server may feel: who was to turn may do so later, but who
// was in its place stays there all the time.
func (c *chaos) hinder(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = what
	for _, s := range c.services {
		if !s.calm() {
			s.disturb()
		}
	}
	for _, s := range c.servers {
		if !s.calm() {
			s.disturb()
		}
	}
}

// passing is something that ends by itself after a while; note is told of the
// beginning and of the end.
func (c *chaos) passing(what string, most time.Duration, note func(what string), begin, end func()) {
	c.mu.Lock()
	begin()
	c.mu.Unlock()
	note(what)
	time.AfterFunc(time.Duration(c.Int64N(int64(most))), func() {
		c.mu.Lock()
		end()
		c.mu.Unlock()
		note(what + " ended")
	})
}

func (c *chaos) anyServer() *chaosServer { return c.servers[c.IntN(len(c.servers))] }

// server has a server answer in another way.
func (c *chaos) server() {
	modes := []string{"pass", "pass", "pass", "slow", "refuse", "mute", "late", "broken"}
	s := c.anyServer()
	c.mu.Lock()
	s.mode = modes[c.IntN(len(modes))]
	c.mu.Unlock()
	c.disturb(s.addr.String()+" "+s.mode, s)
}

// reload puts the config in force anew, sometimes with other weights.
func (c *chaos) reload() {
	version := c.version + c.IntN(2)
	if version != c.version {
		for _, s := range c.services {
			c.touch("other weights", s)
		}
	}
	c.version = version
	c.put()
	c.hinder("reload")
}

// restart ends the engine; another goes on with what it has kept.
func (c *chaos) restart() {
	c.stop()
	c.start()
	c.hinder("restart")
}

// mark takes a server out to drain or for maintenance, or has it back.
func (c *chaos) mark() {
	s := c.anyServer()
	if s.gone || s.sourced && !s.calm() {
		return // the engine may not know it
	}
	key, m := s.service.key(), Mark{Kind: MarkDrain}
	switch c.IntN(3) {
	case 0:
		m.Until = time.Now().Add(time.Duration(c.IntN(10)) * time.Second)
	case 1:
		m.Kind = MarkMaintenance
	}
	do := func() error { return c.handle.Mark(c.Context(), key, s.addr, m) }
	if s.marked {
		do = func() error { return c.handle.Resume(c.Context(), key, s.addr) }
	}
	if err := do(); err != nil {
		c.Fatal(err)
	}
	c.mu.Lock()
	s.marked = !s.marked
	c.mu.Unlock()
	c.disturb("mark "+s.addr.String(), s)
}

// connections come to a server, or leave it.
func (c *chaos) connections() {
	s := c.anyServer()
	c.Memory.SetConnections(s.service.key(), s.addr, uint32(c.IntN(3)), 0) // which it may not be there for
}

// source has a source list a server no more, or list it again; or break.
func (c *chaos) source() {
	s := c.services[chaosServices-1-c.IntN(2)]
	if srv := s.servers[chaosServers-1]; srv.calm() && c.IntN(2) == 0 { // so that the engine hears of each list
		c.mu.Lock()
		srv.gone, srv.marked = !srv.gone, false // a mark goes with who leaves
		c.mu.Unlock()
		c.disturb("the source lists another "+srv.addr.String(), srv)
		return
	}
	how := []string{"fails", "is empty", "hangs", "lists one twice"}[c.IntN(4)]
	c.passing("a source "+how, 10*time.Second, c.hinder, func() { s.list = how }, func() { s.list = "" })
}

// edit is what somebody with ipvsadm does to a service of ours.
func (c *chaos) edit() {
	s := c.anyServer()
	change := ipvs.Change{
		Op:      []ipvs.Op{ipvs.AddService, ipvs.SetService, ipvs.DelService, ipvs.AddDestination, ipvs.SetDestination, ipvs.DelDestination}[c.IntN(6)],
		Service: ipvs.Service{ServiceKey: s.service.key(), Scheduler: "lc"},
	}
	if change.Op >= ipvs.AddDestination {
		change.Destination = ipvs.Destination{Addr: s.addr, Weight: c.IntN(9)}
	}
	stranger := change.Op == ipvs.AddDestination && c.IntN(2) == 0
	if stranger {
		change.Destination.Addr = rip(chaosStranger)
	}
	c.edited(s.service)
	c.Memory.Apply([]ipvs.Change{change}) // which may be refused
	switch what := "edit " + change.String(); {
	case change.Op == ipvs.DelService:
		c.disturb(what, s.service.servers...)
	case stranger || change.Op < ipvs.AddDestination:
		c.touch(what, s.service)
	default:
		c.disturb(what, s)
	}
}

// script breaks the policy function of a service for a while.
func (c *chaos) script() {
	s := c.services[2*c.IntN(chaosServices/2)]
	c.passing("script", 10*time.Second, c.hinder, func() { s.wrong = true }, func() { s.wrong = false })
}

// kernel has the kernel fail at changes, or at reading.
func (c *chaos) kernel() {
	f := faults{reads: []float64{0, c.Float64(), 1}[c.IntN(3)], changes: c.Float64()}
	c.passing("kernel", 10*time.Second, c.hinder, func() { c.faults = f }, func() { c.faults = faults{} })
}

// edited notes that somebody else changes services.
func (c *chaos) edited(services ...*chaosService) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range services {
		s.edited = time.Now()
	}
}

// module removes the whole table; others restore theirs.
func (c *chaos) module() {
	c.edited(c.services...)
	c.Memory.Flush()
	c.addForeign()
	c.disturb("module", c.servers...)
}

// network loses all answers for a while.
func (c *chaos) network() {
	well := c.wellNow()
	if well == nil {
		return
	}
	c.passing("network", 40*time.Second, func(what string) { c.disturb(what, c.servers...) }, func() { c.lost = true }, func() { c.lost = false })
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
		if s.calm() && s.well() {
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
	c.hinder("standstill")
}

// clock has the clock set by some hours. Times have no reading of the monotonic
// clock in a bubble: of such a clock and the wall's the kernel's tests speak, and
// here all is found anew that waits for a time of day.
func (c *chaos) clock() {
	by := time.Duration(c.IntN(49)-24) * time.Hour
	p := c.engine.pulse
	p.mu.Lock()
	p.last = standstill{number: p.last.number + 1, ended: time.Now(), moved: by}
	p.mu.Unlock()
	c.hinder("the clock was set by " + by.String())
}
