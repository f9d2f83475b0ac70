package luaapi

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/net/dns/dnsmessage"
)

// dnsRecords returns records as a script has them: texts, and tables of fields.
// Those of SRV and MX come in the order to try them.
func dnsRecords(all []dnsmessage.Resource) (records []any) {
	turns := make([]turn, len(all))
	for i, r := range all {
		turns[i] = turnOf(r.Body)
	}
	slices.SortStableFunc(turns, func(a, b turn) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.wait, b.wait))
	})
	for _, t := range turns {
		records = append(records, dnsRecord(t.body))
	}
	return records
}

// A turn is when a record is to be tried.
type turn struct {
	priority uint16
	wait     float64 // among those of its priority
	body     dnsmessage.ResourceBody
}

// turnOf draws lots among the records of a priority; those of SRV are first as
// often as their weights say, those of weight 0 hardly ever (RFC 2782).
func turnOf(body dnsmessage.ResourceBody) turn {
	switch r := body.(type) {
	case *dnsmessage.SRVResource:
		return turn{r.Priority, rand.ExpFloat64() / max(float64(r.Weight), 0.01), body}
	case *dnsmessage.MXResource:
		return turn{r.Pref, rand.Float64(), body}
	}
	return turn{body: body}
}

// dnsRecord is a record as a script has it.
func dnsRecord(body dnsmessage.ResourceBody) any {
	switch r := body.(type) {
	case *dnsmessage.AResource:
		return netip.AddrFrom4(r.A).String()
	case *dnsmessage.AAAAResource:
		return netip.AddrFrom16(r.AAAA).Unmap().String()
	case *dnsmessage.TXTResource:
		return strings.Join(r.TXT, "")
	case *dnsmessage.PTRResource:
		return undotted(r.PTR)
	case *dnsmessage.CNAMEResource:
		return undotted(r.CNAME)
	case *dnsmessage.NSResource:
		return undotted(r.NS)
	case *dnsmessage.MXResource:
		return map[string]any{"host": undotted(r.MX), "preference": int(r.Pref)}
	case *dnsmessage.SRVResource:
		return map[string]any{"host": undotted(r.Target), "port": int(r.Port), "priority": int(r.Priority), "weight": int(r.Weight)}
	}
	return ""
}

// undotted is a name without the dot of the root.
func undotted(name dnsmessage.Name) string { return strings.TrimSuffix(name.String(), ".") }

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
