package engine

import (
	"fmt"
	"strconv"
	"strings"

	"luavs/checks"
	"luavs/ipvs"
)

// A path leads packets for a virtual server's address to one real server, the
// way the service takes clients there: a private firewall-mark service with that
// destination alone. Checks with [Check.ViaService] ask by it.
//
// What names a path is where it leads: services of any policy share it.
type path struct {
	family ipvs.Family
	dest   ipvs.Destination // weight 1, no thresholds
}

// pathTo returns the path that a service takes to a destination.
func pathTo(of ipvs.ServiceKey, d ipvs.Destination) path {
	return path{family: of.Family, dest: ipvs.Destination{
		Addr: d.Addr, Forward: d.Forward, Weight: 1, Encapsulation: d.Encapsulation,
	}}
}

// pathScheduler is the scheduler of private services: with one destination
// each does the same.
const pathScheduler = "rr"

// entry is the private service of a path under a mark.
func (p path) entry(mark uint32) ipvs.Entry {
	return ipvs.Entry{
		Service:      ipvs.Service{ServiceKey: ipvs.MarkKey(mark, p.family), Scheduler: pathScheduler},
		Destinations: []ipvs.DestinationEntry{{Destination: p.dest}},
	}
}

// isPath tells whether an entry can only be a private service, whatever became
// of its destination.
func isPath(e ipvs.Entry) bool {
	plain := ipvs.Service{ServiceKey: e.ServiceKey, Scheduler: pathScheduler}
	return e.Service == plain && (len(e.Destinations) == 0 || len(e.Destinations) == 1 && e.Destinations[0].Weight == 1)
}

// Marks is a range of firewall marks, from First up to and including Last.
type Marks struct{ First, Last uint32 }

// PathMarks is the range that private services get their marks from, unless
// another is chosen. LuaVS takes it for its own.
var PathMarks = Marks{First: 0x6c760000, Last: 0x6c76ffff}

func (m Marks) contains(mark uint32) bool { return m.First <= mark && mark <= m.Last }

// Overlaps tells whether two ranges have a mark in common.
func (m Marks) Overlaps(o Marks) bool { return m.First <= o.Last && o.First <= m.Last }

// String returns the range as UnmarshalText reads it: "0x6c760000-0x6c76ffff".
func (m Marks) String() string { return fmt.Sprintf("%#x-%#x", m.First, m.Last) }

// MarshalText returns what String returns.
func (m Marks) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads FIRST-LAST, both decimal or with 0x before them, above
// zero and in order.
func (m *Marks) UnmarshalText(text []byte) error {
	first, last, _ := strings.Cut(string(text), "-")
	low, err := strconv.ParseUint(strings.TrimSpace(first), 0, 32)
	high, err2 := strconv.ParseUint(strings.TrimSpace(last), 0, 32)
	if err != nil || err2 != nil || low == 0 || high < low {
		return fmt.Errorf("%q is no range of firewall marks such as %v", text, PathMarks)
	}
	m.First, m.Last = uint32(low), uint32(high)
	return nil
}

// aim has a target asked by its path if the check is to.
func (l *loop) aim(w *watch, t *checks.Target) (err error) {
	if w.check.ViaService {
		t.PathMark, err = l.paths.mark(w.path())
	}
	return err
}

// path is the path of a watch that asks by one, which is never shared.
func (w *watch) path() path {
	u := w.users[0]
	return pathTo(u.service.key(), u.decl.Destination)
}
