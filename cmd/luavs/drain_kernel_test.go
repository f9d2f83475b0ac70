//go:build kernel

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// draining is a policy of two web servers that are well and, when they leave,
// have a time for their connections.
const draining = `
virtual_server "10.10.31.100:80" {
  scheduler = "rr", drain = "1m", %s
  check = check.http { path = "/", every = "1s", timeout = "900ms", rise = 1, fall = 3 },
  real_server "192.168.31.101:80" { weight = 3 },
  real_server "192.168.31.102:80",
}`

// order runs luavs drain, maintenance or resume, and returns what it printed.
func (d *daemon) order(words ...string) string {
	d.l.t.Helper()
	out, err := luavs(append([]string{words[0], "--listen", d.socket}, words[1:]...)...).CombinedOutput()
	if err != nil {
		d.l.t.Fatalf("luavs %v: %v\n%s", words, err, out)
	}
	return string(out)
}

// weighs waits until ipvsadm shows the weights of the virtual server's
// destinations, as "web1=0 web2=1".
func (l *lab) weighs(within time.Duration, want string) {
	l.t.Helper()
	eventually(l.t, within, "ipvsadm shows "+want, func() bool {
		var got []string
		for line := range strings.Lines(l.sh("ipvsadm -Sn | sort")) {
			var addr, method string
			var weight int
			if n, _ := fmt.Sscanf(line, "-a -t 10.10.31.100:http -r %s -%s -w %d", &addr, &method, &weight); n == 3 {
				got = append(got, fmt.Sprintf("%s=%d", hostOf(addr), weight))
			} else if n, _ := fmt.Sscanf(line, "-a -t 10.10.31.100:80 -r %s -%s -w %d", &addr, &method, &weight); n == 3 {
				got = append(got, fmt.Sprintf("%s=%d", hostOf(addr), weight))
			}
		}
		return strings.Join(got, " ") == want
	})
}

func TestKernelConnectionsSurviveADrain(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	d := l.run(l.policy("web.lua", fmt.Sprintf(draining, "")))
	l.weighs(10*time.Second, "web1=3 web2=1")
	visitors := l.visitors(10, "web1")

	// They stay where they are; others go elsewhere.
	said := d.order("drain", "192.168.31.101:80", "--why", "new disks")
	if !strings.Contains(said, "192.168.31.101:80 in tcp 10.10.31.100:80: draining, ") {
		t.Errorf("luavs drain said %q", said)
	}
	l.weighs(time.Second, "web1=0 web2=1")
	requests := l.stay(visitors, 5*time.Second)
	if got := l.askMany(50); got["web2"] != 50 {
		t.Errorf("new connections came to %v, want web2 alone", got)
	}
	requests += l.stay(visitors, time.Second)
	t.Logf("%d requests by 10 connections to the server that drains, none failed", requests)
	eventually(t, 3*time.Second, "the status shows 10 connections", func() bool {
		out, err := luavs("status", "--listen", d.socket).CombinedOutput()
		return err == nil && strings.Contains(string(out), "draining: 192.168.31.101:80 for ") && strings.Contains(string(out), "10 active connections, cut off in ")
	})

	// The last one to leave puts out the light.
	for _, v := range visitors[1:] {
		v.leave()
	}
	l.stay(visitors[:1], 4*time.Second)
	l.weighs(time.Second, "web1=0 web2=1")
	visitors[0].leave()
	l.weighs(4*time.Second, "web2=1")
	if got := l.askMany(20); got["web2"] != 20 {
		t.Errorf("drained: answers came from %v, want web2 alone", got)
	}
	d.order("resume", "192.168.31.101:80")
	l.weighs(2*time.Second, "web1=3 web2=1")
}

