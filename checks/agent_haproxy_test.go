package checks

import (
	"encoding/csv"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"luavs/checks/servertest"
)

// agentWeight is the configured weight of each server in the test below.
const agentWeight = 10

// TestHAProxyThinksTheSameOfAnAgent lets a real HAProxy ask the agents of all
// stories, and compares what it makes of each server: whether it gets new
// connections, and by which weight.
func TestHAProxyThinksTheSameOfAnAgent(t *testing.T) {
	s := servertest.New(t, servertest.Nobody)
	socket := s.Path("stats.sock")
	var servers strings.Builder
	var asked []func() int
	for i, story := range agentStories {
		addr, n := agentSaying(t, said(story.lines)...)
		asked = append(asked, n)
		fmt.Fprintf(&servers, "  server s%d 127.0.0.1:1 weight %d agent-check agent-addr %v agent-port %d agent-inter 50ms\n",
			i, agentWeight, addr.Addr(), addr.Port())
	}
	s.Write("haproxy.cfg", fmt.Sprintf(`
global
  stats socket %s mode 600
defaults
  timeout client 1s
  timeout server 1s
  timeout connect 1s
  timeout check 2s
listen agents
  bind unix@%s.listen
  balance roundrobin
%s`, socket, socket, servers.String()))
	listens := func() error {
		c, err := net.Dial("unix", socket)
		if err == nil {
			c.Close()
		}
		return err
	}
	s.Start("haproxy", "/usr/sbin/haproxy -db -f DIR/haproxy.cfg", listens)

	for i, story := range agentStories {
		// Once it asks again it has judged all before, the last line twice.
		lines := len(said(story.lines))
		until(t, story.name, func() bool { return asked[i]() > lines+1 })
	}
	theirs := haproxyServers(t, socket)
	for i, story := range agentStories {
		want := ourJudgement(story.lines)
		if got := theirs[fmt.Sprintf("s%d", i)]; got != want {
			t.Errorf("%s (%q): HAProxy says %s, we say %s", story.name, story.lines, got, want)
		}
	}
}

// ourJudgement is what we make of a server of the weight agentWeight: "down",
// or its weight.
func ourJudgement(lines string) string {
	var o orders
	verdict := Result{Outcome: Pass}
	for _, line := range said(lines) {
		if text, whole := strings.CutSuffix(line, "\r\n"); whole {
			var strange error
			o, strange = o.amend(text)
			verdict = o.verdict(text, strange)
		}
	}
	weight := agentWeight
	switch a := verdict.Advice; {
	case verdict.Outcome != Pass:
		return "down"
	case a.Kind == SetWeight:
		weight = a.Value
	case a.Kind == ScaleWeight:
		weight = agentWeight * a.Value / 100
	}
	return fmt.Sprint("weight ", weight)
}

// haproxyServers asks HAProxy what it thinks of its servers, in the words of
// ourJudgement.
func haproxyServers(t *testing.T, socket string) map[string]string {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "show stat\n")
	text, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "# "))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("show stat: %v\n%s", err, text)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	all := map[string]string{}
	for _, row := range rows[1:] {
		weight, _ := strconv.Atoi(row[column["weight"]])
		switch status := row[column["status"]]; {
		case strings.HasPrefix(status, "DOWN"), strings.HasPrefix(status, "MAINT"):
			all[row[column["svname"]]] = "down"
		case strings.HasPrefix(status, "DRAIN"):
			all[row[column["svname"]]] = "weight 0"
		default:
			all[row[column["svname"]]] = fmt.Sprint("weight ", weight)
		}
	}
	return all
}
