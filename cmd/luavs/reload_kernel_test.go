//go:build kernel

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"luavs/engine/admin"
)

const (
	reloads     = 50
	reloadPause = 400 * time.Millisecond // 50 of them are 20 s
)

// breakage are ways in which a policy is wrong.
var breakage = []func(text string) string{
	func(text string) string { return strings.Replace(text, "},", ",", 1) },
	func(text string) string { return strings.Replace(text, "scheduler", "schedular", 1) },
	func(text string) string { return text + "error('no')\n" },
	func(text string) string { return text[:len(text)/2] },
	func(string) string { return "" },
}

// TestKernelReloadsUnderLoad reloads a policy 50 times in 20 s while clients
// send requests without a pause. Every other text is broken; of the others one
// in two says nothing new, and one in two another weight. No request fails, at
// no moment is the table empty, and a new weight is the one change that the kernel
// is asked for.
func TestKernelReloadsUnderLoad(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	path := filepath.Join(l.dir, "policies", "web.lua")
	d := l.run(l.policy("web.lua", policyText(1)))
	d.serving(10*time.Second, "web1", "web2")
	load, h := l.clients(4), l.history()
	load.hear(t, "web1", 5)
	daemon := admin.NewClient(d.socket)
	weight := 1
	tick := time.Tick(reloadPause)
	for i := range reloads {
		text, broken := "", i%2 == 1
		switch {
		case broken:
			text = breakage[i/2%len(breakage)](policyText(100 + i))
		case i%4 == 0:
			text = fmt.Sprintf("%s-- nothing new, %d\n", policyText(weight), i)
		default:
			weight++
			text = policyText(weight)
		}
		l.policy("web.lua", text)
		if err := daemon.Reload(t.Context()); (err != nil) != broken {
			t.Errorf("reload %d of %s: %v", i, path, err)
		}
		want := 0
		if !broken && i%4 != 0 {
			want = 1
		}
		if got := h.news(); len(got) != want {
			t.Errorf("reload %d: %d changes of the kernel, want %d: %v", i, len(got), want, got)
		}
		if table := l.sh("ipvsadm -Sn"); !strings.Contains(table, fmt.Sprintf("-r 192.168.31.101:80 -m -w %d\n", weight)) {
			t.Errorf("reload %d: no weight %d in\n%s", i, weight, table)
		}
		<-tick
	}
	load.stop()
	h.quiet("after the last reload")
	for _, r := range load.sent {
		if r.err != nil {
			t.Errorf("a request failed after %v: %v", r.ended.Sub(r.began), r.err)
		}
	}
	if tables := h.served(); tables != weight {
		t.Errorf("%d tables, want one for each of %d weights", tables, weight)
	}
	// The counters of a service that was deleted begin anew. A client that uses a
	// port again soon makes no new connection.
	if got := l.connections("-t " + vipAddr); got < len(load.sent)*9/10 {
		t.Errorf("the service counts %d connections of %d requests", got, len(load.sent))
	}
	t.Logf("%d requests, %d weights", len(load.sent), weight)
}

// TestKernelAChangedPolicyIsNoticedAtOnce changes a policy three times and asks
// for no reload. The watch of its folder finds each change long before the look
// at all files that comes every 5 s.
func TestKernelAChangedPolicyIsNoticedAtOnce(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	d := l.run(l.policy("web.lua", policyText(1)))
	d.serving(10*time.Second, "web1", "web2")
	for weight := 2; weight <= 4; weight++ {
		l.policy("web.lua", policyText(weight))
		eventually(t, 2*time.Second, "the new weight is in the kernel", func() bool {
			return strings.Contains(l.sh("ipvsadm -Sn"), fmt.Sprintf("-r 192.168.31.101:80 -m -w %d\n", weight))
		})
	}
}

// TestKernelPolicyFilesAreRenamedUnderLoad renames the file of a policy while
// clients send requests. No request fails, nothing changes in the kernel, and a
// server that was taken out stays so.
func TestKernelPolicyFilesAreRenamedUnderLoad(t *testing.T) {
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	path := l.policy("web.lua", strings.Replace(policyText(1), `real_server "192.168.31.101:80"`, `real_server "192.168.31.103:80", real_server "192.168.31.101:80"`, 1))
	d := l.run(filepath.Dir(path))
	d.serving(10*time.Second, "web1", "web2", "web3")
	l.order(d, "drain", "192.168.31.103:80")
	d.serving(10*time.Second, "web1", "web2")
	l.undisturbed(func(load *clients) {
		for _, name := range []string{"api.lua", "www.lua", "web.lua"} {
			renamed := filepath.Join(filepath.Dir(path), name)
			l.sh("mv %s %s", path, renamed)
			path = renamed
			eventually(t, 10*time.Second, "the policy has the file's name", func() bool {
				status, err := d.status()
				return err == nil && len(status.Policies) == 1 && status.Policies[0].Name == path && status.Policies[0].Services[0].Settled
			})
			load.hear(t, "web1", 20)
		}
	})
	d.serving(time.Second, "web1", "web2")
}

// TestKernelPolicyFilesSwapUnderLoad has two policies change their virtual servers
// with each other while clients send requests. Whichever of the files is seen first,
// no request fails and nothing changes in the kernel.
func TestKernelPolicyFilesSwapUnderLoad(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	texts := []string{policyText(1), `virtual_server "10.10.31.200:80" { real_server "192.168.31.101:80" }`}
	l.policy("a.lua", texts[0])
	d := l.run(filepath.Dir(l.policy("b.lua", texts[1])))
	d.serving(10*time.Second, "web1", "web2")
	l.undisturbed(func(load *clients) {
		for turn := 1; turn <= 4; turn++ {
			l.policy("a.lua", texts[turn%2])
			l.policy("b.lua", texts[1-turn%2])
			eventually(t, 10*time.Second, "the virtual servers are swapped", func() bool {
				status, err := d.status()
				return err == nil && len(status.Policies) == 2 && strings.Contains(status.Policies[turn%2].Services[0].Service, "10.10.31.100") &&
					len(status.Problems) == 0 && status.Policies[turn%2].Services[0].Settled
			})
			load.hear(t, "web1", 20)
		}
	})
	d.serving(time.Second, "web1", "web2")
}

// undisturbed changes something while clients send requests, of which none may
// fail, and nobody may ask the kernel for a change.
func (l *lab) undisturbed(change func(load *clients)) {
	l.t.Helper()
	load, h := l.clients(4), l.history()
	load.hear(l.t, "web1", 5)
	change(load)
	load.stop()
	for _, r := range load.sent {
		if r.err != nil {
			l.t.Errorf("a request failed after %v: %v", r.ended.Sub(r.began), r.err)
		}
	}
	h.quiet("meanwhile")
}
