package engine

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/ipvs"
)

func TestHowADestinationLeaves(t *testing.T) {
	tcp := ipvs.Service{ServiceKey: vip(1)}
	udp := ipvs.Service{ServiceKey: ipvs.AddrKey(ipvs.UDP, netip.MustParseAddrPort("10.0.0.1:53"))}
	sctp := ipvs.Service{ServiceKey: ipvs.AddrKey(ipvs.SCTP, netip.MustParseAddrPort("10.0.0.1:80"))}
	marked := ipvs.Service{ServiceKey: ipvs.MarkKey(7, ipvs.INET)}
	onePacket := ipvs.Service{ServiceKey: marked.ServiceKey, OnePacket: true}
	now := time.Unix(1000, 0)
	until := func(seconds int64) Mark { return Mark{Kind: MarkDrain, Until: time.Unix(seconds, 0)} }
	const never, atOnce = 0, 1000
	for _, c := range []struct {
		name string
		leaver
		want int64 // seconds
	}{
		{"without a drain it leaves at once", leaver{spec: tcp, serves: true, health: StateUp}, atOnce},
		{"with one it has its time", leaver{spec: tcp, serves: true, health: StateUp, drain: time.Minute}, 1060},
		{"so has one of which nothing is known", leaver{spec: tcp, serves: true, drain: time.Minute}, 1060},
		{"one that is down has none", leaver{spec: tcp, serves: true, health: StateDown, drain: time.Minute}, atOnce},
		{"nor has one that did not serve", leaver{spec: tcp, health: StateUp, drain: time.Minute}, atOnce},
		{"nor has UDP", leaver{spec: udp, serves: true, health: StateUp, drain: time.Minute}, atOnce},
		{"nor has SCTP", leaver{spec: sctp, serves: true, health: StateUp, drain: time.Minute}, atOnce},
		{"a firewall mark has", leaver{spec: marked, serves: true, health: StateUp, drain: time.Minute}, 1060},
		{"but not for single packets", leaver{spec: onePacket, serves: true, health: StateUp, drain: time.Minute}, atOnce},
		{"a drain that was asked for lasts", leaver{spec: tcp, serves: true, health: StateUp, mark: Mark{Kind: MarkDrain}}, never},
		{"but not of UDP", leaver{spec: udp, serves: true, health: StateUp, mark: Mark{Kind: MarkDrain}}, atOnce},
		{"and no longer than the server's", leaver{spec: tcp, serves: true, health: StateUp, mark: Mark{Kind: MarkDrain}, drain: time.Minute}, 1060},
		{"unless it has an end of its own", leaver{spec: tcp, serves: true, health: StateUp, mark: until(2000), drain: time.Minute}, 2000},
		{"which may be over", leaver{spec: tcp, serves: true, health: StateUp, mark: until(999), drain: time.Minute}, atOnce},
		{"maintenance is at once", leaver{spec: tcp, serves: true, health: StateUp, mark: Mark{Kind: MarkMaintenance}}, atOnce},
		{"but for the server's drain", leaver{spec: tcp, serves: true, health: StateUp, mark: Mark{Kind: MarkMaintenance}, drain: time.Minute}, 1060},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why := c.until(now)
			if (why != "") != (c.want == atOnce) {
				t.Errorf("at once: %q", why)
			}
			if want := time.Unix(c.want, 0); c.want != never && !got.Equal(want) || c.want == never && !got.IsZero() {
				t.Errorf("until %v, want %v", got, want)
			}
		})
	}
}

func TestDesiredHoldsWhoDrainsAtZero(t *testing.T) {
	drains := func(numbers ...string) (all []Drain) {
		for _, n := range numbers {
			all = append(all, Drain{Destination: dest(n)})
		}
		return all
	}
	spec := ipvs.Service{ServiceKey: vip(1), Scheduler: "wrr"}
	for _, c := range []struct {
		name string
		view ServiceView
		want string
	}{
		{"beside the members, in their order", ServiceView{Settled: true, Members: members("1=1 3=3"), Draining: drains("2=2")}, "1 wrr: 1=1 2=0 3=3"},
		{"of a service that leaves", ServiceView{Leaving: true, Draining: drains("2=2")}, "1 wrr: 2=0"},
		{"which is gone without them", ServiceView{Leaving: true, Settled: true}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.view.Spec = spec
			got := ipvs.Table(single(desired(&c.view, nil)))
			if diff := cmp.Diff(table(c.want).String(), got.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
