package engine

import (
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"luavs/ipvs"
)

// handshake is how long a connection may take to come about that began just
// before its destination had weight 0. Until then none is no sign that none is
// left.
const handshake = 2 * time.Second

// Drain is a destination on its way out of the table: it has weight 0, and stays
// as long as it has active connections.
type Drain struct {
	Destination      ipvs.Destination // as it served
	Why              string
	Since            time.Time
	Until            time.Time // when the connections that are left are cut off; zero: never
	Active, Inactive uint32    // connections at the last reading
}

// drain is a Drain as the loop has it.
type drain struct {
	Drain
	mark Mark      // that it obeys; zero: none
	open time.Time // when somebody else last had it get connections meanwhile; zero: never
	over string    // why it is to leave the table now; empty: it stays
	due  timed     // Until
}

// leaver is a destination that is to leave the table, with what decides how.
type leaver struct {
	spec   ipvs.Service
	serves bool          // the table has it
	health State         // unknown of one that is not declared, or that drains already, which being down does not end
	mark   Mark          // zero: it leaves by a decision or a reload
	drain  time.Duration // how long its connections may stay; zero: no time
}

// until returns when its connections are cut off, or the zero time for never;
// and why it leaves at once, if it does.
func (d leaver) until(now time.Time) (until time.Time, atOnce string) {
	switch {
	case !d.serves:
		return now, "it did not serve"
	case d.health == StateDown:
		return now, "it is down"
	case !Drains(d.spec):
		return now, "its service has no connections to wait for"
	case d.mark.Until.After(now):
		return d.mark.Until, ""
	case !d.mark.Until.IsZero():
		return now, "its time is over"
	case d.drain > 0:
		return now.Add(d.drain), ""
	case d.mark.Kind == MarkDrain:
		return time.Time{}, ""
	}
	return now, "nothing is to be waited for"
}

// Drains tells whether the connections of a service are waited for: of UDP,
// SCTP and one-packet services, as in kube-proxy, they are not.
func Drains(s ipvs.Service) bool {
	return !s.OnePacket && (s.FWMark > 0 || s.Protocol == ipvs.TCP)
}

// serve makes members those who serve, but for the marked ones. The others
// leave; one that is on its way out and is wanted again stays, with its weight.
func (l *loop) serve(s *service, members []ipvs.Destination) {
	members = l.unmarked(s, members)
	marked := slices.ContainsFunc(s.servers, func(srv *server) bool { return srv.marked != nil })
	if !marked && len(s.drains) == 0 && slices.Equal(members, s.members) {
		return
	}
	now := time.Now()
	for _, d := range s.members {
		if !has(members, d.Addr) {
			l.startDrain(s, d, s.former(d.Addr), now)
		}
	}
	for addr, dr := range s.drains {
		if has(members, addr) {
			l.stay(s, dr)
		}
	}
	if !slices.Equal(members, s.members) {
		s.members = members
	}
	for _, srv := range s.servers {
		if srv.marked != nil {
			l.obey(s, srv, now)
		}
	}
}

// obey sees to it that a marked server leaves the table, as its mark says now.
// Another reason for the same changes no time.
func (l *loop) obey(s *service, srv *server, now time.Time) {
	dr, mark := s.drains[srv.addr()], srv.mark()
	switch {
	case dr == nil && mark.Out.IsZero(), dr != nil && !dr.mark.means(mark):
		l.startDrain(s, srv.destination(), srv, now)
	case dr != nil:
		dr.mark, dr.Why = mark, mark.why()
	}
}

// wayOut returns what decides how a destination leaves; srv is nil if it does
// not belong to the service.
func (s *service) wayOut(addr netip.AddrPort, srv *server) leaver {
	way := leaver{spec: s.decl.Spec, serves: entryHas(s.have, addr), drain: s.decl.Drain}
	if srv != nil {
		way.mark, way.drain = srv.mark(), srv.decl.Drain
		if s.drains[addr] == nil {
			way.health = srv.health
		}
	}
	return way
}

// startDrain begins the way out of a destination; srv is nil if it does not
// belong to the service. One that leaves at once needs none, unless its mark
// waits to hear of it.
func (l *loop) startDrain(s *service, d ipvs.Destination, srv *server, now time.Time) {
	way := s.wayOut(d.Addr, srv)
	until, atOnce := way.until(now)
	if atOnce != "" && way.mark.Kind == "" {
		return
	}
	dr := s.drains[d.Addr]
	if dr == nil {
		dr = &drain{Drain: Drain{Destination: d, Since: now}}
		l.addDrain(s, dr)
	}
	dr.Why, dr.Until, dr.mark, dr.over = "does not serve any more", until, way.mark, atOnce
	if dr.mark.Kind != "" {
		dr.Why = dr.mark.why()
	}
	l.queue.put(&dr.due, until)
	l.watchDrains(now)
	if atOnce == "" {
		l.log.Log(l.life, dr.level(), "draining", "service", s.decl.Name, "server", d.Addr, "why", dr.Why, "until", orNever(until))
	}
}

