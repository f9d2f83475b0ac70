package ipvs

import "cmp"

// Compare orders keys: services by address before firewall marks, then by
// address, port and protocol, or by mark and family.
func (k ServiceKey) Compare(o ServiceKey) int {
	return cmp.Or(
		cmp.Compare(k.FWMark, o.FWMark),
		k.Addr.Compare(o.Addr),
		cmp.Compare(k.Protocol, o.Protocol),
		cmp.Compare(k.Family, o.Family),
	)
}

func compareEntries(a, b Entry) int { return a.ServiceKey.Compare(b.ServiceKey) }

func compareDestinations(a, b DestinationEntry) int { return a.Addr.Compare(b.Addr) }
