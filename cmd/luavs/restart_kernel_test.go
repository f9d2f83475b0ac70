//go:build kernel

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// restartPolicy has a server that never answers, one that the policy never
// chooses though it is up, and one that is added once.
const restartPolicy = `
local web = virtual_server "10.10.31.100:80" {
  scheduler = "wrr",
  check = check.http { path = "/", every = "500ms", timeout = "500ms", rise = 1, fall = { 2, timeout = 20 } },
  real_server "192.168.31.101:80" { weight = 5 },
  real_server "192.168.31.102:80",
  real_server "192.168.31.99:80",
  real_server "192.168.31.102:8080" { check = check.icmp { every = "500ms", timeout = "500ms", fall = { 2, timeout = 20 } } },
  policy = function(vs)
    local members = {}
    for _, rs in ipairs(vs:up()) do
      if rs.port == 80 then members[#members + 1] = rs end
    end
    return members
  end,
}
on("start", function()
  if not store.get("added") then
    assert(web:add("192.168.31.103:80"))
    store.set("added", true)
  end
end)
on("drained", function(ev) log.info("told of " .. ev.server.addr) end)
`

// settled waits until each check of each server has answered.
func (d *daemon) settled() {
	d.l.t.Helper()
	eventually(d.l.t, 10*time.Second, "the first round is in", func() bool {
		status, err := d.status()
		return err == nil && len(status.Policies) == 1 && status.Policies[0].Services[0].Settled
	})
}

// A new binary on the same state, after SIGTERM and after kill -9, with a server
// that is down, one that is drained and one that was added.
func TestKernelUpgradeChangesNothing(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	policy := l.policy("web.lua", restartPolicy)
	d := l.run(policy)
	d.serving(10*time.Second, "web1", "web2", "web3")
	l.order(d, "drain", "192.168.31.102:80", "--why", "new disk")
	d.serving(10*time.Second, "web1", "web3")
	table, h := l.sh("ipvsadm -Sn"), l.history()
	for _, how := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		d.cmd.Process.Signal(how)
		d.cmd.Wait()
		d = l.run(policy)
		d.settled()
		eventually(t, 10*time.Second, "some checks have run", func() bool {
			status, err := d.status()
			return err == nil && status.Policies[0].Services[0].Servers[0].Checks[0].Runs > 5
		})
		h.quiet(fmt.Sprintf("over a restart by %v", how))
		if after := l.sh("ipvsadm -Sn"); after != table {
			t.Errorf("after %v the table is\n%s\nand was\n%s", how, after, table)
		}
		status, err := d.status()
		if err != nil {
			t.Fatal(err)
		}
		states := ""
		for _, s := range status.Policies[0].Services[0].Servers {
			states += fmt.Sprintf("%s %v %s\n", s.Addr, s.State, s.Origin)
		}
		if told := strings.Count(d.logged(), "told of"); told > 0 {
			t.Errorf("after %v it is told again who was drained", how)
		}
		want := "192.168.31.101:80 up \n192.168.31.102:80 draining \n192.168.31.99:80 down \n192.168.31.102:8080 up \n192.168.31.103:80 up added\n"
		if states != want {
			t.Errorf("after %v the states are\n%s\nwant\n%s", how, states, want)
		}
	}
	l.order(d, "resume", "192.168.31.102:80")
	d.serving(10*time.Second, "web1", "web2", "web3")
}

// order sends an order, which must go well.
func (l *lab) order(d *daemon, verb string, args ...string) {
	l.t.Helper()
	if out, err := luavs(append([]string{verb, "--listen", d.socket}, args...)...).CombinedOutput(); err != nil {
		l.t.Errorf("luavs %s %v: %v\n%s", verb, args, err, out)
	}
}

// What only policies of an earlier run declared is given up; --on-exit flush
// leaves nothing but what is others'.
func TestKernelGivesUpWhatNobodyDeclaresAnyMore(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	l.sh("ipvsadm -A -t 10.10.31.100:8080 -s sh")
	both := policyText(1) + `virtual_server "10.10.31.100:81" { real_server "192.168.31.101:81" {} }`
	d := l.run(l.policy("web.lua", both))
	d.serving(10*time.Second, "web1", "web2")
	d.cmd.Process.Kill()
	d.cmd.Wait()
	d = l.run(l.policy("web.lua", policyText(1)))
	eventually(t, 5*time.Second, "the service on port 81 is gone", func() bool {
		return !strings.Contains(l.sh("ipvsadm -Sn"), "10.10.31.100:81 ")
	})
	d.serving(10*time.Second, "web1", "web2")
	if table := l.sh("ipvsadm -Sn"); !strings.Contains(table, "10.10.31.100:8080 ") {
		t.Errorf("the service of others is gone:\n%s", table)
	}
	d.end()
	d = l.run(l.policy("web.lua", policyText(1)), "--on-exit", "flush")
	d.serving(10*time.Second, "web1", "web2")
	d.end()
	if table, want := l.sh("ipvsadm -Sn"), "-A -t 10.10.31.100:8080 -s sh\n"; table != want {
		t.Errorf("after the end the table is\n%s\nwant\n%s", table, want)
	}
}