func TestKernelADrainEndsAtItsDeadline(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	d := l.run(l.policy("web.lua", fmt.Sprintf(draining, "")))
	l.weighs(10*time.Second, "web1=3 web2=1")
	visitors := l.visitors(3, "web1")

	// A resume before the deadline leaves them where they are.
	d.order("drain", "192.168.31.101:80", "--deadline", "5s")
	l.stay(visitors, 2*time.Second)
	d.order("resume", "192.168.31.101:80")
	l.weighs(time.Second, "web1=3 web2=1")
	l.stay(visitors, 4*time.Second)

	started := time.Now()
	d.order("drain", "192.168.31.101:80", "--deadline", "5s")
	l.stay(visitors, 4500*time.Millisecond-time.Since(started))
	d.order("drain", "192.168.31.101:80", "--deadline", "1s", "--wait")
	if took := time.Since(started); took > 7*time.Second {
		t.Errorf("cut off after %v, want a second after the last order", took)
	}
	l.weighs(time.Second, "web2=1")
	for i, v := range visitors {
		v.http.Timeout = time.Second // nothing is lost with one who answers late
		if name, err := v.ask(); err == nil && v.dials == 1 {
			t.Errorf("visitor %d is still served by %s", i, name)
		}
	}

	// What is cut off is met with silence, or at the sysctl's will with a reset:
	// then a client asks somebody else at once.
	d.order("resume", "192.168.31.101:80")
	l.weighs(time.Second, "web1=3 web2=1")
	visitors = l.visitors(3, "web1")
	l.sh("sysctl -qw net.ipv4.vs.expire_nodest_conn=1")
	d.order("drain", "192.168.31.101:80", "--deadline", "0s", "--wait")
	for i, v := range visitors {
		if name, err := v.ask(); err != nil || name != "web2" || v.dials != 2 || !strings.Contains(v.end(), "reset by peer") {
			t.Errorf("visitor %d was served by %q, %v, over connection %d; the one before ended with %s", i, name, err, v.dials, v.end())
		}
	}
}

// A drain goes on over restarts, with its connections and until the time that was
// ordered, also while there is no daemon.
func TestKernelADrainGoesOnOverRestarts(t *testing.T) {
	const deadline = 15 * time.Second
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	d := l.run(l.policy("web.lua", fmt.Sprintf(draining, "")))
	l.weighs(10*time.Second, "web1=3 web2=1")
	visitors := l.visitors(3, "web1")
	before := time.Now()
	d.order("drain", "192.168.31.101:80", "--deadline", deadline.String())
	ordered := time.Now()
	l.weighs(time.Second, "web1=0 web2=1")
	h := l.history()
	for _, how := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		d.die(how)
		l.stay(visitors, time.Second)
		d.again()
		d.settled()
		l.stay(visitors, time.Second)
		if got := l.askMany(5); got["web2"] != 5 {
			t.Errorf("after %v new connections came to %v, want web2 alone", how, got)
		}
		if now := time.Now(); now.Before(before.Add(deadline)) {
			h.quiet(fmt.Sprintf("over a restart by %v", how))
		}
	}
	eventually(t, deadline+soon, "the connections are cut off", func() bool { return len(h.Moments()) > 1 })
	if now := time.Now(); now.Before(before.Add(deadline)) || now.After(ordered.Add(deadline+2*time.Second)) {
		t.Errorf("cut off %v after the order was sent, want after %v", now.Sub(before), deadline)
	}
	l.weighs(time.Second, "web2=1")

	// A time that goes by while there is no daemon is over when there is one.
	d.order("resume", "192.168.31.101:80")
	l.weighs(2*time.Second, "web1=3 web2=1")
	visitors = l.visitors(3, "web1")
	d.order("drain", "192.168.31.101:80", "--deadline", "3s")
	over := time.Now().Add(3 * time.Second)
	d.die(syscall.SIGKILL)
	l.stay(visitors, time.Until(over))
	d.again()
	l.weighs(soon, "web2=1")
}

