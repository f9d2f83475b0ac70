package luaapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/checks/dns"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

const maxName = 255 // bytes of a name (RFC 1035, 2.3.4)

// A dnsQuestion is what a script wants to know, and of whom.
type dnsQuestion struct {
	name, kind string
	server     netip.AddrPort // the machine's if it is zero
	timeout    time.Duration
}

// newDNS returns the module dns.
func newDNS(rt *runtime, L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"lookup": func(L *lua.LState) int {
			rt.running(L, "dns.lookup")
			q := readQuestion(L, "dns.lookup")
			var found dnsAnswer
			var err error
			vm.Wait(L, func(ctx context.Context) {
				err = rt.limits.sockets.use(func() (err error) { found, err = q.ask(ctx); return err })
			})
			if err != nil {
				return refuse(L, err)
			}
			L.Push(recordTable(L, found.records))
			L.Push(lua.LNumber(found.ttl.Seconds()))
			return 2
		},
	})
}

// readQuestion reads the arguments of dns.lookup.
func readQuestion(L *lua.LState, what string) dnsQuestion {
	f := args.Optional(L, 2, what)
	q := dnsQuestion{
		name:    argText(L, 1, what),
		kind:    f.Enum("type", "A", "A", "AAAA", "SRV", "TXT", "PTR", "MX", "NS", "CNAME"),
		server:  readNameServer(f, "server"),
		timeout: f.Duration("timeout", waitTimeout, minTimeout),
	}
	if _, err := netip.ParseAddr(q.name); q.kind == "PTR" && err != nil {
		f.Mistake("", `argument 1: want an address for type "PTR", got %q`, q.name)
	}
	if len(q.name) > maxName {
		f.Mistake("", "argument 1: a name has at most %d bytes, got %d", maxName, len(q.name))
	}
	f.Raise()
	return q
}

// readNameServer reads the address of a name server, perhaps with a port; the
// zero AddrPort if none is given.
func readNameServer(f *args.Fields, field string) netip.AddrPort {
	text := f.String(field, "")
	if text == "" && !f.Has(field) {
		return netip.AddrPort{}
	}
	addr, err := netip.ParseAddrPort(text)
	if ip, bare := netip.ParseAddr(text); bare == nil {
		addr, err = netip.AddrPortFrom(ip, 53), nil
	}
	if err != nil || addr.Port() == 0 {
		f.Mistake(field, `want the address of a name server such as "10.0.0.53" or "10.0.0.53:5353", got %q`, text)
	}
	return addr
}

// A dnsAnswer is what a script is told.
type dnsAnswer struct {
	records []any // texts, and tables of fields
	ttl     time.Duration
}

// ask asks, and says in one line why there is no answer.
func (q dnsQuestion) ask(ctx context.Context) (dnsAnswer, error) {
	reach(ctx, func() string { return "no answer about " + q.name })
	ctx, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	if !q.server.IsValid() {
		if known, err := q.known(); err != nil || len(known) > 0 {
			return dnsAnswer{records: known}, err
		}
	}
	if _, err := dns.NewName(q.asked()); err != nil {
		return dnsAnswer{}, &failure{checks.Status, q.name + " is no name: " + err.Error()}
	}
	resolver, err := q.resolver()
	if err != nil {
		return dnsAnswer{}, &failure{checks.Local, err.Error()}
	}
	found, err := resolver.Find(ctx, q.asked(), dns.TypeOf(q.kind))
	if err != nil {
		return dnsAnswer{}, q.failure(err)
	}
	if len(found.Records) == 0 {
		return dnsAnswer{}, &failure{checks.Status, fmt.Sprintf("%s has no %s records", q.name, q.kind)}
	}
	return dnsAnswer{dnsRecords(found.Records), found.TTL}, nil
}

// resolver is whom to ask: the given server, or the machine's. The search
// domains are the machine's in any case.
func (q dnsQuestion) resolver() (dns.Resolver, error) {
	r, err := dns.System()
	if q.server.IsValid() {
		r.Servers, err = []netip.AddrPort{q.server}, nil
	}
	return r, err
}

// asked is the name that is asked for.
func (q dnsQuestion) asked() string {
	if ip, err := netip.ParseAddr(q.name); err == nil && q.kind == "PTR" {
		return dns.Reverse(ip)
	}
	return q.name
}

// known is what needs no server: an address that is given as one, and what
// /etc/hosts has.
func (q dnsQuestion) known() (records []any, err error) {
	ip, wrong := netip.ParseAddr(q.name)
	all := []netip.Addr{ip}
	switch {
	case q.kind == "PTR":
		names, err := dns.HostNames(ip)
		for _, name := range names {
			records = append(records, name)
		}
		return records, err
	case q.kind != "A" && q.kind != "AAAA":
		return nil, nil
	case wrong != nil:
		all, err = dns.Hosts(q.name)
	}
	for _, ip := range all {
		if ip.Is4() == (q.kind == "A") {
			records = append(records, ip.String())
		}
	}
	return records, err
}

// failure says why there is no answer, and whose fault that is.
func (q dnsQuestion) failure(err error) error {
	if errors.Is(err, dns.ErrSilent) {
		return &failure{checks.Timeout, fmt.Sprintf("no answer about %s within %v", q.name, q.timeout)}
	}
	cause, reason := checks.Protocol, err.Error()
	var e *net.OpError
	if errors.As(err, &e) {
		cause, reason = checks.Blame(err)
	}
	return &failure{cause, checks.OneLine(q.name + ": " + reason)}
}
