package ipvs

import (
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A Connection is an entry of the kernel's connection table. One-packet
// connections are never in it; those of a deleted destination are until they
// end. It is comparable.
type Connection struct {
	// Protocol is zero for the template of a firewall mark.
	Protocol Protocol

	Client      netip.AddrPort
	Virtual     netip.AddrPort // where the client sent to; zero for a template of a firewall mark
	Destination netip.AddrPort // of another family than Client in a mixed tunnel

	// State is the word of the kernel for it, one of ConnectionStates.
	State string

	// Expires is how long it is kept if no more packets come.
	Expires time.Duration

	// A Template keeps a client with its destination: it is what persistence
	// remembers. Its client is the network of the service's netmask, with
	// port 0; its state is ASSURED as soon as a connection was established.
	Template bool
	FWMark   uint32 // of the template of a firewall mark's service

	// PE is the persistence engine with what it knows the client by, for sip
	// the Call-ID. Both are empty for most.
	PE, PEData string
}

// Family returns that of the client and the service.
func (c Connection) Family() Family { return FamilyOf(c.Client.Addr()) }

// ConnectionStates returns the words for the states of TCP, UDP, SCTP and
// templates (net/netfilter/ipvs/ip_vs_proto_tcp.c, _udp.c, _sctp.c and
// ip_vs_conn.c), sorted.
func ConnectionStates() []string { return slices.Clone(connectionStates) }

var connectionStates = []string{
	"ASSURED", "CLOSE", "CLOSED", "CLOSE_WAIT", "COOKIE", "COOKIE_ECHOED", "COOKIE_REPLIED", "COOKIE_SENT",
	"COOKIE_WAIT", "ESTABLISHED", "FIN_WAIT", "INIT", "INIT1", "LAST_ACK", "LISTEN", "NONE", "REJECTED",
	"SHUTDOWN_ACK_SENT", "SHUTDOWN_RECEIVED", "SHUTDOWN_SENT", "SYNACK", "SYN_RECV", "SYN_SENT", "TIME_WAIT", "UDP",
}

// A ConnectionFilter says which connections are wanted. The zero value wants
// all; each field that is not zero must agree. Port 0 of an address agrees with
// every port.
type ConnectionFilter struct {
	Protocol             Protocol
	Client               netip.Prefix
	Virtual, Destination netip.AddrPort
	State                string // one of ConnectionStates

	// Service wants what came to the address of the service, or for a firewall
	// mark its templates: the kernel does not tell the mark of the others.
	Service ServiceKey

	// Templates says whether templates are listed too, or alone.
	Templates TemplateFilter
}

// A TemplateFilter says what to do with templates of persistence.
type TemplateFilter uint8

// What to do with templates.
const (
	WithTemplates TemplateFilter = iota
	WithoutTemplates
	OnlyTemplates
)

// fault refuses a filter that could agree with nothing, or be misspelt.
func (f ConnectionFilter) fault() *fault {
	switch {
	case f.Client != netip.Prefix{} && !f.Client.IsValid():
		return invalid("client %v is not a network", f.Client)
	case f.Client.IsValid() && f.Client != f.Client.Masked():
		return invalid("client %v has bits behind its prefix; write %v", f.Client, f.Client.Masked())
	case f.State != "" && !slices.Contains(connectionStates, f.State):
		return invalid("state %q is not one of %s", f.State, strings.Join(connectionStates, ", "))
	case f.Templates > OnlyTemplates:
		return invalid("unknown choice %d about templates", f.Templates)
	case f.Protocol > 255:
		return faultf(syscall.EINVAL, "%v is not a protocol number", f.Protocol)
	}
	for _, a := range []netip.Addr{f.Client.Addr(), f.Virtual.Addr(), f.Destination.Addr()} {
		if a.IsValid() {
			if f := addrFault(a); f != nil {
				return f
			}
		}
	}
	if f.Service != (ServiceKey{}) {
		return f.Service.fault()
	}
	return nil
}

// Matches says if the connection is one of those the filter wants.
func (f ConnectionFilter) Matches(c Connection) bool {
	switch {
	case f.Protocol != 0 && f.Protocol != c.Protocol,
		f.State != "" && f.State != c.State,
		f.Templates == WithoutTemplates && c.Template,
		f.Templates == OnlyTemplates && !c.Template,
		f.Client.IsValid() && !f.Client.Contains(c.Client.Addr()):
		return false
	}
	return within(f.Virtual, c.Virtual) && within(f.Destination, c.Destination) && f.serves(c)
}

func within(want, at netip.AddrPort) bool {
	return !want.Addr().IsValid() || want.Addr() == at.Addr() && (want.Port() == 0 || want.Port() == at.Port())
}

func (f ConnectionFilter) serves(c Connection) bool {
	k := f.Service
	switch {
	case k == ServiceKey{}:
		return true
	case k.FWMark > 0:
		return k.FWMark == c.FWMark && k.Family == c.Family()
	}
	return c.Protocol == k.Protocol && within(k.Addr, c.Virtual)
}
