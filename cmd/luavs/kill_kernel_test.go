//go:build kernel

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/engine"
)

// killings is a daemon that is killed again and again, and what an
// uninterrupted run would know.
type killings struct {
	*rand.Rand
	t       *testing.T
	l       *lab
	d       *daemon
	h       *history
	servers []*killServer // web1, web2 and, which code has added, web3
	joined  int           // servers that code has added besides
	other   bool          // there is another virtual server
	did     string        // since the table was as it should be
	orders  struct{ answered, open, done int }
}

// TestKernelKill9 kills the daemon at random moments, 30 times or
// LUAVS_KILLS=100 (with LUAVS_KERNEL_TIMEOUT=2400 and -timeout 45m): while it
// starts, reloads, takes servers out and back, drains and resumes, adds servers
// and obeys an order that it has not answered yet. After each start the table
// comes to be what an uninterrupted run would hold, to the letter. On the way a
// server to which nothing happened stays what it was at every moment, connections
// to who drains live on, and no drain that was answered is forgotten, with its
// deadline, and no server that was added.
func TestKernelKill9(t *testing.T) {
	times, seed := 30, uint64(1)
	if text := os.Getenv("LUAVS_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("LUAVS_KILLS: %v", err)
		}
		times, seed = n, rand.Uint64()
	}
	if text := os.Getenv("LUAVS_KILLS_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("LUAVS_KILLS_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("LUAVS_KILLS_SEED=%d", seed)
	k := newKillings(t, seed)
	for n := range times {
		k.round(fmt.Sprintf("kill %d of %d", n+1, times))
		if t.Failed() {
			break
		}
	}
	t.Logf("%d orders were answered; of %d more that were overtaken by a kill %d are in force; %d servers were added, the kernel was asked for %d changes",
		k.orders.answered, k.orders.open, k.orders.done, k.joined, len(k.h.Moments())-1)
}

func newKillings(t *testing.T, seed uint64) *killings {
	k := &killings{Rand: rand.New(rand.NewPCG(seed, 0)), t: t, l: newLab(t)}
	for _, name := range []string{"web1", "web2", "web3"} {
		k.l.start(name)
		k.servers = append(k.servers, &killServer{name: name, runs: true, weight: 1, touched: true})
	}
	k.h = k.l.history()
	k.d = k.l.run(k.policy())
	k.converges()
	return k
}

// round has some things happen, kills the daemon and starts it again.
func (k *killings) round(name string) {
	did := []string{k.something(), k.something()}
	pause := time.Duration(k.IntN(600)) * time.Millisecond
	var overtaken *killOrder
	if s := k.pick(); !s.touched && k.IntN(2) == 0 {
		overtaken = k.send(s)
		did = append(did, "perhaps "+overtaken.String())
		pause = time.Duration(k.IntN(60)) * time.Millisecond
	}
	<-time.After(pause)
	k.d.die(syscall.SIGKILL)
	if k.IntN(3) == 0 {
		did = append(did, "killed as it started")
		k.halfStart()
	}
	k.did = fmt.Sprintf("%s, after: %s", name, strings.Join(did, "; "))
	k.visitorsStay()
	k.d = k.l.run(k.policy())
	if overtaken != nil {
		k.settle(overtaken)
	}
	k.converges()
}

// policy writes the policy, which adds servers that it has not added yet when it is
// put in force.
func (k *killings) policy() string {
	other := ""
	if k.other {
		other = `virtual_server "10.10.31.100:81" { real_server "192.168.31.101:81" {} }`
	}
	return k.l.policy("web.lua", fmt.Sprintf(`
local web = virtual_server "10.10.31.100:80" {
  scheduler = "wrr",
  check = check.tcp { every = "200ms", timeout = "200ms", rise = 1, fall = { 2, timeout = 50 } },
  real_server "192.168.31.101:80" { weight = %d },
  real_server "192.168.31.102:80",
}
local function add()
  for n = store.get("joined", -1) + 1, %d do
    assert(web:add("192.168.31.103:" .. (n == 0 and 80 or 8000 + n)))
    store.set("joined", n)
  end
end
on("start", add)
on("reload", add)
%s`, k.servers[0].weight, k.joined, other))
}

func (k *killings) pick() *killServer { return k.servers[k.IntN(len(k.servers))] }

// something does one thing, and says what.
func (k *killings) something() string {
	switch k.IntN(8) {
	case 0:
		k.other = !k.other
		k.policy()
		return fmt.Sprintf("another virtual server: %v", k.other)
	case 1:
		web1 := k.servers[0]
		web1.weight, web1.touched = 1+k.IntN(3), true
		k.policy()
		return fmt.Sprintf("weight %d", web1.weight)
	case 2:
		k.policy() // and is loaded again without a change
		return "reload"
	case 3:
		if k.joined < 20 {
			k.joined++
		}
		k.policy()
		return fmt.Sprintf("%d servers have joined", k.joined)
	case 4:
		return k.toggle(k.pick())
	}
	s := k.pick()
	if s.mark != nil && len(s.visitors) > 0 && k.IntN(2) == 0 {
		s.touched = true
		s.dismiss()
		return "the visitors of " + s.name + " leave"
	}
	if k.calm() && s.line() > 0 && len(s.visitors) == 0 && k.IntN(4) > 0 {
		s.visitors = k.l.visitors(2, s.name)
	}
	return k.obey(k.send(s))
}

// toggle starts a web server, or ends it with all its connections.
func (k *killings) toggle(s *killServer) string {
	s.touched = true
	if s.runs = !s.runs; s.runs {
		k.l.start(s.name)
		return s.name + " starts"
	}
	k.l.stop(s.name)
	s.dismiss()
	return s.name + " ends"
}

// calm tells whether nothing has happened to any server since the table was as it
// should be.
func (k *killings) calm() bool {
	for _, s := range k.servers {
		if s.touched {
			return false
		}
	}
	return true
}

// halfStart starts the daemon and kills it soon.
func (k *killings) halfStart() {
	cmd := luavs("run", "--listen", k.d.socket, "--state", k.l.dir+"/state", k.l.dir+"/policies/web.lua")
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	<-time.After(time.Duration(k.IntN(200)) * time.Millisecond)
	cmd.Process.Kill()
	cmd.Wait()
}

// visitorsStay has each visitor ask once more.
func (k *killings) visitorsStay() {
	k.t.Helper()
	for _, s := range k.servers {
		k.l.stay(s.visitors, time.Millisecond)
	}
}

// status returns the first virtual server as the daemon knows it.
func (k *killings) status() (engine.ServiceStatus, bool) {
	status, err := k.d.status()
	if err != nil || len(status.Policies) != 1 || len(status.Policies[0].Services) == 0 {
		return engine.ServiceStatus{}, false
	}
	return status.Policies[0].Services[0], true
}
