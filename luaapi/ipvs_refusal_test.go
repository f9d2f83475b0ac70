package luaapi

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"luavs/ipvs"
)

// What the kernel or the module refuses, as the script's author reads it.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"a service twice", `s:add()`, `test.lua:8: add service tcp 10.0.0.1:80: the service exists already`},
		{"a destination twice", `s:add_dest(ipvs.dest { addr = "192.168.0.1:80" })`, `add destination 192.168.0.1:80 to tcp 10.0.0.1:80: the destination exists already`},
		{"a destination that is not there", `s:update_dest(ipvs.dest { addr = "192.168.0.9:80" })`, `set destination 192.168.0.9:80 of tcp 10.0.0.1:80: no such destination`},
		{"a service that is not there", `ipvs.service { addr = "10.0.0.2:80" }:delete()`, `delete service tcp 10.0.0.2:80: no such service`},
		{"the dests of a service that is not there", `print(ipvs.service { addr = "10.0.0.2:80" }.dests)`, `test.lua:8: tcp 10.0.0.2:80: no such service`},
		{"zero of a service that is not there", `ipvs.service { addr = "10.0.0.2:80" }:zero()`, `zero service tcp 10.0.0.2:80: no such service`},
		{"an unknown scheduler", `s.scheduler = "best"`, `scheduler "best" is not known to this kernel (module ip_vs_best)`},
		{"a write after somebody else deleted the service", `ipvs.find("10.0.0.1:80"):delete() a.weight = 2`, `set destination 192.168.0.1:80 of tcp 10.0.0.1:80: no such service`},
		{"a write after a flush", `ipvs.flush() a.weight = 2`, `no such service`},
		{"counters after somebody else deleted the destination", `ipvs.find("10.0.0.1:80"):del_dest(ipvs.dest { addr = "192.168.0.1:80" }) print(a.stats)`, `192.168.0.1:80 is not in tcp 10.0.0.1:80 any more`},
		{"counters of a destination in no service", `print(ipvs.dest { addr = "192.168.0.3:80" }.active_connections)`, `192.168.0.3:80 is in no service: nothing is counted`},
		{"one of a batch", `ipvs.batch(function() a.weight = 2 s:add() b.weight = 2 end)`, `1 of 3 changes were refused, the others are in force: add service tcp 10.0.0.1:80: the service exists already`},
		{"one of a list", `s:add_dests { ipvs.dest { addr = "192.168.0.3:80" }, ipvs.dest { addr = "192.168.0.1:80" } }`, `1 of 2 changes were refused, the others are in force: add destination 192.168.0.1:80`},
		{"many of a batch", `ipvs.batch(function() for i = 1, 25 do s:add() end end)`, `25 of 25 changes were refused`},
		{"an error in a batch", `ipvs.batch(function() error("mine") end)`, `test.lua:8: mine`},

		{"a misspelt field of a service", `ipvs.service { addr = "10.0.0.2:80", schedular = "rr" }`, `unknown field "schedular" (did you mean "scheduler"?)`},
		{"a misspelt field of a destination", `ipvs.dest { addr = "10.0.0.2:80", wieght = 1 }`, `unknown field "wieght" (did you mean "weight"?)`},
		{"several mistakes", `ipvs.dest { adr = "10.0.0.2:80", weight = -1 }`, `field "addr": is missing: addr = "10.0.0.1:80", or addr = "10.0.0.1", port = 80; field "weight": want a whole number from 0 to 2147483647, got -1; unknown field "adr" (did you mean "addr"?)`},
		{"no port", `ipvs.dest { addr = "10.0.0.2" }`, `field "port": is missing: addr = "10.0.0.2:80"`},
		{"two ports", `ipvs.dest { addr = "10.0.0.2:80", port = 81 }`, `field "port": addr has port 80 already`},
		{"a name for an address", `ipvs.dest { addr = "www.example.com:80" }`, `names are not resolved`},
		{"a zone", `ipvs.dest { addr = "[fe80::1%eth0]:80" }`, `field "addr": want an address`},
		{"port 0 without persistence", `ipvs.service { addr = "10.0.0.2:0" }`, `port 0 takes all ports and needs persistence`},
		{"a mark with an address", `ipvs.service { fwmark = 7, addr = "10.0.0.2:80" }`, `field "addr": a service of a firewall mark has none`},
		{"a family with an address", `ipvs.service { addr = "10.0.0.2:80", family = "inet" }`, `field "family": is the address's own`},
		{"a flag of another scheduler", `ipvs.service { addr = "10.0.0.2:80", scheduler_flags = "sh-port" }`, `field "scheduler_flags": scheduler flag "sh-port" is not one of flag-1, flag-2, flag-3`},
		{"half a second of persistence", `s.persistence = 0.5`, `want whole seconds, at most 4294967, got 500ms`},
		{"a netmask of the wrong kind", `s.persistence_netmask = "2001::"`, `want a mask such as "255.255.255.0"`},
		{"a tunnel without tunnelling", `ipvs.dest { addr = "10.0.0.2:80", tunnel = "gre" }`, `says how packets are wrapped, which needs forward = "tunnel"`},
		{"gue without a port", `ipvs.dest { addr = "10.0.0.2:80", forward = "tunnel", tunnel = "gue" }`, `gue needs a port`},
		{"thresholds the wrong way round", `ipvs.dest { addr = "10.0.0.2:80", upper_threshold = 1, lower_threshold = 2 }`, `lower threshold 2 is above the upper, 1`},
		{"a family the service cannot forward to", `s:add_dest(ipvs.dest { addr = "[2001:db8::1]:80" })`, `only tunnel can`},

		{"an unknown field is read", `print(s.schedular)`, `a service has no field "schedular" (did you mean "scheduler"?)`},
		{"an unknown method", `s:ad_dest(a)`, `a service has no field "ad_dest" (did you mean "add_dest"?)`},
		{"an unknown field is written", `a.wieght = 3`, `a destination has no field "wieght" to write (did you mean "weight"?)`},
		{"the address is written", `a.addr = "1.2.3.4"`, `destination.addr cannot be written; what can: weight, forward, tunnel, upper_threshold, lower_threshold`},
		{"a counter is written", `s.stats = 1`, `service.stats cannot be written`},
		{"nil is written", `a.weight = nil`, `destination.weight: want a value, got nil`},
		{"a wrong type is written", `a.weight = "3"`, `destination.weight: field "weight": want a whole number from 0 to 2147483647, got "3"`},
		{"a table for a destination", `s:add_dest { addr = "192.168.0.3:80" }`, `service:add_dest: want a destination made by ipvs.dest{...}, got a table`},
		{"a destination of another service", `local o = ipvs.service { addr = "10.0.0.2:80" } o:add() o:add_dest(a)`, `192.168.0.1:80 is in tcp 10.0.0.1:80 already; make another with ipvs.dest{...}`},
		{"a dot for a colon", `s.add()`, `service.add: want a service before the colon, as in service:add(), got nil`},
		{"a batch in a batch", `ipvs.batch(function() ipvs.batch(function() end) end)`, `ipvs.batch: cannot be a part of ipvs.batch`},
		{"a flush in a batch", `ipvs.batch(function() ipvs.flush() end)`, `ipvs.flush: cannot be a part of ipvs.batch`},
		{"a batch without a function", `ipvs.batch {}`, `ipvs.batch: argument 1: want a function, got a table`},
		{"find of nothing", `ipvs.find()`, `ipvs.find: argument 1: want a text such as "10.0.0.1:80" or a table`},
		{"find of a name", `ipvs.find("icmp 10.0.0.1:80")`, `ipvs.find: want a service such as "10.0.0.1:80", "udp 10.0.0.1:53" or "fwmark 7 inet6", got "icmp 10.0.0.1:80"`},
		{"find of mark 0", `ipvs.find("fwmark 0")`, `want a service such as`},
		{"find with a field that is no key", `ipvs.find { addr = "10.0.0.1:80", scheduler = "rr" }`, `unknown field "scheduler"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newBench(t).run(t, t.Context(), pair+c.script)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant one with %s", err, c.want)
			}
		})
	}
}

// After a refusal the objects say what they said before.
func TestARefusalLeavesObjectsAsTheyWere(t *testing.T) {
	got := newBench(t).must(t, pair+`
		print(pcall(function() s.scheduler = "best" end))
		ipvs.batch(function() end)
		pcall(ipvs.batch, function() a.weight = 9 s.scheduler = "best" b.weight = 9 end)
		print(s.scheduler, a.weight, b.weight)
		local c = ipvs.dest { addr = "192.168.0.1:80" }
		print(pcall(function() s:add_dest(c) end))
		c.weight = 50   -- in no service: only sets the field
		print(c.weight, s:find_dest("192.168.0.1:80").weight)
	`)
	want := `false	test.lua:9: set service tcp 10.0.0.1:80: scheduler "best" is not known to this kernel (module ip_vs_best)
wrr	9	9
false	test.lua:14: add destination 192.168.0.1:80 to tcp 10.0.0.1:80: the destination exists already
50	9`
	if got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

// brokenKernel answers nothing.
type brokenKernel struct{ *ipvs.Memory }

func (brokenKernel) Table(...ipvs.ServiceKey) (ipvs.Table, error) { return nil, errors.New("broken") }
func (brokenKernel) Flush() error                                 { return errors.New("broken") }

func TestAKernelThatFailsIsALuaError(t *testing.T) {
	for _, script := range []string{`ipvs.services()`, `ipvs.find("10.0.0.1:80")`, `ipvs.flush()`, `print(ipvs.service { addr = "10.0.0.1:80" }.stats)`} {
		b := newBench(t)
		b.rt.kernel = brokenKernel{}
		if _, err := b.run(t, t.Context(), script); err == nil || err.Error() != "test.lua:1: broken" {
			t.Errorf("%s: error %v, want test.lua:1: broken", script, err)
		}
	}
}

// slowKernel holds changes until it is told to go on.
type slowKernel struct {
	*ipvs.Memory
	started, goOn chan struct{}
}

func (k slowKernel) Apply(changes []ipvs.Change) []error {
	if len(changes) > few {
		close(k.started)
		<-k.goOn
	}
	return k.Memory.Apply(changes)
}

// A large batch lets other tasks run, and what they change is not part of it.
func TestALargeBatchLeavesTheBatonToOthers(t *testing.T) {
	b := newBench(t)
	slow := slowKernel{b.kernel, make(chan struct{}), make(chan struct{})}
	b.rt.kernel = slow
	b.must(t, pair)
	var large sync.WaitGroup
	large.Go(func() {
		if _, err := b.run(t, t.Context(), `
			local s, list = ipvs.find("10.0.0.1:80"), {}
			for i = 1, 20 do list[i] = ipvs.dest { addr = "192.168.1." .. i .. ":80" } end
			s:add_dests(list)`); err != nil {
			t.Errorf("the large batch: %v", err)
		}
	})
	<-slow.started
	b.must(t, `ipvs.find("10.0.0.1:80").dests[1].weight = 77`)
	if !strings.Contains(b.kernel.String(), "-w 77") {
		t.Errorf("the other task's change waits for the batch; the kernel has\n%v", b.kernel)
	}
	close(slow.goOn)
	large.Wait()
	if n := strings.Count(b.kernel.String(), "192.168.1."); n != 20 {
		t.Errorf("%d destinations were added, want 20", n)
	}
}

// Two tasks in one VM: the batch of one does not take the changes of the other.
func TestABatchBelongsToItsTask(t *testing.T) {
	b := newBench(t)
	inside, goOn := make(chan struct{}), make(chan struct{})
	b.rt.vm.State().SetGlobal("pause", pause(b.rt.vm.State(), inside, goOn))
	b.must(t, pair)
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := b.run(t, t.Context(), `ipvs.batch(function() ipvs.find("10.0.0.1:80").dests[1].weight = 50 pause() end)`); err != nil {
			t.Error(err)
		}
	})
	<-inside
	b.must(t, `ipvs.find("10.0.0.1:80").dests[2].weight = 60`)
	if now := b.kernel.String(); !strings.Contains(now, "-w 60") || strings.Contains(now, "-w 50") {
		t.Errorf("during the batch the kernel has\n%s", now)
	}
	close(goOn)
	first.Wait()
	if now := b.kernel.String(); !strings.Contains(now, "-w 50") {
		t.Errorf("after the batch the kernel has\n%s", now)
	}
}
