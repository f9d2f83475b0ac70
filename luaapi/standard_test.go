package luaapi

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"luavs/engine"
	"luavs/ipvs"
)

// Servers are letters: a is 192.168.0.97:80. "a3 b2-" is a server a of weight 3
// that is up and a server b of weight 2 that is down; "b2-7" is down for 7 s, "?"
// unknown, "!" in maintenance. Members are letters with weights, "s1" the sorry server.

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
		member, since, isDown := strings.Cut(word, "-")
		switch {
		case isDown:
			state = engine.StateDown
		case strings.HasSuffix(word, "?"):
			state = engine.StateUnknown
		case strings.HasSuffix(word, "!"):
			state = engine.StateMaintenance
		}
		d := parseMember(t, strings.TrimRight(member, "?!"))
		ago, _ := time.ParseDuration(since + "s")
		v.Servers = append(v.Servers, &engine.ServerView{Destination: d, State: state, Since: time.Now().Add(-ago)})
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

// letters declares the servers a to e, each of weight 100.
var letters = func() string {
	var list []string
	for letter := byte('a'); letter <= 'e'; letter++ {
		list = append(list, fmt.Sprintf(`real_server "%v" { weight = 100 }`, letterAddr(letter)))
	}
	return strings.Join(list, ", ")
}()

// TestTheQuorumOfTheStandardPolicy has what the last decision said in front of
// what is up.
func TestTheQuorumOfTheStandardPolicy(t *testing.T) {
	for _, c := range []struct {
		options, before, servers, members string
		want                              engine.Quorum
	}{
		{``, "", "a1 b1-", "a1", "gained"},
		{``, "", "a1- b1-", "a1", "lost"},
		{`quorum = 3`, "gained", "a1 b1", "a1 b1", "lost"},
		{`quorum = 3, hysteresis = 1`, "", "a3", "", "lost"},
		{`quorum = 3, hysteresis = 1`, "gained", "a2", "a2", "gained"},
		{`quorum = 3, hysteresis = 1`, "lost", "a3", "a3", "lost"},
		{`quorum = 3, hysteresis = 1`, "lost", "a4", "a3", "gained"},
		{`backups = { "192.168.0.99:80" }`, "", "a1- c1", "a1", "lost"},
	} {
		p := load(t, "policy.lua", fmt.Sprintf(`virtual_server "10.0.0.1:80" { policy = policy.standard { %s }, %s }`, c.options, letters), Options{})
		service := p.Config().Services[0]
		v := snapshot(t, service.Spec, c.servers, c.members)
		v.Quorum = engine.Quorum(c.before)
		if got, err := service.Decider.Decide(t.Context(), v); err != nil || got.Quorum != c.want {
			t.Errorf("{ %s } before %q, %s: %q, %v, want %q", c.options, c.before, c.servers, got.Quorum, err, c.want)
		}
	}
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

		{"one may always be out", `max_ejection = "10%"`, "a1 b1- c1 d1", "a1 b1 c1 d1", "a1 c1 d1"},
		{"no more than the share are out: the last that serves stays", `max_ejection = "50%"`, "a1 b1-9 c1-5 d1-7", "a1 c1", "a1 c1"},
		{"no more than the share are out: the last to go stays", `max_ejection = "50%"`, "a1- b1-9 c1-5 d1-7", "a1", "a1 c1"},
		{"at least so many serve", `minimum_up = 2`, "a1 b1-9 c1-5", "a1", "a1 c1"},
		{"at least so many of too few", `minimum_up = 9`, "a1 b1-9", "a1", "a1 b1"},
		{"no more than are up are needed", `minimum_up = 1`, "a1 b1 c1-5", "a1", "a1 b1"},

		{"servers in maintenance are not kept in", `minimum_up = 2`, "a1! b1-9 c1-5 d1", "d1", "c1 d1"},
		{"servers in maintenance are no part of the share", `max_ejection = "50%"`, "a1! b1! c1-9 d1-5", "d1", "d1"},
		{"servers in maintenance are no panic", `panic = "50%"`, "a1! b1! c1! d1", "d1", "d1"},

		{"backups wait", `backups = { "192.168.0.99:80" }`, "a1 b1- c1", "a1", "a1"},
		{"backups wait at zero", `backups = { "192.168.0.99:80" }, on_down = "zero"`, "a1 b1- c1", "a1", "a1 b0 c0"},
		{"backups serve before the sorry server", sorry + `, backups = { "192.168.0.99:80" }`, "a1- b1- c1", "a1", "c1"},
		{"a tier serves as a whole", `backups = { { "192.168.0.98:80", "192.168.0.99:80" }, "192.168.0.100:80" }`, "a1- b1 c2 d1", "a1", "b1 c2"},
		{"the next tier serves", `backups = { { "192.168.0.98:80", "192.168.0.99:80" }, "192.168.0.100:80" }`, "a1- b1- c2- d1", "b1", "d1"},
		{"a tier without weight is none", `backups = { "192.168.0.98:80", "192.168.0.99:80" }`, "a1- b0 c2", "a1", "c2"},
		{"the first tier is back", `backups = { "192.168.0.98:80", "192.168.0.99:80" }`, "a1- b1 c2", "c2", "b1"},
		{"no tier is up: the sorry server", sorry + `, backups = { "192.168.0.99:80" }`, "a1- c1-", "c1", "s1"},
		{"nobody is up and there is no sorry server", `backups = { "192.168.0.99:80" }`, "a1- c1-", "c1", ""},
		{"backups leave when the quorum is gained", `quorum = 2, hysteresis = 1, backups = { "192.168.0.99:80" }`, "a3 c1", "c1", "a3"},
		{"backups stay until it is", `quorum = 2, hysteresis = 1, backups = { "192.168.0.99:80" }`, "a2 c1", "c1", "c1"},
		{"too few, and no backup is up: who is left serves", `quorum = 2, backups = { "192.168.0.99:80" }`, "a1 b1- c1-", "a1 b1", "a1"},
		{"a quorum without anybody else changes nothing", `quorum = 3`, "a1 b1-", "a1 b1", "a1"},

		{"who does not serve stays while it has connections", `on_down = "drain"`, "a1 b1- c1-", "a1 b1 c1", "a1 b0"},

		{"the sorry server is a real server, up", `sorry_server = "192.168.0.97:80"`, "a1 b1", "a1 b1", "a1 b1"},
		{"the sorry server is a real server, all down", `sorry_server = "192.168.0.97:80"`, "a1- b1-", "a1 b1", "a1"},
		{"the sorry server is a real server, and another comes up", `sorry_server = "192.168.0.97:80"`, "a1- b1", "a1", "b1"},
		{"the sorry server is a real server, at zero", `sorry_server = "192.168.0.97:80", on_down = "zero"`, "a1- b1-", "a1 b1", "a1 b0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := load(t, "policy.lua", fmt.Sprintf(`virtual_server "10.0.0.1:80" {
				policy = policy.standard { %s }, %s }`, c.options, letters), Options{})
			service := p.Config().Services[0]
			v := snapshot(t, service.Spec, c.servers, c.members)
			if len(v.Servers) > 1 {
				v.Servers[1].Active = 1 // b has a connection
			}
			got, err := service.Decider.Decide(t.Context(), v)
			if err != nil {
				t.Fatalf("unexpected error: %v", err)
			}
			if text := memberText(got.Members); text != c.want {
				t.Errorf("members %q, want %q", text, c.want)
			}
		})
	}
}
