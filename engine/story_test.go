package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"luavs/checks"
	"luavs/engine/logtest"
	"luavs/ipvs"
)

// TestStories runs testdata/*.txtar. Each is a story: commands over a memory
// kernel, in virtual time. The commands are the methods of story in
// story_commands_test.go; the files of an archive are configs and the tables
// they lead to.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { newStory(t, archive).run(string(archive.Comment)) })
		})
	}
}

// story is what the commands of one story work on.
type story struct {
	t      *testing.T
	files  map[string]string
	kernel *faultyKernel
	engine *Engine
	log    logtest.Text
	ctx    context.Context
	end    context.CancelFunc
	ended  chan error
	diary  diary

	mu       sync.Mutex // guards what probes, deciders and observers touch
	answers  map[string]string
	probes   map[string]int // runs by server
	inFlight map[string]int
	marks    map[string]uint32 // of the last run's path, by server
	rule     string            // how deciders decide
	listings map[string]string // what sources answer, by name
	listed   map[string]int    // how often they were asked
	events   []string
	keys     map[string]ipvs.ServiceKey // of services, by number, as last loaded
}

func newStory(t *testing.T, archive *txtar.Archive) *story {
	s := &story{
		t: t, files: map[string]string{}, kernel: &faultyKernel{Memory: ipvs.NewMemory()},
		answers: map[string]string{}, probes: map[string]int{}, inFlight: map[string]int{},
		marks: map[string]uint32{}, listings: map[string]string{}, listed: map[string]int{}, keys: map[string]ipvs.ServiceKey{},
		diary: diary{pages: map[ipvs.ServiceKey][]byte{}},
	}
	s.kernel.before = func(changes []ipvs.Change) {
		if key := s.diary.unknown(changes); key != "" {
			t.Errorf("the kernel is changed before it is kept that %s is ours", key)
		}
	}
	for _, f := range archive.Files {
		s.files[f.Name] = string(f.Data)
	}
	return s
}

func (s *story) run(script string) {
	s.start()
	for n, line := range slices.Collect(strings.Lines(script)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		command := commands[words[0]]
		if command == nil {
			s.t.Fatalf("line %d: no command %q", n+1, words[0])
		}
		if err := command(s, words[1:]); err != nil {
			s.t.Errorf("line %d: %s: %v", n+1, strings.TrimSpace(line), err)
		}
		synctest.Wait()
	}
	s.stop()
}

// start starts an engine.
func (s *story) start() {
	s.ctx, s.end = context.WithCancel(s.t.Context())
	s.engine = New(s.kernel, slog.New(slog.NewTextHandler(io.MultiWriter(&s.log, s.t.Output()), nil)))
	s.engine.UseKeeper(&s.diary)
	s.engine.home = machineWith("") // and not what this one happens to have
	s.ended = make(chan error, 1)
	go func(e *Engine, ctx context.Context) { s.ended <- e.Run(ctx) }(s.engine, s.ctx)
}

// stop ends the engine, which leaves the table as it is.
func (s *story) stop() {
	before := s.kernel.String()
	s.end()
	if err := <-s.ended; !errors.Is(err, context.Canceled) {
		s.t.Errorf("Run: got %v, want context.Canceled", err)
	}
	if after := s.kernel.String(); after != before {
		s.t.Errorf("the end of Run changed the table (-before +after):\n%s", cmp.Diff(before, after))
	}
}

// config reads a config: a line "service N SCHEDULER [decider]" for
// tcp 10.0.0.N:80, each followed by lines
// "server N WEIGHT [every 2s timeout 1s rise 2 fall 3 fast 500ms slow 9s jitter 1s initial up hold 10s max 5m forget 1m ramp 10s shared yes degraded 50 id x]" for
// 192.168.0.N:80; without "every" the server has no check. "max-change 30% 10s"
// limits the service above it, "existing refuse" leaves it to others, "isolation HOSTS SERVICES HOLD" is for all, "drain 30s" has it and its servers drain,
// "persistence" makes clients stay, "protocol udp [one-packet]" or sctp is not TCP, "joins every 2s ..." says which check the servers
// have that join later, "source NAME [every 10s keep 0s allow-empty yes at-once yes as ID by-place yes]"
// who lists them; the ID is the name if there is none. "probes N" is how many run at once, "via service" asks by
// a path.
func (s *story) config(name, text string) Config {
	c := Config{Name: name, Observer: s}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "service":
			n, _ := strconv.Atoi(words[1])
			svc := Service{Name: "s" + words[1], Spec: ipvs.Service{ServiceKey: vip(n), Scheduler: words[2]}}
			if len(words) > 3 {
				svc.Decider = s
			}
			c.Services = append(c.Services, svc)
			s.keys[words[1]] = svc.Spec.ServiceKey
		case words[0] == "protocol":
			s.protocol(&c.Services[len(c.Services)-1], words[1:])
		case words[0] == "server":
			svc := &c.Services[len(c.Services)-1]
			svc.Servers = append(svc.Servers, s.server(words[1:]))
		case words[0] == "max-change":
			c.Services[len(c.Services)-1].MaxChange = s.maxChange(words[1], words[2])
		case words[0] == "source":
			svc := &c.Services[len(c.Services)-1]
			svc.Sources = append(svc.Sources, s.discovery(words[1:]))
		case words[0] == "joins":
			svc := &c.Services[len(c.Services)-1]
			svc.Join = func(m Member) (Server, error) {
				srv := s.server(append([]string{serverName(m.Addr), strconv.Itoa(m.Weight)}, words[1:]...))
				srv.Drain = svc.Drain
				return srv, srv.Destination.Validate(svc.Spec)
			}
		case words[0] == "existing":
			c.Services[len(c.Services)-1].RefuseExisting = words[1] == "refuse"
		case words[0] == "isolation":
			fmt.Sscan(words[1]+" "+words[2], &c.Isolation.Hosts, &c.Isolation.Services)
			c.Isolation.Hold, _ = time.ParseDuration(words[3])
		case words[0] == "drain":
			s.drainAll(&c.Services[len(c.Services)-1], words[1])
		case words[0] == "persistence":
			c.Services[len(c.Services)-1].Spec.Persistence = 300 * time.Second
		case words[0] == "probes":
			c.ProbesAtOnce, _ = strconv.Atoi(words[1])
		case words[0] == "job":
			every, _ := time.ParseDuration(words[1])
			c.Jobs = append(c.Jobs, s.job(name, every, words[2]))
		default:
			s.t.Fatalf("config: %q", line)
		}
	}
	return c
}

