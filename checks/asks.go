package checks

import "net/netip"

// Asks returns the address that is asked about a server: two checks that are
// alike ask the same question if this is the same.
func (r Route) Asks(server netip.AddrPort) netip.AddrPort { return r.to(Target{Addr: server}) }

// Asks returns the address that is asked about a server.
func (c *HTTPCheck) Asks(server netip.AddrPort) netip.AddrPort { return c.set.Route.Asks(server) }

// Asks returns the address that is asked about a server.
func (c *GRPCCheck) Asks(server netip.AddrPort) netip.AddrPort { return c.set.Route.Asks(server) }

// Asks returns the address that is asked about a server.
func (c *HandshakeCheck) Asks(server netip.AddrPort) netip.AddrPort { return c.set.Route.Asks(server) }