// A program that begins to end says to the checks that it is not ready, and serves
// its connections to the end.
func TestKernelConnectionsSurviveThatTheirServerFailsItsCheckOnTheWayOut(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	d := l.run(l.policy("web.lua", `
virtual_server "10.10.31.100:80" {
  scheduler = "rr", drain = "1m",
  check = check.ttl { ttl = "10m" },
  real_server "192.168.31.101:80" { weight = 3 },
  real_server "192.168.31.102:80",
}`))
	d.order("report", "192.168.31.101:80", "pass")
	d.order("report", "192.168.31.102:80", "pass")
	l.weighs(2*time.Second, "web1=3 web2=1")
	visitors := l.visitors(5, "web1")
	d.order("drain", "192.168.31.101:80", "--why", "new version")
	d.order("report", "192.168.31.101:80", "fail", "not ready")
	l.stay(visitors, 5*time.Second)
	l.weighs(time.Second, "web1=0 web2=1")
	if got := l.askMany(20); got["web2"] != 20 {
		t.Errorf("new connections came to %v, want web2 alone", got)
	}
	for _, v := range visitors {
		v.leave()
	}
	l.weighs(4*time.Second, "web2=1")
}

func TestKernelConnectionsSurviveThatAPolicyIsRemoved(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	l.policy("other.lua", `virtual_server "10.10.31.100:8080" { real_server "192.168.31.101:80" }`)
	path := l.policy("web.lua", fmt.Sprintf(draining, ""))
	l.run(filepath.Dir(path))
	l.weighs(10*time.Second, "web1=3 web2=1")
	visitors := append(l.visitors(3, "web1"), l.visitors(3, "web2")...)

	// A server that is taken out of the file.
	l.policy("web.lua", strings.Replace(fmt.Sprintf(draining, ""), `real_server "192.168.31.102:80",`, "", 1))
	l.weighs(10*time.Second, "web1=3 web2=0")
	l.stay(visitors, 3*time.Second)

	// The whole file.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	l.weighs(10*time.Second, "web1=0 web2=0")
	l.stay(visitors, 3*time.Second)

	// It is put back, and removed for good.
	l.policy("web.lua", fmt.Sprintf(draining, ""))
	l.weighs(10*time.Second, "web1=3 web2=1")
	l.stay(visitors, time.Second)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	l.weighs(10*time.Second, "web1=0 web2=0")
	for _, v := range visitors[:3] {
		v.leave()
	}
	l.weighs(5*time.Second, "web2=0")
	l.stay(visitors[3:], time.Second)
	for _, v := range visitors[3:] {
		v.leave()
	}
	eventually(t, 5*time.Second, "the service is deleted", func() bool {
		return !strings.Contains(l.sh("ipvsadm -Sn"), vipAddr+" ")
	})
}

func TestKernelPersistenceLeadsBackToWhoDrains(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	d := l.run(l.policy("web.lua", fmt.Sprintf(draining, `persistence = 300,`)))
	l.weighs(10*time.Second, "web1=3 web2=1")
	server, err := l.ask()
	if err != nil {
		t.Fatal(err)
	}
	d.order("drain", "192.168.31."+web[server]+":80")
	if got := l.askMany(20); got[server] != 20 {
		t.Errorf("a known client was sent to %v, want %s still", got, server)
	}
	const hint = "HINT persistence leads known clients back; sysctl -w net.ipv4.vs.expire_quiescent_template=1"
	hinted := func() bool {
		out, err := luavs("status", "--listen", d.socket).CombinedOutput()
		return err == nil && strings.Contains(string(out), hint)
	}
	eventually(t, 3*time.Second, "the status says so", hinted)
	l.sh("sysctl -qw net.ipv4.vs.expire_quiescent_template=1")
	eventually(t, 3*time.Second, "the status says so no more", func() bool { return !hinted() })
	if got := l.askMany(20); got[server] > 0 {
		t.Errorf("with the sysctl a known client was sent to %v, want not to %s", got, server)
	}
}