func (s *story) server(words []string) Server {
	srv := Server{Name: words[0], Destination: dest(words[0] + "=" + words[1])}
	if len(words) == 2 {
		return srv
	}
	set := map[string]string{"every": "2s", "timeout": "1s", "rise": "2", "fall": "3", "fast": "0s", "slow": "0s", "jitter": "0s", "ramp": "0s", "max": "5m", "forget": "1m", "id": "tcp"}
	for i := 2; i+1 < len(words); i += 2 {
		set[words[i]] = words[i+1]
	}
	duration := func(name string) time.Duration {
		d, err := time.ParseDuration(set[name])
		if err != nil {
			s.t.Fatal(err)
		}
		return d
	}
	number := func(name string) int { n, _ := strconv.Atoi(set[name]); return n }
	if percent, err := strconv.Atoi(set["degraded"]); err == nil {
		defer func() {
			srv.Checks[0].Degraded = checks.Advice{Kind: checks.ScaleWeight, Value: percent}
		}()
	}
	if set["hold"] != "" {
		srv.HoldDown = HoldDown{Base: duration("hold"), Max: duration("max"), Forget: duration("forget")}
	}
	srv.SlowStart = duration("ramp")
	srv.Checks = []Check{{
		ID: set["id"], Probe: s, Shared: set["shared"] == "yes", Schedule: Every(duration("every")), Timeout: duration("timeout"),
		Fast: duration("fast"), Slow: duration("slow"), Jitter: duration("jitter"),
		Initial: map[string]Initial{"up": InitialUp, "fully-up": InitialFullyUp, "fully-down": InitialFullyDown}[set["initial"]],
		Limits:  Limits{Rise: number("rise"), Fall: number("fall")},
	}}
	srv.Checks[0].ViaService = set["via"] == "service"
	if set["ttl"] != "" {
		ttl := checks.TTL{Name: set["name"], Limit: duration("ttl")}
		srv.Checks = []Check{{ID: ttl.String(), Probe: ttl, Limits: Limits{Rise: 1, Fall: 1}, Schedule: Every(ttl.Limit)}}
	}
	return srv
}

// maxChange reads a limit such as "2" or "30%".
func (s *story) maxChange(limit, within string) (m MaxChange) {
	var err error
	if m.Within, err = time.ParseDuration(within); err != nil {
		s.t.Fatal(err)
	}
	if percent, ok := strings.CutSuffix(limit, "%"); ok {
		m.Percent, err = strconv.ParseFloat(percent, 64)
	} else {
		m.Servers, err = strconv.Atoi(limit)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// discovery reads the words of a source.
func (s *story) discovery(words []string) Discovery {
	set := map[string]string{"every": "10s", "keep": "0s", "as": words[0]}
	for i := 1; i+1 < len(words); i += 2 {
		set[words[i]] = words[i+1]
	}
	every, _ := time.ParseDuration(set["every"])
	keep, _ := time.ParseDuration(set["keep"])
	return Discovery{
		ID: set["as"], Source: &storySource{s, words[0], keep}, Every: every, Timeout: 5 * time.Second,
		AllowEmpty: set["allow-empty"] == "yes", AtOnce: set["at-once"] == "yes", ByPlace: set["by-place"] == "yes",
	}
}

// storySource answers as the story told it to.
type storySource struct {
	s    *story
	name string
	keep time.Duration
}

// List implements [Source].
func (src *storySource) List(ctx context.Context) (Listing, error) {
	src.s.mu.Lock()
	src.s.listed[src.name]++
	answer := src.s.listings[src.name]
	src.s.mu.Unlock()
	if late, ok := strings.CutPrefix(answer, "slow "); ok {
		pause, rest, _ := strings.Cut(late, " ")
		d, _ := time.ParseDuration(pause)
		time.Sleep(d)
		answer = rest
	}
	switch kind, text, _ := strings.Cut(answer, " "); kind {
	case "error":
		return Listing{}, errors.New(text)
	case "panic":
		panic(text)
	case "hang":
		<-ctx.Done()
		return Listing{}, ctx.Err()
	case "late":
		<-ctx.Done()
		return Listing{}, fmt.Errorf("%s; %w", text, ErrShort)
	}
	listing := Listing{Keep: src.keep}
	for word := range strings.FieldsSeq(answer) {
		d := dest(word)
		listing.Members = append(listing.Members, Member{Addr: d.Addr, Weight: d.Weight})
	}
	return listing, nil
}

// job notes each of its runs as an event; a run takes as long as told.
func (s *story) job(policy string, every time.Duration, takes string) Job {
	d, err := time.ParseDuration(takes)
	if err != nil {
		s.t.Fatal(err)
	}
	return Job{Name: "job", Schedule: Every(every), Run: func(ctx context.Context) {
		s.mu.Lock()
		s.events = append(s.events, "job of "+policy)
		s.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}}
}
