//go:build kernel

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The loop of examples/thesis-loop, against real servers. Its ssh is replaced by
// a program that notes what it was asked to do: nothing else of it.
func TestKernelThesisLoopIsADirector(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	text, err := os.ReadFile("../../examples/thesis-loop/policy.lua")
	if err != nil {
		t.Fatal(err)
	}
	asked := filepath.Join(l.dir, "asked")
	ssh := l.program("ssh", "echo \"$@\" >>"+asked)
	d := l.run(l.policy("loop.lua", strings.Replace(string(text), `"ssh"`, `"`+ssh+`"`, 1)), "--allow-exec", "--exec-user", "root")
	l.holds(10*time.Second, "web1", "web2")

	// Over a thousand closed connections, about half of them to each.
	if got := l.askMany(1100); got["web1"] < 501 || got["web2"] < 501 {
		t.Fatalf("answers came from %v, want over 500 from each", got)
	}
	l.stop("web1")
	l.holds(10*time.Second, "web2")
	eventually(t, 10*time.Second, "the hung server is restarted", func() bool {
		line, err := os.ReadFile(asked)
		return err == nil && string(line) == "192.168.31.101 -t sudo systemctl restart httpd\n"
	})
	l.stop("web2")
	l.holds(10*time.Second, "web3")
	l.start("web2")
	l.holds(10*time.Second, "web2")
	l.start("web1")
	l.holds(10*time.Second, "web1", "web2")
	d.end()
}

func TestKernelThesisServiceIsMadeByAScript(t *testing.T) {
	l := newLab(t)
	out, err := luavs("exec", "../../examples/thesis-service/service.lua").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const want = `-A -t 10.0.0.1:80 -s wrr
-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3
`
	if got := l.sh("ipvsadm -Sn"); got != want {
		t.Errorf("ipvsadm -Sn prints\n%swant\n%s", got, want)
	}
}

// No machine of examples/keepalived-style is there, so the first round of checks
// finds nobody: the sorry server serves one service, nobody the other.
func TestKernelKeepalivedStyleFallsBackToItsSorryServer(t *testing.T) {
	l := newLab(t)
	l.run("../../examples/keepalived-style/policy.lua")
	const want = `-A -t 10.0.0.1:80 -s wlc -p 300
-a -t 10.0.0.1:80 -r 192.168.0.9:80 -g -w 1
-A -t 10.0.0.1:443 -s wlc
`
	eventually(t, 20*time.Second, "ipvsadm -Sn prints\n"+want, func() bool { return l.sh("ipvsadm -Sn") == want })
}

func TestKernelReportTellsWhatTheTableHolds(t *testing.T) {
	l := newLab(t)
	l.sh(`ipvsadm -A -t 10.0.0.1:80 -s wrr
ipvsadm -a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 3
ipvsadm -A -u 10.0.0.1:53
ipvsadm --start-daemon master --mcast-interface lo --syncid 4
ipvsadm --set 60 0 0`)
	t.Cleanup(func() { l.sh("ipvsadm --stop-daemon master") }) // it keeps the module in use
	out, err := luavs("exec", "../../examples/kernel-report/report.lua").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"timeouts tcp 60s, ",
		"sync daemon: master on lo, group 224.0.0.81:8848, id 4\n",
		"tcp 10.0.0.1:80  wrr  0 connections, 0 a second\n  -> 192.168.0.1:80  nat  weight 3, 0 active, 0 inactive\n",
		"! udp 10.0.0.1:53: no destination with a weight above 0: ",
		"! udp 10.0.0.1:53: flows to a removed server are lost ",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
}
