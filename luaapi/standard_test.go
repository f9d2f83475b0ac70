package luaapi

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"luavs/engine"
	"luavs/ipvs"
)

// Servers are letters: a is 192.168.0.97:80. "a3 b2-" is a server a of weight 3
// that is up and a server b of weight 2 that is down; "?" is unknown. Members
// are letters with weights, "s1" the sorry server.

func letterAddr(letter byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 0, letter}), 80)
}

func parseMember(t *testing.T, word string) ipvs.Destination {
	t.Helper()
	d := ipvs.Destination{Addr: letterAddr(word[0])}
	if _, err := fmt.Sscanf(word[1:], "%d", &d.Weight); err != nil {
		t.Fatalf("%q: %v", word, err)
	}
	return d
}

// snapshot makes a view of servers and members.
func snapshot(t *testing.T, spec ipvs.Service, servers, members string) *engine.ServiceView {
	t.Helper()
	v := &engine.ServiceView{Spec: spec, Settled: true}
	for _, word := range strings.Fields(servers) {
		state := engine.StateUp
		switch {
		case strings.HasSuffix(word, "-"):
			state = engine.StateDown
		case strings.HasSuffix(word, "?"):
			state = engine.StateUnknown
		}
		d := parseMember(t, strings.TrimRight(word, "-?"))
		v.Servers = append(v.Servers, &engine.ServerView{Destination: d, State: state})
	}
	for _, word := range strings.Fields(members) {
		v.Members = append(v.Members, parseMember(t, word))
	}
	return v
}

func memberText(members []ipvs.Destination) string {
	var words []string
	for _, d := range members {
		words = append(words, fmt.Sprintf("%c%d", d.Addr.Addr().As4()[3], d.Weight))
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func TestStandardPolicy(t *testing.T) {
	const sorry = `sorry_server = "192.168.0.115:80"` // s
	for _, c := range []struct {
		name, options, servers, members, want string
	}{
		{"all that is up", ``, "a1 b3 c1-", "a1", "a1 b3"},
		{"nothing is up and there is no sorry server", ``, "a1- b1-", "a1", ""},
		{"down stays with weight 0", `on_down = "zero"`, "a1 b3-", "a1 b3", "a1 b0"},
		{"all down stay with weight 0", `on_down = "zero"`, "a1- b3-", "a1 b3", "a0 b0"},
		{"unknown serves on", ``, "a1? b1", "a1 b1", "a1 b1"},
		{"unknown does not join", ``, "a1? b1", "b1", "b1"},
		{"unknown at weight 0 does not join", `on_down = "zero"`, "a1? b1", "a0 b1", "a0 b1"},

		{"quorum by default is one", sorry, "a1 b1-", "a1 b1", "a1"},
		{"sorry when nothing is up", sorry, "a1- b1-", "a1", "s1"},
		{"the end of sorry", sorry, "a1 b1-", "s1", "a1"},
		{"at the start nothing serves", sorry, "a1- b1-", "", "s1"},
		{"at the start something is up", sorry, "a1 b1-", "", "a1"},
		{"up with weight 0 is nothing", sorry, "a0 b1-", "a1", "s1"},
		{"sorry with the rest at zero", sorry + `, on_down = "zero"`, "a1- b2-", "a1", "a0 b0 s1"},
		{"lost, and some up: those wait at zero", sorry + `, quorum = 3, on_down = "zero"`, "a1 b2-", "s1", "a0 b0 s1"},
		{"a sorry server of its own weight", `sorry_server = { "192.168.0.115:80", weight = 9 }`, "a1-", "a1", "s9"},
		{"and it is known again", `sorry_server = { "192.168.0.115:80", weight = 9 }, quorum = 5, hysteresis = 2`, "a5 b2-", "s9", "s9"},

		// keepalived's example: quorum 5, hysteresis 2.
		{"gained stays at the quorum", sorry + `, quorum = 5, hysteresis = 2`, "a5 b2-", "a5 b2", "a5"},
		{"gained stays down to quorum - hysteresis", sorry + `, quorum = 5, hysteresis = 2`, "a3 b4-", "a3 b4", "a3"},
		{"lost below quorum - hysteresis", sorry + `, quorum = 5, hysteresis = 2`, "a2 b5-", "a2 b5", "s1"},
		{"lost stays below quorum + hysteresis", sorry + `, quorum = 5, hysteresis = 2`, "a6 b1-", "s1", "s1"},
		{"gained at quorum + hysteresis", sorry + `, quorum = 5, hysteresis = 2`, "a6 b1", "s1", "a6 b1"},
		{"at the start it must be gained", sorry + `, quorum = 5, hysteresis = 2`, "a6 b1-", "", "s1"},
		{"weight zero is lost whatever hysteresis says", sorry + `, quorum = 2, hysteresis = 1`, "a3- b1-", "a3", "s1"},

		{"enough is up: no panic", `panic = "50%"`, "a1 b1-", "a1", "a1"},
		{"fewer: all serve", `panic = "51%"`, "a1 b3-", "a1", "a1 b3"},
		{"nothing is up: all serve", `panic = "30%"`, "a1- b3-", "a1", "a1 b3"},
		{"in panic with the rest at zero, all serve", `panic = "30%", on_down = "zero"`, "a1- b3-", "a1", "a1 b3"},
		{"no panic with the rest at zero", `panic = "30%", on_down = "zero"`, "a1 b3-", "a1", "a1 b0"},

		{"the sorry server is a real server, up", `sorry_server = "192.168.0.97:80"`, "a1 b1", "a1 b1", "a1 b1"},
		{"the sorry server is a real server, all down", `sorry_server = "192.168.0.97:80"`, "a1- b1-", "a1 b1", "a1"},
		{"the sorry server is a real server, and another comes up", `sorry_server = "192.168.0.97:80"`, "a1- b1", "a1", "b1"},
		{"the sorry server is a real server, at zero", `sorry_server = "192.168.0.97:80", on_down = "zero"`, "a1- b1-", "a1 b1", "a1 b0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := load(t, "policy.lua", fmt.Sprintf(`virtual_server "10.0.0.1:80" {
				policy = policy.standard { %s }, real_server "192.168.0.1:80" { weight = 100 } }`, c.options), Options{})
			service := p.Config().Services[0]
			got, err := service.Decider.Decide(t.Context(), snapshot(t, service.Spec, c.servers, c.members))
			if err != nil {
				t.Fatalf("unexpected error: %v", err)
			}
			if text := memberText(got.Members); text != c.want {
				t.Errorf("members %q, want %q", text, c.want)
			}
		})
	}
}
