//go:build kernel

package main

import (
	"strings"
	"testing"
	"time"
)

// TestKernelServiceOfOthersIsRefusedUntilItIsGone declares a service that
// somebody else has set up, and keeps the daemon's own over a restart.
func TestKernelServiceOfOthersIsRefusedUntilItIsGone(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	l.sh("ipvsadm -A -t %[1]s -s sh; ipvsadm -a -t %[1]s -r 192.168.31.103:80 -m -w 7", vipAddr)
	before := l.sh("ipvsadm -Sn")
	policy := l.policy("web.lua", strings.Replace(policyText(1), "scheduler", `existing = "refuse", scheduler`, 1))
	d := l.run(policy)
	problem := func() string {
		status, err := d.status()
		if err != nil {
			t.Fatal(err)
		}
		return status.Policies[0].Services[0].Problem
	}
	eventually(t, 10*time.Second, "the refusal is in the status", func() bool { return strings.Contains(problem(), `existing = "refuse"`) })
	ends := time.Now().Add(6 * time.Second)
	eventually(t, 10*time.Second, "time for a resync passes", func() bool { return time.Now().After(ends) })
	if now := l.sh("ipvsadm -Sn"); now != before {
		t.Errorf("the table was\n%s and is\n%s", before, now)
	}
	l.sh("ipvsadm -D -t " + vipAddr)
	d.serving(10*time.Second, "web1", "web2")
	l.askMany(10)
	d.end()
	d = l.run(policy)
	d.serving(10*time.Second, "web1", "web2")
	if p := problem(); p != "" {
		t.Errorf("after a restart: %s", p)
	}
	l.stop("web1")
	d.serving(soon, "web2") // it is in force
}
