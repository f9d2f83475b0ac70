//go:build kernel

package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
)

// killings is a daemon that is killed again and again, and what an
// uninterrupted run would hold of the virtual server.
type killings struct {
	*rand.Rand
	l      *lab
	d      *daemon
	weight int                  // of web1, by the policy's text
	other  bool                 // it has another virtual server
	marks  map[string]time.Time // deadlines of the drains that were answered
	did    string
}

// TestKernelKill9 kills the daemon at random moments, 30 times or
// LUAVS_KILLS=100 (with LUAVS_KERNEL_TIMEOUT=900 and -timeout 20m): while it
// starts, reloads, takes servers out and back, drains and resumes. After each
// start the table comes to be what an uninterrupted run would hold. No drain that
// was answered is forgotten, with its deadline, and no server that was added.
func TestKernelKill9(t *testing.T) {
	times, err := strconv.Atoi(os.Getenv("LUAVS_KILLS"))
	if err != nil {
		times = 30
	}
	seed, err := strconv.ParseUint(os.Getenv("LUAVS_KILLS_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("LUAVS_KILLS_SEED=%d", seed)
	l := newLab(t)
	for name := range web {
		l.start(name)
	}
	k := &killings{Rand: rand.New(rand.NewPCG(seed, 0)), l: l, weight: 1, marks: map[string]time.Time{}}
	k.d = l.run(k.policy())
	k.converges()
	for n := range times {
		did := []string{k.something(), k.something()}
		<-time.After(time.Duration(k.IntN(600)) * time.Millisecond)
		k.d.cmd.Process.Kill()
		k.d.cmd.Wait()
		if k.IntN(3) == 0 {
			did = append(did, "killed as it started")
			k.halfStart()
		}
		k.did = fmt.Sprintf("kill %d of %d, after: %s", n+1, times, strings.Join(did, "; "))
		k.d = l.run(k.policy())
		k.converges()
	}
}

// policy writes the policy, which adds web3 the first time it is in force.
func (k *killings) policy() string {
	other := ""
	if k.other {
		other = otherService
	}
	return k.l.policy("web.lua", fmt.Sprintf(`
local web = virtual_server "10.10.31.100:80" {
  scheduler = "wrr",
  check = check.tcp { every = "200ms", timeout = "150ms", rise = 1, fall = 2 },
  real_server "192.168.31.101:80" { weight = %d },
  real_server "192.168.31.102:80",
}
on("start", function()
  if not store.get("added") then
    assert(web:add("192.168.31.103:80"))
    store.set("added", true)
  end
end)
%s`, k.weight, other))
}

// otherService is in the kernel as soon as it is declared.
const otherService = `virtual_server "10.10.31.100:81" { real_server "192.168.31.101:81" {} }`

// something does one thing, and says what.
func (k *killings) something() string {
	names := []string{"web1", "web2", "web3"}
	name := names[k.IntN(3)]
	switch k.IntN(6) {
	case 5:
		k.other = !k.other
		k.policy()
		return fmt.Sprintf("another virtual server: %v", k.other)
	case 0:
		k.weight = 1 + k.IntN(9)
		k.policy()
		return fmt.Sprintf("weight %d", k.weight)
	case 1:
		k.policy() // and is loaded again without a change
		return "reload"
	case 2:
		if k.l.nginx[name] == nil {
			k.l.start(name)
			return name + " starts"
		}
		k.l.stop(name)
		return name + " ends"
	}
	if _, marked := k.marks[name]; marked {
		return k.order(name, engine.Order{Do: "resume"})
	}
	return k.order(name, engine.Order{Do: "drain", Why: "told so", Deadline: "1h"})
}

func (k *killings) order(name string, o engine.Order) string {
	o.Server = "192.168.31." + web[name]
	done, err := admin.NewClient(k.d.socket).Order(context.Background(), o)
	if err != nil {
		k.l.t.Errorf("%s %s: %v", o.Do, name, err)
		return err.Error()
	}
	delete(k.marks, name)
	if o.Do == "drain" {
		k.marks[name] = time.Now().Add(time.Hour)
	}
	return fmt.Sprintf("%s %s (%v)", o.Do, name, done[0].State)
}

// halfStart starts the daemon and kills it soon.
func (k *killings) halfStart() {
	cmd := luavs("run", "--listen", k.d.socket, "--state", k.l.dir+"/state", k.l.dir+"/policies/web.lua")
	if err := cmd.Start(); err != nil {
		k.l.t.Fatal(err)
	}
	<-time.After(time.Duration(k.IntN(200)) * time.Millisecond)
	cmd.Process.Kill()
	cmd.Wait()
}

// converges waits until the kernel and the status are as they should be.
func (k *killings) converges() {
	k.l.t.Helper()
	want := k.want()
	got := ""
	defer func() {
		if k.l.t.Failed() {
			k.l.t.Logf("%s:\ngot  %s\nwant %s\n%s", k.did, got, want, k.l.sh("ipvsadm -Ln"))
		}
	}()
	eventually(k.l.t, 10*time.Second, "the table is as after an uninterrupted run", func() bool {
		got = k.got()
		return got == want
	})
	status, err := k.d.status()
	if err != nil {
		k.l.t.Fatal(err)
	}
	for _, s := range status.Policies[0].Services[0].Servers {
		name := hostOf(s.Addr)
		deadline, marked := k.marks[name]
		if marked != (s.State == engine.StateDraining) || name == "web3" && s.Origin != "added" {
			k.l.t.Errorf("%s is %v (%q), marked: %v", name, s.State, s.Origin, marked)
		}
		for _, d := range status.Policies[0].Services[0].Draining {
			if d.Addr == s.Addr && d.Until.Sub(deadline).Abs() > time.Second {
				k.l.t.Errorf("%s drains until %v, and was told until %v", name, d.Until, deadline)
			}
		}
	}
}

// want is who serves, with weights: who is alive and not marked. And the other
// virtual server, if there is one.
func (k *killings) want() string {
	var all []string
	for name := range web {
		weight := 1
		if name == "web1" {
			weight = k.weight
		}
		if _, marked := k.marks[name]; !marked && k.l.nginx[name] != nil {
			all = append(all, fmt.Sprintf("%s*%d", name, weight))
		}
	}
	slices.Sort(all)
	if k.other {
		all = append(all, "other")
	}
	return strings.Join(all, " ")
}

var weighedLine = regexp.MustCompile(`(?m)^-a -t 10\.10\.31\.100:80 -r (\S+) -m -w ([1-9]\d*)`)

// got is who serves in the kernel, and whether the other virtual server is there;
// who has weight 0 does not serve.
func (k *killings) got() string {
	var all []string
	table := k.l.sh("ipvsadm -Sn")
	for _, m := range weighedLine.FindAllStringSubmatch(table, -1) {
		all = append(all, fmt.Sprintf("%s*%s", hostOf(m[1]), m[2]))
	}
	slices.SortFunc(all, cmp.Compare[string])
	if strings.Contains(table, "-A -t 10.10.31.100:81 ") {
		all = append(all, "other")
	}
	return strings.Join(all, " ")
}
