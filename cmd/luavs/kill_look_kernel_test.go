//go:build kernel

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"luavs/engine"
	"luavs/ipvs"
)

// killServer is what an uninterrupted run would know of a web server.
type killServer struct {
	name     string
	runs     bool
	weight   int
	mark     *killMark  // nil: it does not drain
	visitors []*visitor // who hold a connection to it
	touched  bool       // something happened to it since the table was as it should be
}

// killMark is between which times the connections of who drains are cut off.
type killMark struct{ from, to time.Time }

// dismiss has the visitors leave.
func (s *killServer) dismiss() {
	for _, v := range s.visitors {
		v.leave()
	}
	s.visitors = nil
}

// absent is the weight of who is not in the table.
const absent = -1

// line is the weight that the server has in the table when all has come to rest.
func (s *killServer) line() int {
	switch {
	case s.runs && s.mark == nil:
		return s.weight
	case len(s.visitors) > 0:
		return 0
	}
	return absent
}

// state is what the status says of it then.
func (s *killServer) state() engine.State {
	switch {
	case s.mark != nil:
		return engine.StateDraining
	case s.runs:
		return engine.StateUp
	}
	return engine.StateDown
}

// in returns the weight of the server in a table.
func (s *killServer) in(t ipvs.Table) int {
	for _, e := range t {
		for _, d := range e.Destinations {
			if e.ServiceKey == vipKey() && hostOf(d.Addr.String()) == s.name {
				return d.Weight
			}
		}
	}
	return absent
}

// converges waits until the kernel and the status are as they should be.
func (k *killings) converges() {
	k.t.Helper()
	want := k.wants() + k.knows()
	got := ""
	defer func() {
		if k.t.Failed() {
			k.t.Logf("%s:\ngot\n%s\nwant\n%s\n%s", k.did, got, want, k.l.sh("ipvsadm -Ln"))
		}
	}()
	eventually(k.t, 2*soon, "all is as after an uninterrupted run", func() bool {
		got = sortedLines(k.l.sh("ipvsadm -Sn")) + k.says()
		return got == want
	})
	k.nothingElseHappened()
	k.deadlinesHold()
	k.visitorsStay()
	for _, s := range k.servers {
		s.touched = false
	}
}

// wants is the whole table, sorted, as ipvsadm -Sn prints it.
func (k *killings) wants() string {
	text := "-A -t 10.10.31.100:80 -s wrr\n"
	for _, s := range k.servers {
		if weight := s.line(); weight != absent {
			text += fmt.Sprintf("-a -t 10.10.31.100:80 -r 192.168.31.%s:80 -m -w %d\n", web[s.name], weight)
		}
	}
	if k.other {
		text += "-A -t 10.10.31.100:81 -s wlc\n-a -t 10.10.31.100:81 -r 192.168.31.101:81 -m -w 1\n"
	}
	return sortedLines(text)
}

// knows is what the daemon should say of the servers. Of those that have joined
// none answers.
func (k *killings) knows() string {
	var text strings.Builder
	for n, s := range k.servers {
		origin := ""
		if n == 2 {
			origin = engine.OriginAdded
		}
		fmt.Fprintf(&text, "192.168.31.%s:80 %v %s\n", web[s.name], s.state(), origin)
	}
	for n := range k.joined {
		fmt.Fprintf(&text, "192.168.31.103:%d down added\n", 8001+n)
	}
	return text.String()
}

// says is what the daemon says of them.
func (k *killings) says() string {
	var text strings.Builder
	service, _ := k.status()
	for _, s := range service.Servers {
		fmt.Fprintf(&text, "%s %v %s\n", s.Addr, s.State, s.Origin)
	}
	return text.String()
}

// nothingElseHappened requires that a server that was left alone had the same
// weight, or none, at every moment since the table was last as it should be.
func (k *killings) nothingElseHappened() {
	k.t.Helper()
	for _, m := range k.h.news() {
		for _, s := range k.servers {
			if now := s.in(m.Table); !s.touched && now != s.line() {
				k.t.Errorf("%s: somebody asked the kernel to %s, and %s, to which nothing had happened, had weight %d instead of %d (%d: it is not there)",
					k.did, m.Request, s.name, now, s.line(), absent)
			}
		}
	}
}

// deadlinesHold requires that who drains does so as long as was ordered.
func (k *killings) deadlinesHold() {
	k.t.Helper()
	service, _ := k.status()
	for _, s := range k.servers {
		if s.mark == nil {
			continue
		}
		for _, srv := range service.Servers {
			if hostOf(srv.Addr) == s.name && (srv.Mark == nil || srv.Mark.Until.Before(s.mark.from) || srv.Mark.Until.After(s.mark.to)) {
				k.t.Errorf("%s: %s drains as %+v says, and was told to until between %v and %v", k.did, s.name, srv.Mark, s.mark.from, s.mark.to)
			}
		}
		for _, d := range service.Draining {
			if hostOf(d.Addr) == s.name && (d.Until.Before(s.mark.from) || d.Until.After(s.mark.to)) {
				k.t.Errorf("%s: the connections of %s are cut off at %v, and were to be between %v and %v", k.did, s.name, d.Until, s.mark.from, s.mark.to)
			}
		}
	}
}

// sortedLines puts the lines of a text in order.
func sortedLines(text string) string {
	lines := slices.Sorted(strings.Lines(text))
	return strings.Join(lines, "")
}
