package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

const (
	chaosServices = 6
	chaosServers  = 4 // of each service
	chaosSorry    = 900
	chaosStranger = 800

	// chaosCalm is how long nothing may have happened to a server before it must
	// be where its health says: fall and rise and their pauses take 5 s, the
	// next resync 5 s more, the second step of max_change 2 s, and 2 s go to a
	// start after a standstill.
	chaosCalm = 14 * time.Second

	// chaosTold is how long after a change by somebody else it may be told of: at
	// the next resync, or when the kernel can be read again.
	chaosTold = 20 * time.Second

	// chaosTick is how long the job that runs each second may not have run.
	chaosTick = 5 * time.Second
)

// rest is how long nothing has happened to a thing.
type rest struct{ disturbed time.Time }

func (r *rest) disturb()   { r.disturbed = time.Now() }
func (r *rest) calm() bool { return time.Since(r.disturbed) > chaosCalm }

// chaosService is a virtual server of the world: the even ones have a decider,
// the second one a limit of change, the last three a time to drain, and the last
// two a source that lists half of their servers.
type chaosService struct {
	rest
	number  int
	servers []*chaosServer
	edited  time.Time // when somebody else changed it
	wrong   bool      // its decider breaks
	list    string    // how its source answers
}

func (s *chaosService) key() ipvs.ServiceKey { return vip(s.number + 1) }
func (s *chaosService) decides() bool        { return s.number%2 == 0 }
func (s *chaosService) hasSource() bool      { return s.number >= 4 }

func (s *chaosService) drain() time.Duration {
	if s.number >= 3 {
		return 5 * time.Second
	}
	return 0
}

// chaosServer is a server of the world that the engine looks at.
type chaosServer struct {
	rest
	service *chaosService
	addr    netip.AddrPort
	mode    string // of chaosModes
	marked  bool
	sourced bool // the source of its service lists it
	gone    bool // or does so no more
	serves  bool // it had to be in the table when the network was lost
}

// chaosModes are the ways in which servers answer, and whether that is well;
// the answers of broken ones say nothing.
var chaosModes = map[string]bool{"pass": true, "slow": true, "refuse": false, "mute": false, "late": false, "broken": false}

// well tells whether a server must serve.
func (s *chaosServer) well() bool { return chaosModes[s.mode] && !s.marked && !s.gone }

// weight is what a server has when it serves, by a version of the config.
func (s *chaosServer) weight(version int) int {
	if s.sourced {
		return 1
	}
	return 1 + version%3
}

// world is what is true, and what the engine is led to see of it. It is the
// probe, the decider, the source and the kernel of the engine.
type world struct {
	*testing.T
	*ipvs.Memory
	*rand.Rand // what happens

	diary    diary // what the engine has kept
	services []*chaosService
	servers  []*chaosServer
	byAddr   map[netip.AddrPort]*chaosServer
	foreign  string // the services of others, as they are to stay

	mu     sync.Mutex
	chance *rand.Rand // how it is answered
	lost   bool       // the network: nobody's answer arrives
	faults faults     // of the kernel
	ticked time.Time  // when the job of each second ran last
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{
		T: t, Memory: ipvs.NewMemory(), Rand: rand.New(rand.NewPCG(seed, 0)), chance: rand.New(rand.NewPCG(seed, 1)),
		diary: diary{pages: map[ipvs.ServiceKey][]byte{}}, byAddr: map[netip.AddrPort]*chaosServer{}, ticked: time.Now(),
	}
	for n := range chaosServices {
		s := &chaosService{number: n, rest: rest{time.Now()}}
		for i := range chaosServers {
			srv := &chaosServer{
				rest: rest{time.Now()}, service: s, addr: rip(n*chaosServers + i + 1), mode: "pass",
				sourced: s.hasSource() && i >= chaosServers/2,
			}
			s.servers, w.servers, w.byAddr[srv.addr] = append(s.servers, srv), append(w.servers, srv), srv
		}
		w.services = append(w.services, s)
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

// config declares all services. Weights are another with each version.
func (w *world) config(version int) Config {
	c := Config{Name: "chaos", Handle: &Handle{}, Observer: w, Isolation: Isolation{Hosts: 3, Services: 2, Hold: time.Minute}, Jobs: []Job{
		{Name: "each second", Schedule: Every(time.Second), Run: w.tick},
		{Name: "each hour", Schedule: hourly{}, Run: func(context.Context) {}},
	}}
	for _, s := range w.services {
		c.Services = append(c.Services, w.declared(s, version))
	}
	return c
}

func (w *world) declared(s *chaosService, version int) Service {
	decl := Service{Name: fmt.Sprint(s.number), Spec: ipvs.Service{ServiceKey: s.key(), Scheduler: "wrr"}, Drain: s.drain()}
	decl.Join = func(m Member) (Server, error) { return w.server(s, m.Addr, m.Weight), nil }
	if s.decides() {
		decl.Decider = w
	}
	if s.number == 1 {
		decl.MaxChange = MaxChange{Servers: chaosServers / 2, Within: 2 * time.Second}
	}
	if s.hasSource() {
		decl.Sources = []Discovery{{ID: "list", Source: chaosSource{w, s}, Every: 3 * time.Second, Timeout: time.Second}}
	}
	for _, srv := range s.servers {
		if !srv.sourced {
			decl.Servers = append(decl.Servers, w.server(s, srv.addr, srv.weight(version)))
		}
	}
	return decl
}

func (w *world) server(s *chaosService, addr netip.AddrPort, weight int) Server {
	return Server{Name: addr.String(), Destination: ipvs.Destination{Addr: addr, Weight: weight}, Drain: s.drain(), Checks: []Check{{
		ID: "chaos", Probe: w, Schedule: Every(time.Second), Timeout: 500 * time.Millisecond,
		Fast: 400 * time.Millisecond, Limits: Limits{Rise: 2, Fall: 3},
	}}}
}

// tick is the job of each second.
func (w *world) tick(context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ticked = time.Now()
}

// Hears implements [Observer].
func (w *world) Hears(kind EventKind, _ ipvs.ServiceKey) bool { return kind == EventDrift }

// Observe implements [Observer]: it hears that somebody else has changed a service.
func (w *world) Observe(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.services {
		if s.key() == e.Service.Spec.ServiceKey && time.Since(s.edited) > chaosTold {
			w.Errorf("told that somebody changed service %v, which nobody has for %v: %v", s.key(), time.Since(s.edited), e.Drift)
		}
	}
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
	wrong := w.byAddr[v.Servers[0].Destination.Addr].service.wrong
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

// chaosSource lists half of the servers of a service.
type chaosSource struct {
	w *world
	s *chaosService
}

// List implements [Source].
func (src chaosSource) List(ctx context.Context) (Listing, error) {
	src.w.mu.Lock()
	how, listing := src.s.list, Listing{}
	for _, srv := range src.s.servers {
		if srv.sourced && !srv.gone {
			listing.Members = append(listing.Members, Member{Addr: srv.addr, Weight: srv.weight(0)})
		}
	}
	src.w.mu.Unlock()
	switch how {
	case "fails":
		return Listing{}, errors.New("no such host")
	case "is empty":
		return Listing{}, nil
	case "hangs":
		<-ctx.Done()
		return Listing{}, ctx.Err()
	case "lists one twice":
		listing.Members = append(listing.Members[:1], listing.Members[0])
	}
	return listing, nil
}
