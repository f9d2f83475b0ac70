package engine

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"luavs/ipvs"
)

// table reads a tiny notation: one service a line, such as
// "1 wrr: 1=3 2=0" for tcp 10.0.0.1:80 with 192.168.0.1:80 at weight 3 and
// 192.168.0.2:80 at weight 0. A letter behind a weight is the forwarding
// method: l local, d direct; nat otherwise.
func table(text string) ipvs.Table {
	var t ipvs.Table
	for line := range strings.Lines(text) {
		head, list, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		var e ipvs.Entry
		var n int
		fmt.Sscanf(head, "%d %s", &n, &e.Scheduler)
		e.ServiceKey = vip(n)
		for _, word := range strings.Fields(list) {
			e.Destinations = append(e.Destinations, ipvs.DestinationEntry{Destination: dest(word)})
		}
		t = append(t, e)
	}
	return t
}

func vip(n int) ipvs.ServiceKey {
	return ipvs.AddrKey(ipvs.TCP, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), 80))
}

func rip(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, byte(n >> 8), byte(n)}), 80)
}

func dest(word string) ipvs.Destination {
	var n, weight int
	var method string
	fmt.Sscanf(word, "%d=%d%s", &n, &weight, &method)
	return ipvs.Destination{
		Addr: rip(n), Weight: weight,
		Forward: map[string]ipvs.ForwardMethod{"": ipvs.NAT, "l": ipvs.Local, "d": ipvs.Direct}[method],
	}
}

