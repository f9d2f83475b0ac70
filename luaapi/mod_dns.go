package luaapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

const (
	maxRecords = 8192 // that a lookup returns: as many fit no answer
	maxName    = 255  // bytes of a name (RFC 1035, 2.3.4)
)

// A dnsQuestion is what a script wants to know, and of whom.
type dnsQuestion struct {
	name, kind string
	resolver   *net.Resolver
	timeout    time.Duration
}

// newDNS returns the module dns.
func newDNS(rt *runtime, L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"lookup": func(L *lua.LState) int {
			const what = "dns.lookup"
			rt.running(L, what)
			f := args.Optional(L, 2, what)
			q := dnsQuestion{
				name:     argText(L, 1, what),
				kind:     f.Enum("type", "A", "A", "AAAA", "SRV", "TXT", "PTR", "MX", "NS", "CNAME"),
				resolver: readResolver(f),
				timeout:  f.Duration("timeout", waitTimeout, minTimeout),
			}
			if _, err := netip.ParseAddr(q.name); q.kind == "PTR" && err != nil {
				f.Mistake("", `argument 1: want an address for type "PTR", got %q`, q.name)
			}
			if len(q.name) > maxName {
				f.Mistake("", "argument 1: a name has at most %d bytes, got %d", maxName, len(q.name))
			}
			f.Raise()
			var records []any
			var err error
			vm.Wait(L, func(ctx context.Context) {
				err = rt.limits.sockets.use(func() (err error) { records, err = q.ask(ctx); return err })
			})
			if err != nil {
				return refuse(L, err)
			}
			L.Push(recordTable(L, records))
			return 1
		},
	})
}

// readResolver reads which name server is asked; the system's if none is given.
func readResolver(f *args.Fields) *net.Resolver {
	server := f.String("server", "")
	if server == "" {
		return &net.Resolver{PreferGo: true}
	}
	addr, err := netip.ParseAddrPort(server)
	if ip, bare := netip.ParseAddr(server); bare == nil {
		addr, err = netip.AddrPortFrom(ip, 53), nil
	}
	if err != nil {
		f.Mistake("server", `want the address of a name server such as "10.0.0.53" or "10.0.0.53:5353", got %q`, server)
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr.String())
	}}
}

// ask asks, and returns texts or tables of fields.
func (q dnsQuestion) ask(ctx context.Context) ([]any, error) {
	reach(ctx, func() string { return "no answer about " + q.name })
	ctx, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	records, err := q.records(ctx)
	if err == nil {
		return records[:min(len(records), maxRecords)], nil
	}
	var e *net.DNSError
	switch {
	case ctx.Err() != nil || errors.As(err, &e) && e.IsTimeout:
		return nil, &failure{checks.Timeout, fmt.Sprintf("no answer about %s within %v", q.name, q.timeout)}
	case e != nil && e.IsNotFound:
		return nil, &failure{checks.Status, fmt.Sprintf("%s has no %s records", q.name, q.kind)}
	case e != nil:
		return nil, &failure{checks.Protocol, fmt.Sprintf("%s: %s", q.name, e.Err)}
	}
	cause, reason := checks.Blame(err)
	return nil, &failure{cause, reason}
}

func (q dnsQuestion) records(ctx context.Context) (records []any, err error) {
	switch q.kind {
	case "A":
		return addresses(q.resolver.LookupNetIP(ctx, "ip4", q.name))
	case "AAAA":
		return addresses(q.resolver.LookupNetIP(ctx, "ip6", q.name))
	case "TXT":
		return plainNames(q.resolver.LookupTXT(ctx, q.name))
	case "PTR":
		return plainNames(q.resolver.LookupAddr(ctx, q.name))
	case "CNAME":
		name, err := q.resolver.LookupCNAME(ctx, q.name)
		return plainNames([]string{name}, err)
	case "NS":
		all, err := q.resolver.LookupNS(ctx, q.name)
		for _, ns := range all {
			records = append(records, undotted(ns.Host))
		}
		return records, err
	case "MX":
		all, err := q.resolver.LookupMX(ctx, q.name)
		for _, mx := range all {
			records = append(records, map[string]any{"host": undotted(mx.Host), "preference": int(mx.Pref)})
		}
		return records, err
	default:
		_, all, err := q.resolver.LookupSRV(ctx, "", "", q.name)
		for _, s := range all {
			records = append(records, map[string]any{
				"host": undotted(s.Target), "port": int(s.Port), "priority": int(s.Priority), "weight": int(s.Weight),
			})
		}
		return records, err
	}
}

func addresses(all []netip.Addr, err error) (records []any, _ error) {
	for _, a := range all {
		records = append(records, a.Unmap().String())
	}
	return records, err
}

func plainNames(all []string, err error) (records []any, _ error) {
	for _, name := range all {
		records = append(records, undotted(name))
	}
	return records, err
}

// undotted is a name without the dot of the root.
func undotted(name string) string { return strings.TrimSuffix(name, ".") }

// recordTable makes a list of records.
func recordTable(L *lua.LState, records []any) *lua.LTable {
	t := L.CreateTable(len(records), 0)
	for _, r := range records {
		if text, ok := r.(string); ok {
			t.Append(lua.LString(text))
			continue
		}
		fields := L.NewTable()
		for name, v := range r.(map[string]any) {
			switch v := v.(type) {
			case string:
				fields.RawSetString(name, lua.LString(v))
			case int:
				fields.RawSetString(name, lua.LNumber(v))
			}
		}
		t.Append(fields)
	}
	return t
}