// A full disk under the state stops nothing, and what is new is written when
// there is room again.
func TestKernelFullDiskUnderTheState(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	dir := filepath.Join(l.dir, "state")
	l.sh("mkdir -p %[1]s && mount -t tmpfs -o size=1m tmpfs %[1]s", dir)
	t.Cleanup(func() { l.sh("umount %s", dir) })
	policy := l.policy("web.lua", policyText(1)+`every("100ms", function()
  local n = #store.keys()
  if n < 30 then store.set("n" .. n, string.rep("x", 4000)) end
end)`)
	d := l.run(policy)
	d.serving(10*time.Second, "web1", "web2")
	l.sh("cat /dev/zero >%s/filler 2>/dev/null || true", dir)
	problem := func() string {
		status, err := d.status()
		if err != nil {
			t.Fatal(err)
		}
		return status.State
	}
	eventually(t, 10*time.Second, "the status tells of the disk", func() bool { return strings.Contains(problem(), "no space left") })

	l.order(d, "drain", "192.168.31.102:80")
	d.serving(10*time.Second, "web1")

	// Killed meanwhile, it starts on the full disk. The order is lost, as the
	// status said.
	d.cmd.Process.Kill()
	d.cmd.Wait()
	d = l.run(policy)
	d.serving(10*time.Second, "web1", "web2")
	l.order(d, "drain", "192.168.31.102:80")
	d.serving(10*time.Second, "web1")
	l.sh("rm %s/filler", dir)
	eventually(t, 10*time.Second, "the state is written again", func() bool { return problem() == "" })
	h := l.history()
	d.cmd.Process.Kill()
	d.cmd.Wait()
	d = l.run(policy)
	d.settled()
	h.quiet("over a restart")
	d.serving(10*time.Second, "web1")
}

// TestKernelRunsWithoutRoot runs the daemon as docs/luavs.service does.
func TestKernelRunsWithoutRoot(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	_, d := l.runWithoutRoot(policyText(1)+`
virtual_server "10.10.31.100:81" { check = check.icmp { every = "500ms", timeout = "400ms" }, real_server "192.168.31.101:81" {} }
on("start", function() ipvs.sysctl("expire_nodest_conn", 1) end)
on("start", function()
  for n = 1, 20 do log.info("a program", { has = assert(exec.run { "grep", "-E", "Cap(Prm|Eff|Amb)", "/proc/self/status" }).stdout }) end
end)`, "+net_admin,+net_raw", "--allow-exec")
	d.serving(10*time.Second, "web1", "web2")
	eventually(t, 10*time.Second, "the server that answers pings is up", func() bool {
		return strings.Contains(l.sh("ipvsadm -Sn"), "-a -t 10.10.31.100:81 -r 192.168.31.101:81")
	})
	if got := l.sh("grep -E '^(Uid|CapEff)' /proc/%d/status", d.cmd.Process.Pid); !strings.Contains(got, "CapEff:\t0000000000003000") || !strings.Contains(got, "Uid:\t65534") {
		t.Errorf("it runs with\n%s", got)
	}
	eventually(t, 5*time.Second, "a sysctl was set", func() bool {
		return strings.TrimSpace(l.sh("cat /proc/sys/net/ipv4/vs/expire_nodest_conn")) == "1"
	})
	const none = `has="CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n"`
	eventually(t, 10*time.Second, "20 programs have run, and none may do what LuaVS may", func() bool {
		return strings.Count(d.logged(), none) == 20
	})
	l.stop("web1")
	d.serving(soon, "web2")
	d.end()
	if text := d.logged(); strings.Contains(text, "level=ERROR") || strings.Contains(text, "denied") {
		t.Error("errors are in the log")
	}
}

// runWithoutRoot runs a daemon with a policy as docs/luavs.service does, with some
// capabilities, in a folder of its user's, which it returns.
func (l *lab) runWithoutRoot(text, capabilities string, flags ...string) (home string, d *daemon) {
	l.t.Helper()
	if _, err := exec.LookPath("setpriv"); err != nil {
		l.t.Fatalf("apt-get install util-linux: %v", err)
	}
	home, err := os.MkdirTemp("/run", "luavs-nobody")
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { os.RemoveAll(home) })
	l.sh("cp /proc/%d/exe %[2]s/luavs && chown -R nobody %[2]s && chmod 755 %[2]s %[2]s/luavs", os.Getpid(), home)
	policy := filepath.Join(home, "policy.lua")
	if err := os.WriteFile(policy, []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
	args := []string{"--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs",
		"--inh-caps=-all," + capabilities, "--ambient-caps=-all," + capabilities, "--bounding-set=-all," + capabilities,
		filepath.Join(home, "luavs"), "run", "--listen", filepath.Join(home, "d.sock"), "--state", filepath.Join(home, "state")}
	cmd := exec.Command("setpriv", append(append(args, flags...), policy)...)
	cmd.Env = append(os.Environ(), "LUAVS_TEST_MAIN=1")
	return home, l.watch(cmd, filepath.Join(home, "d.sock"))
}
