package luaapi

import (
	"net/netip"

	"luavs/checks"
	"luavs/ipvs"
	"luavs/luaapi/args"
)

// readTCPRoute reads the route of a check over TCP, which may also ask the
// virtual server's address by way of the service. Over UDP that is not reliable:
// IPVS takes a source port to the same server for minutes.
func readTCPRoute(f *args.Fields, c *checkSpec) checks.Route {
	r := readRoute(f)
	c.via, c.route = f.Enum("via", "server", "server", "service") == "service", r
	if !c.via {
		return r
	}
	if r.Mark != 0 {
		f.Mistake("mark", `via = "service" has a firewall mark of its own, which LuaVS chooses; leave out mark`)
	}
	if r.Interface != "" {
		f.Mistake("interface", `via = "service" leaves by the way that the service takes; leave out interface`)
	}
	return r
}

// viaService returns those of checks, and of the parts of groups, that ask by
// way of the service.
func viaService(specs []*checkSpec) (all []*checkSpec) {
	for _, c := range specs {
		switch {
		case c.group != nil:
			all = append(all, viaService(c.group.parts)...)
		case c.via:
			all = append(all, c)
		}
	}
	return all
}

// judgeVia notes what does not fit between a virtual server and the checks that
// ask by way of it.
func (ld *loader) judgeVia(d *declared) {
	key := d.service.Spec.ServiceKey
	judged := map[*checkSpec]bool{}
	for _, rs := range d.servers {
		for _, c := range viaService(rs.checks) {
			if !judged[c] {
				judged[c] = true
				ld.judgeViaRoute(c, key)
			}
			if rs.dest.Addr.IsValid() && ipvs.FamilyOf(rs.dest.Addr.Addr()) != key.Family && !c.route.Source.IsValid() {
				ld.note(rs.at, nil, `real_server %s: its check has via = "service" and needs source: the virtual server is of another address family than the server, so no local address can be told from it`, rs.dest.Addr)
			}
		}
	}
}

// judgeViaRoute notes what the check leaves out that the virtual server does
// not say, and what it says in vain.
func (ld *loader) judgeViaRoute(c *checkSpec, key ipvs.ServiceKey) {
	r := c.route
	switch {
	case key.FWMark > 0 && !r.Addr.IsValid():
		ld.note(c.at, nil, `via = "service" needs addr here: virtual server %v is a firewall mark, which has no address to ask`, key)
	case key.FWMark == 0 && r.Addr.IsValid():
		ld.note(c.at, []string{"addr"}, `field "addr": via = "service" asks the address of the virtual server, %v; leave out addr`, key)
	}
	switch {
	case key.Addr.Port() == 0 && r.Port == 0:
		ld.note(c.at, nil, `via = "service" needs port here: virtual server %v has none of its own`, key)
	case key.Addr.Port() != 0 && r.Port != 0:
		ld.note(c.at, []string{"port"}, `field "port": via = "service" asks the port of the virtual server, %v; leave out port`, key)
	}
	for name, a := range map[string]netip.Addr{"addr": r.Addr, "source": r.Source} {
		if a.IsValid() && ipvs.FamilyOf(a) != key.Family {
			ld.note(c.at, []string{name}, `field %q: %v is of another address family than virtual server %v`, name, a, key)
		}
	}
}
