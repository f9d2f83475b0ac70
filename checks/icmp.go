package checks

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// The bounds of a ping.
const (
	MaxPings    = 100   // requests
	MinPingSize = 16    // bytes of data in one: what tells our replies from those to others
	MaxPingSize = 65000 // fits a packet of each family
)

// ICMP passes when a host answers echo requests, of ICMP or ICMPv6. Up to Count
// requests go out, one each Interval or, where the last one is answered
// earlier, at once; Replies of them have to be answered. The zero ICMP sends
// one.
//
// It needs the daemon's group to be in net.ipv4.ping_group_range (icmp(7),
// which also speaks of IPv6), or CAP_NET_RAW.
type ICMP struct {
	Route                  // whom to ask; it has no port
	Count    int           // 1 to MaxPings; 0 is 1
	Replies  int           // 1 to Count; 0 is 1
	Interval time.Duration // 0 is 200 ms
	Size     int           // bytes of data, MinPingSize to MaxPingSize; 0 is 56, as ping(8) has
	TTL      int           // hops that a request may take, 1 to 255; 0 is the system's
}

// Pong is what a ping found.
type Pong struct {
	Sent  int             // requests
	Trips []time.Duration // there and back, one for each reply
}

// Mistakes joins all that is wrong with the settings, each on a line of its
// own that begins with the setting's name in a policy.
func (c ICMP) Mistakes() error {
	all := c.withDefaults()
	return errors.Join(
		c.Route.Mistakes(),
		mistake(c.Port == 0, "port %d: ICMP has no ports", c.Port),
		mistake(all.Count >= 1 && all.Count <= MaxPings, "count %d: want 1 to %d", c.Count, MaxPings),
		mistake(all.Replies >= 1 && all.Replies <= all.Count, "replies %d: want 1 to count, which is %d", c.Replies, all.Count),
		mistake(all.Interval > 0, "interval %v: want a time above 0", c.Interval),
		mistake(all.Size >= MinPingSize && all.Size <= MaxPingSize, "size %d: want %d to %d bytes", c.Size, MinPingSize, MaxPingSize),
		mistake(c.TTL >= 0 && c.TTL <= 255, "ttl %d: want 1 to 255", c.TTL),
	)
}

func (c ICMP) withDefaults() ICMP {
	set := func(field *int, usual int) {
		if *field == 0 {
			*field = usual
		}
	}
	set(&c.Count, 1)
	set(&c.Replies, 1)
	set(&c.Size, 56)
	if c.Interval == 0 {
		c.Interval = 200 * time.Millisecond
	}
	return c
}

// String is the identity of the check.
func (c ICMP) String() string {
	var id identity
	id.word("icmp")
	id.route(c.Route)
	id.number("count", c.Count, 0)
	id.number("replies", c.Replies, 0)
	if c.Interval != 0 {
		id.field("interval", c.Interval.String())
	}
	id.number("size", c.Size, 0)
	id.number("ttl", c.TTL, 0)
	return id.String()
}

// Asks returns the address that is asked about a server; no port belongs to it.
func (c ICMP) Asks(server netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(c.Route.Asks(server).Addr(), 0)
}

// Check implements [Check].
func (c ICMP) Check(ctx context.Context, t Target) Result {
	_, res := c.Ping(ctx, t)
	return res
}

// Ping is Check that also tells what it measured, as far as it came.
func (c ICMP) Ping(ctx context.Context, t Target) (Pong, Result) {
	r := start(ctx)
	p := pinger{ICMP: c.withDefaults()}
	host := c.Route.to(t).Addr().Unmap()
	if err := p.ping(r, netip.AddrPortFrom(host, 0)); err != nil {
		return p.Pong, r.failed(err)
	}
	r.reach("%s", p.summary())
	return p.Pong, r.passed()
}

// summary is how it went, in words.
func (p *pinger) summary() string {
	var sum time.Duration
	for _, trip := range p.Trips {
		sum += trip
	}
	mean := (sum / time.Duration(len(p.Trips))).Round(time.Microsecond)
	if p.Sent == 1 {
		return fmt.Sprintf("answered in %v", mean)
	}
	return fmt.Sprintf("%d of %d answered, in %v on average", len(p.Trips), p.Sent, mean)
}
