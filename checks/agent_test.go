package checks

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"luavs/checks/servertest"
)

// agentSaying listens as an agent that says one line after another, and the
// last for ever. It returns its address and what tells how often it was asked.
func agentSaying(t testing.TB, lines ...string) (addr netip.AddrPort, asked func() int) {
	t.Helper()
	var mu sync.Mutex
	n := 0
	addr = serve(t, func(c *net.TCPConn) {
		mu.Lock()
		line := lines[min(n, len(lines)-1)]
		n++
		mu.Unlock()
		io.WriteString(c, line)
		closes(c)
	})
	return addr, func() int { mu.Lock(); defer mu.Unlock(); return n }
}

// agentStories are what agents say, one line after another, and what comes of
// the last one. The test of HAProxy puts the same to it.
var agentStories = []struct {
	name   string
	lines  string // between |; each has a line end unless it ends with !
	want   Outcome
	advice Advice
	reason string
}{
	{"a percentage", "50%", Pass, Advice{ScaleWeight, 50}, "agent: 50%"},
	{"no percent at all", "0%", Pass, Advice{ScaleWeight, 0}, "agent: 0%"},
	{"more than all", "150%", Pass, Advice{ScaleWeight, 150}, "agent: 150%"},
	{"much more than all", "2000%", Pass, Advice{ScaleWeight, 2000}, "agent: 2000%"},
	{"the last of several", "50% 20%", Pass, Advice{ScaleWeight, 20}, "agent: 50% 20%"},
	{"up", "up", Pass, Advice{}, "agent: up"},
	{"up and a weight", "up 30%", Pass, Advice{ScaleWeight, 30}, "agent: up 30%"},
	{"down", "down", Fail, Advice{}, "agent: down"},
	{"down and why", "down #disk full", Fail, Advice{}, "agent: down: disk full"},
	{"fail", "fail # no disk", Fail, Advice{}, "agent: fail: no disk"},
	{"stopped", "stopped", Fail, Advice{}, "agent: stopped"},
	{"drain", "drain", Pass, Advice{SetWeight, 0}, "agent: drain"},
	{"maint", "maint", Fail, Advice{}, "maintenance"},
	{"ready", "ready", Pass, Advice{}, "agent: ready"},
	{"capitals", "DRAIN,Up", Pass, Advice{SetWeight, 0}, "agent: DRAIN,Up"},
	{"commas and tabs", "up,\tready\t40%,", Pass, Advice{ScaleWeight, 40}, "agent: up, ready 40%,"},
	{"a limit of connections", "maxconn:30 up", Pass, Advice{}, "agent: maxconn:30 up"},
	{"an empty line", "", Pass, Advice{}, "agent:"},

	{"ready ends drain", "drain|ready", Pass, Advice{}, "agent: ready"},
	{"ready ends maint", "maint|ready", Pass, Advice{}, "agent: ready"},
	{"up does not end maint", "maint|up", Fail, Advice{}, "maintenance"},
	{"up does not end drain", "drain|up", Pass, Advice{SetWeight, 0}, "agent: up"},
	{"a weight does not end drain, but holds after it", "drain|50%|ready", Pass, Advice{ScaleWeight, 50}, "agent: ready"},
	{"up ends down", "down|up", Pass, Advice{}, "agent: up"},
	{"a weight does not end down", "down #oops|50%", Fail, Advice{ScaleWeight, 50}, "agent: down: oops"},
	{"what is not said stays", "50%|up|ready", Pass, Advice{ScaleWeight, 50}, "agent: ready"},
	{"all percent ends a weight", "50%|100%", Pass, Advice{ScaleWeight, 100}, "agent: 100%"},
	{"an empty line changes nothing", "drain|", Pass, Advice{SetWeight, 0}, "agent:"},

	{"an unknown word beside known ones", "up cpu:3 70%", Pass, Advice{ScaleWeight, 70}, `agent: up cpu:3 70% ("cpu:3" is no word of an agent)`},
	{"a # inside a word", "down#oops", Pass, Advice{}, `the agent has said nothing yet: agent: "down#oops" is no word of an agent`},
	{"a line that is not an agent's", "SSH-2.0-OpenSSH_9.2", Pass, Advice{}, `the agent has said nothing yet: agent: "ssh-2.0-openssh_9.2" is no word of an agent`},
	{"a line that is not an agent's, after one that was", "drain|SSH-2.0-OpenSSH_9.2", Unknown, Advice{SetWeight, 0}, `agent: "ssh-2.0-openssh_9.2" is no word of an agent`},
	{"no line end", "down!", Pass, Advice{}, "the agent has said nothing yet: agent: closed after 4 bytes without a line end"},
	{"no line end after down", "down|up!", Unknown, Advice{}, "agent: closed after 2 bytes without a line end"},
	{"nothing at all after maint", "maint|!", Unknown, Advice{}, "agent: closed after 0 bytes without a line end"},
}

