package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

const (
	chaosServices = 6
	chaosServers  = 4 // of each service
	chaosSorry    = 900

	// chaosCalm is how long nothing may have disturbed a server before it must
	// be where its health says: fall and rise and their pauses take 5 s, the
	// next resync 5 s more, and 2 s go to a start after a standstill.
	chaosCalm = 14 * time.Second
)

// chaosServer is a server of the world that the engine looks at.
type chaosServer struct {
	service   int
	addr      netip.AddrPort
	mode      string // of chaosModes
	marked    bool
	disturbed time.Time // when something last happened to it
	serves    bool      // it had to be in the table when the network was lost
}

// chaosModes are the ways in which servers answer, and whether that is well;
// the answers of broken ones say nothing.
var chaosModes = map[string]bool{"pass": true, "slow": true, "refuse": false, "mute": false, "late": false, "broken": false}

// world is what is true, and what the engine is led to see of it. It is the
// probe, the decider and the kernel of the engine.
type world struct {
	*testing.T
	*ipvs.Memory
	*rand.Rand // what happens

	mu       sync.Mutex
	chance   *rand.Rand // how it is answered
	servers  []*chaosServer
	byAddr   map[netip.AddrPort]*chaosServer
	lost     bool    // the network: nobody's answer arrives
	unread   bool    // the kernel cannot be read
	refusals float64 // the part of changes that it refuses
	wrong    [chaosServices]bool
	foreign  string // the services of others, as they are to stay
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{T: t, Memory: ipvs.NewMemory(), Rand: rand.New(rand.NewPCG(seed, 0)), chance: rand.New(rand.NewPCG(seed, 1)), byAddr: map[netip.AddrPort]*chaosServer{}}
	for n := range chaosServices * chaosServers {
		s := &chaosServer{service: n / chaosServers, addr: rip(n + 1), mode: "pass", disturbed: time.Now()}
		w.servers = append(w.servers, s)
		w.byAddr[s.addr] = s
	}
	w.addForeign()
	w.foreign = w.foreignTable()
	return w
}

// addForeign adds services of others: one address, one mark.
func (w *world) addForeign() {
	for _, line := range []string{
		"-A -t 10.0.0.200:80 -s sh", "-a -t 10.0.0.200:80 -r 192.168.0.1:80 -m -w 7",
		"-A -f 9 -s rr", "-a -f 9 -r 192.168.0.2:0 -m -w 1",
	} {
		c, err := ipvs.ParseChange(line)
		if err == nil {
			err = errors.Join(w.Memory.Apply([]ipvs.Change{c})...)
		}
		if err != nil {
			w.Fatal(err)
		}
	}
}

func (w *world) foreignTable() string {
	table, err := w.Memory.Table(vip(200), ipvs.MarkKey(9, ipvs.INET))
	if err != nil {
		w.Fatal(err)
	}
	return table.String()
}

// config declares all services: the even ones with a decider. Weights are
// another with each version.
func (w *world) config(version int) Config {
	c := Config{Name: "chaos", Handle: &Handle{}, Isolation: Isolation{Hosts: 3, Services: 2, Hold: time.Minute}}
	check := Check{
		ID: "chaos", Probe: w, Schedule: Every(time.Second), Timeout: 500 * time.Millisecond,
		Fast: 400 * time.Millisecond, Limits: Limits{Rise: 2, Fall: 3},
	}
	for n := range chaosServices {
		s := Service{Name: fmt.Sprint(n), Spec: ipvs.Service{ServiceKey: vip(n + 1), Scheduler: "wrr"}}
		if n%2 == 0 {
			s.Decider = w
		}
		for _, srv := range w.servers[n*chaosServers : (n+1)*chaosServers] {
			d := ipvs.Destination{Addr: srv.addr, Weight: 1 + version%3}
			s.Servers = append(s.Servers, Server{Name: srv.addr.String(), Destination: d, Checks: []Check{check}})
		}
		c.Services = append(c.Services, s)
	}
	return c
}

// Check implements [checks.Check].
func (w *world) Check(ctx context.Context, t checks.Target) checks.Result {
	w.mu.Lock()
	mode, wait := w.byAddr[t.Addr].mode, time.Duration(w.chance.IntN(50))*time.Millisecond
	if w.lost {
		mode = "mute"
	}
	w.mu.Unlock()
	switch mode {
	case "slow":
		wait = 300 * time.Millisecond
	case "late":
		wait = 700 * time.Millisecond
	case "mute":
		wait = time.Hour
	}
	select {
	case <-ctx.Done():
		return checks.Result{Outcome: checks.Fail, Cause: checks.Timeout, Reason: "no answer in time"}
	case <-time.After(wait):
	}
	switch mode {
	case "refuse":
		return checks.Result{Outcome: checks.Fail, Cause: checks.Refused, Reason: "connection refused"}
	case "broken":
		return checks.Result{Cause: checks.Script, Reason: "attempt to index a nil value"}
	}
	return checks.Result{Outcome: checks.Pass, Reason: "status 200"}
}

// Decide implements [Decider]: who is up serves, or a sorry server.
func (w *world) Decide(ctx context.Context, v *ServiceView) (Decision, error) {
	w.mu.Lock()
	wrong := w.wrong[w.byAddr[v.Servers[0].Destination.Addr].service]
	w.mu.Unlock()
	if wrong {
		return Decision{}, errors.New("attempt to call a nil value")
	}
	up := upServers(v)
	if len(up) == 0 {
		up = []ipvs.Destination{{Addr: rip(chaosSorry), Weight: 1}}
	}
	return Decision{Members: up}, nil
}

// Table implements [Kernel].
func (w *world) Table(keys ...ipvs.ServiceKey) (ipvs.Table, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unread {
		return nil, errors.New("list services: no buffer space available")
	}
	return w.Memory.Table(keys...)
}

// Apply implements [Kernel].
func (w *world) Apply(changes []ipvs.Change) []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	errs, failed := make([]error, len(changes)), false
	for i, c := range changes {
		if w.chance.Float64() < w.refusals {
			errs[i] = fmt.Errorf("%v: %w", c, syscall.ENOBUFS)
		} else if err := w.Memory.Apply([]ipvs.Change{c}); err != nil {
			errs[i] = err[0]
		}
		failed = failed || errs[i] != nil
	}
	if !failed {
		return nil
	}
	return errs
}