func TestPlan(t *testing.T) {
	for _, tt := range []struct{ name, have, want, steps string }{
		{"nothing to do", "1 wrr: 1=1 2=2", "1 wrr: 1=1 2=2", ""},
		{"a new service comes before its destinations", "", "1 wrr: 1=1 2=2", `
			+ tcp 10.0.0.1:80 wrr
			+ tcp 10.0.0.1:80 -> 192.168.0.1:80 nat weight 1
			+ tcp 10.0.0.1:80 -> 192.168.0.2:80 nat weight 2`},
		{"a service that is not wanted goes whole", "1 wrr: 1=1 2=2", "", `
			- tcp 10.0.0.1:80`},
		{"only what changed is set", "1 wrr: 1=1 2=2", "1 wrr: 1=1 2=5", `
			~ tcp 10.0.0.1:80 -> 192.168.0.2:80 nat weight 5 (was nat weight 2)`},
		{"another scheduler keeps the destinations", "1 wrr: 1=1", "1 wlc: 1=1", `
			~ tcp 10.0.0.1:80 wlc (was wrr)`},
		{"the sorry server comes before the last one goes", "1 rr: 1=1", "1 rr: 9=1", `
			+ tcp 10.0.0.1:80 -> 192.168.0.9:80 nat weight 1
			- tcp 10.0.0.1:80 -> 192.168.0.1:80`},
		{"weights are raised before others are lowered", "1 rr: 1=1 2=0", "1 rr: 1=0 2=1", `
			~ tcp 10.0.0.1:80 -> 192.168.0.2:80 nat weight 1 (was nat weight 0)
			~ tcp 10.0.0.1:80 -> 192.168.0.1:80 nat weight 0 (was nat weight 1)`},
		{"additions to all services come before removals from any", "1 rr: 1=1\n2 rr: 3=1", "1 rr: 2=1\n2 rr: 4=1", `
			+ tcp 10.0.0.1:80 -> 192.168.0.2:80 nat weight 1
			+ tcp 10.0.0.2:80 -> 192.168.0.4:80 nat weight 1
			- tcp 10.0.0.1:80 -> 192.168.0.1:80
			- tcp 10.0.0.2:80 -> 192.168.0.3:80`},
		{"a forwarding method is changed in place", "1 rr: 1=1", "1 rr: 1=1d", `
			~ tcp 10.0.0.1:80 -> 192.168.0.1:80 dr weight 1 (was nat weight 1)`},
		{"so is the one of the director itself", "1 rr: 1=1l 2=1", "1 rr: 1=1 2=1l", `
			~ tcp 10.0.0.1:80 -> 192.168.0.1:80 nat weight 1 (was local weight 1)
			~ tcp 10.0.0.1:80 -> 192.168.0.2:80 local weight 1 (was nat weight 1)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(stepLines(Plan(table(tt.have), table(tt.want))), "\n")
			want := strings.ReplaceAll(strings.TrimSpace(tt.steps), "\t", "")
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestPlanSaysWhatElseOfAServiceChanges(t *testing.T) {
	have, want := table("1 sh: 1=1"), table("1 sh: 1=1")
	want[0].SchedFlags = ipvs.SchedFlag1
	want[0].Persistence = 5 * time.Minute
	want[0].Netmask = netip.MustParseAddr("255.255.255.0")
	want[0].PE = "sip"
	want[0].Destinations[0].UpperThreshold = 100
	want[0].Destinations[0].Encapsulation = ipvs.Encapsulation{Type: ipvs.GUE, Port: 6080}
	got := strings.Join(stepLines(Plan(have, want)), "\n")
	const wanted = `~ tcp 10.0.0.1:80 sh flags 0x8 persistence 5m0s netmask 255.255.255.0 pe sip (was sh)
~ tcp 10.0.0.1:80 -> 192.168.0.1:80 nat weight 1 thresholds 100/0 tunnel type 1 port 6080 flags 0 (was nat weight 1)`
	if got != wanted {
		t.Errorf("got:\n%s\nwant:\n%s", got, wanted)
	}
}

// Whatever stands in the kernel and whatever is wanted: the plan leads there,
// is taken step by step without a refusal, and at no step nobody serves a service
// that somebody serves before and after.
func TestPlanLeadsFromAnyTableToAnyOther(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	random := func() string {
		var b strings.Builder
		for s := 1; s <= 3; s++ {
			if rnd.IntN(4) == 0 {
				continue
			}
			fmt.Fprintf(&b, "%d %s:", s, []string{"rr", "wrr", "sh"}[rnd.IntN(3)])
			for d := 1; d <= 5; d++ {
				if rnd.IntN(2) == 0 {
					fmt.Fprintf(&b, " %d=%d", d, rnd.IntN(3))
				}
			}
			b.WriteString("\n")
		}
		return b.String()
	}
	for range 500 {
		have, want := random(), random()
		m := ipvs.NewMemory()
		mustApply(t, m, Plan(nil, table(have)))
		before, after := filled(table(have)), filled(table(want))
		for _, step := range Plan(mustTable(t, m), table(want)) {
			mustApply(t, m, []Step{step})
			now := filled(mustTable(t, m))
			for key := range before {
				if after[key] && !now[key] {
					t.Fatalf("from %q to %q: nobody serves %v after %v", have, want, key, step)
				}
			}
		}
		if again := Plan(mustTable(t, m), table(want)); len(again) > 0 {
			t.Fatalf("from %q to %q: not there yet: %v", have, want, again)
		}
	}
}

// filled returns the services that have a destination with a weight.
func filled(t ipvs.Table) map[ipvs.ServiceKey]bool {
	full := map[ipvs.ServiceKey]bool{}
	for _, e := range t {
		if slices.ContainsFunc(e.Destinations, func(d ipvs.DestinationEntry) bool { return d.Weight > 0 }) {
			full[e.ServiceKey] = true
		}
	}
	return full
}

func mustApply(t *testing.T, k Kernel, steps []Step) {
	t.Helper()
	for i, err := range k.Apply(stepChanges(steps)) {
		if err != nil {
			t.Fatalf("%v: %v", steps[i], err)
		}
	}
}

func mustTable(t *testing.T, k Kernel) ipvs.Table {
	t.Helper()
	held, err := k.Table()
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// BenchmarkPlan is one percent of 20,000 destinations changed.
func BenchmarkPlan(b *testing.B) {
	var have, want ipvs.Table
	for s := range 200 {
		e := ipvs.Entry{Service: ipvs.Service{ServiceKey: vip(s), Scheduler: "wrr"}}
		w := e
		for d := range 100 {
			dst := ipvs.Destination{Addr: rip(s*100 + d), Weight: 1}
			e.Destinations = append(e.Destinations, ipvs.DestinationEntry{Destination: dst})
			if d == 0 {
				dst.Weight = 2
			}
			w.Destinations = append(w.Destinations, ipvs.DestinationEntry{Destination: dst})
		}
		have, want = append(have, e), append(want, w)
	}
	b.ReportAllocs()
	for b.Loop() {
		if n := len(Plan(have, want)); n != 200 {
			b.Fatalf("%d steps, want 200", n)
		}
	}
}