// HAProxy knows these words since later versions than Debian's.
func TestWeightsOfAnAgent(t *testing.T) {
	tests := []struct {
		line   string
		advice Advice
	}{
		{"weight:50", Advice{SetWeight, 50}},
		{"weight:0", Advice{SetWeight, 0}},
		{"WEIGHT:50%", Advice{ScaleWeight, 50}},
		{"75%,weight:3 up", Advice{SetWeight, 3}},
		{"75% weight:-3", Advice{ScaleWeight, 75}},
		{"75% weight:", Advice{ScaleWeight, 75}},
		{"75% 50", Advice{ScaleWeight, 75}},
		{"75% 25601%", Advice{ScaleWeight, 75}},
		{"drain weight:50", Advice{SetWeight, 0}},
	}
	for _, tt := range tests {
		o, _ := parseOrders(tt.line)
		if got := o.advice(); got != tt.advice {
			t.Errorf("%q: got %v, want %v", tt.line, got, tt.advice)
		}
	}
}

// said is a story as the agent says it.
func said(lines string) []string {
	all := strings.Split(lines, "|")
	for i, line := range all {
		if cut, bare := strings.CutSuffix(line, "!"); bare {
			all[i] = cut
		} else {
			all[i] = line + "\r\n"
		}
	}
	return all
}

func TestAgent(t *testing.T) {
	for _, story := range agentStories {
		t.Run(story.name, func(t *testing.T) {
			lines := said(story.lines)
			addr, _ := agentSaying(t, lines...)
			var r Result
			for range lines {
				r = Within(long, Agent{}).Check(t.Context(), Target{Addr: addr, Memory: r.Memory})
			}
			if r.Outcome != story.want || r.Advice != story.advice || r.Reason != story.reason {
				t.Errorf("got  %v %v %s\nwant %v %v %s", r.Outcome, r.Advice, r.Reason, story.want, story.advice, story.reason)
			}
			if (r.Cause == Verdict) != (r.Outcome == Fail) {
				t.Errorf("%v with cause %q", r.Outcome, r.Cause)
			}
		})
	}
}

func TestAnAgentThatCannotBeReachedChangesNothing(t *testing.T) {
	const memory = "drain down 50% #disk"
	held := Result{Outcome: Unknown, Memory: memory, Advice: Advice{SetWeight, 0}}
	silent := serve(t, hold)
	tests := []struct {
		name           string
		addr           netip.AddrPort
		cause          Cause
		reason, before string
	}{
		{"refused", servertest.Port(t), Refused, "connection refused", "the agent has said nothing yet: connection refused"},
		{"silent", silent, Timeout, "no answer within 400ms (connected, 0 bytes received, no line end)",
			"the agent has said nothing yet: no answer within 400ms (connected, 0 bytes received, no line end)"},
		{"endless", serve(t, endless("up ")), Protocol, "agent: no line end in 4096 bytes",
			"the agent has said nothing yet: agent: no line end in 4096 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			leavesNothing(t, func() {
				want := held
				want.Cause, want.Reason = tt.cause, tt.reason
				c := Within(short, Agent{})
				expect(t, c.Check(t.Context(), Target{Addr: tt.addr, Memory: memory}), want)
				expect(t, c.Check(t.Context(), Target{Addr: tt.addr}), passing(tt.before))
			})
		})
	}
}

func TestWhatAnAgentIsSent(t *testing.T) {
	heard := make(chan string, 1)
	addr := serve(t, func(c *net.TCPConn) {
		buf := make([]byte, 100)
		n, _ := c.Read(buf)
		heard <- string(buf[:n])
		greets("up\n", closes)(c)
	})
	c := Agent{Route: Route{Addr: addr.Addr(), Port: addr.Port()}, Send: []byte("web1\n")}
	want := passing("agent: up")
	want.Memory = "up"
	expect(t, ask(t, c, server, long), want)
	if got := <-heard; got != "web1\n" {
		t.Errorf("got %q", got)
	}
}

func TestAgentIdentity(t *testing.T) {
	got := Agent{Route: Route{Port: 9707}, Send: []byte("web1\n")}.String()
	if want := `agent port=9707 send="web1\n"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever an agent says, what is remembered of it says the same.
func FuzzAgentLine(f *testing.F) {
	for _, story := range agentStories {
		first, last, _ := strings.Cut(story.lines, "|")
		f.Add(first, last)
	}
	f.Fuzz(func(t *testing.T, first, last string) {
		before, _ := parseOrders(first)
		o, strange := before.amend(last)
		r := o.verdict(last, strange)
		if again, err := parseOrders(r.Memory); again != o || err != nil {
			t.Errorf("%q, %q: remembered as %q, which is %+v (%v), not %+v", first, last, r.Memory, again, err, o)
		}
		if r.Outcome != Pass && r.Outcome != Fail || r.Reason != OneLine(r.Reason) || r.Advice.Value < 0 {
			t.Errorf("%q, %q: %+v", first, last, r)
		}
	})
}