// limit gives a drain without an end that of a server without a mark, because
// nobody can end it any more.
func (l *loop) limit(s *service, dr *drain, srv *server, now time.Time) {
	if !dr.Until.IsZero() {
		return
	}
	way := s.wayOut(dr.Destination.Addr, srv)
	way.mark, dr.mark = Mark{}, Mark{}
	until, atOnce := way.until(now)
	dr.Until = until
	if l.queue.put(&dr.due, until); atOnce != "" {
		dr.setOver(atOnce)
	}
}

// letGo ends, as any other's, the drain of a server that is not marked any more
// and that a decision leaves out all the same.
func (l *loop) letGo(s *service, now time.Time) {
	for addr, dr := range s.drains {
		srv := s.server(addr)
		if srv == nil || srv.marked != nil || dr.mark.Kind == "" || srv.health == StateUnknown {
			continue
		}
		if dr.mark = (Mark{}); srv.health == StateDown {
			dr.setOver("it is down")
		}
		l.limit(s, dr, srv, now)
	}
}

// addDrain notes a way out.
func (l *loop) addDrain(s *service, dr *drain) {
	dr.due.run = func(time.Time) { l.expireDrain(s, dr) }
	if s.drains == nil {
		s.drains = map[netip.AddrPort]*drain{}
	}
	s.drains[dr.Destination.Addr] = dr
}

// resumeDrain goes on with a drain of before the process started.
func (l *loop) resumeDrain(s *service, d Drain, now time.Time) *drain {
	dr := &drain{Drain: d, mark: l.markOf(s, d.Destination.Addr)}
	l.addDrain(s, dr)
	l.queue.put(&dr.due, d.Until)
	l.watchDrains(now)
	l.log.Info("draining goes on", "service", s.decl.Name, "server", d.Destination.Addr, "why", d.Why, "until", orNever(d.Until))
	return dr
}

// level is how much it matters to a reader of the log. What leaves by a decision
// or a reload is logged as changes of the kernel already.
func (dr *drain) level() slog.Level {
	if dr.mark.Kind != "" {
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// stay ends a way out before it came to its end.
func (l *loop) stay(s *service, dr *drain) {
	l.queue.take(&dr.due)
	if delete(s.drains, dr.Destination.Addr); len(s.drains) == 0 {
		s.sticky = false
	}
}

// expireDrain cuts off the connections that are left when their time is over.
func (l *loop) expireDrain(s *service, dr *drain) {
	dr.setOver("its time is over")
	l.touched[s] = true
}

// finish tells of the destinations that were drained and are out of the table
// now, in the order of their addresses.
func (l *loop) finish(s *service) {
	for _, addr := range sortedAddrs(s.drains) {
		dr := s.drains[addr]
		if dr.over == "" || entryHas(s.have, addr) {
			continue
		}
		l.stay(s, dr)
		l.log.Log(l.life, dr.level(), "drained", "service", s.decl.Name, "server", addr, "reason", dr.over, "active", dr.Active)
		srv := s.server(addr)
		if srv != nil && srv.mark().Kind != "" {
			l.markOut(s, srv)
		}
		l.tellDrained(s, srv, dr)
	}
}

// tellDrained notes that a destination was drained; srv is nil if it does not
// belong to the service.
func (l *loop) tellDrained(s *service, srv *server, dr *drain) {
	e := event{kind: EventDrained, service: s, server: srv, reason: dr.over}
	if srv == nil {
		addr := dr.Destination.Addr
		e.view = &ServerView{Service: s.key(), Name: addr.String(), Destination: dr.Destination}
	}
	l.note(e)
}

// draining returns copies of the ways out that are not at their end.
func (s *service) draining() []Drain {
	var all []Drain
	for _, addr := range sortedAddrs(s.drains) {
		if dr := s.drains[addr]; dr.over == "" {
			all = append(all, dr.Drain)
		}
	}
	return all
}

func sortedAddrs(drains map[netip.AddrPort]*drain) []netip.AddrPort {
	if len(drains) == 0 {
		return nil
	}
	addrs := make([]netip.AddrPort, 0, len(drains))
	for addr := range drains {
		addrs = append(addrs, addr)
	}
	slices.SortFunc(addrs, netip.AddrPort.Compare)
	return addrs
}

// has tells whether an address is one of members, which are sorted.
func has(members []ipvs.Destination, addr netip.AddrPort) bool {
	_, found := slices.BinarySearchFunc(members, addr, func(d ipvs.Destination, a netip.AddrPort) int { return d.Addr.Compare(a) })
	return found
}

// orNever is a time for the log.
func orNever(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.RFC3339)
}
