package ipvstest

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"

	"luavs/ipvs"
)

// Kernel is what [ipvs.Client] and [ipvs.Memory] both are.
type Kernel interface {
	Apply([]ipvs.Change) []error
	Services() ([]ipvs.Entry, error)
	Service(ipvs.ServiceKey) (ipvs.Entry, error)
	Destinations(ipvs.ServiceKey) ([]ipvs.DestinationEntry, error)
	Table(...ipvs.ServiceKey) (ipvs.Table, error)
	Flush() error
	Zero(...ipvs.ServiceKey) error
}

var (
	_ Kernel = (*ipvs.Client)(nil)
	_ Kernel = (*ipvs.Memory)(nil)
)

// Conformance runs the scripts, each on an empty table that open gives, and
// reports every answer that is not the one of Linux.
func Conformance(t *testing.T, open func(*testing.T) Kernel) {
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) { runScript(t, open(t), s.text) })
		t.Run(s.name+" at once", func(t *testing.T) { runAtOnce(t, open(t), s.text) })
	}
	t.Run("reads tell what is missing from what is empty", func(t *testing.T) { missing(t, open(t)) })
	t.Run("reads are sorted and may be narrowed", func(t *testing.T) { narrowed(t, open(t)) })
	t.Run("a thousand changes with failures in the middle", func(t *testing.T) { thousand(t, open(t)) })
}

// A step is a line of a script: a change with the errno it gives, a flush, or
// the table that should be there.
type step struct {
	line   string
	change ipvs.Change
	errno  syscall.Errno
	flush  bool
	table  *string
}

var errnos = map[string]syscall.Errno{
	"": 0, "EEXIST": syscall.EEXIST, "ESRCH": syscall.ESRCH, "ENOENT": syscall.ENOENT,
	"EINVAL": syscall.EINVAL, "ERANGE": syscall.ERANGE, "EAFNOSUPPORT": syscall.EAFNOSUPPORT,
}

// parse reads a script. Lines that follow each other and begin with = are one
// table; "= nothing" is an empty one.
func parse(t *testing.T, script string) []step {
	t.Helper()
	var steps []step
	for line := range strings.SplitSeq(strings.TrimSpace(script), "\n") {
		line = strings.TrimSpace(line)
		if want, ok := strings.CutPrefix(line, "= "); ok {
			steps = expect(steps, strings.TrimPrefix(want+"\n", "nothing\n"))
			continue
		}
		command, errno, _ := strings.Cut(line, " ! ")
		code, known := errnos[strings.TrimSpace(errno)]
		if !known {
			t.Fatalf("script: %q: unknown errno", line)
		}
		s := step{line: line, errno: code, flush: command == "-C"}
		if !s.flush {
			var err error
			if s.change, err = ipvs.ParseChange(command); err != nil {
				t.Fatalf("script: %q: %v", line, err)
			}
		}
		steps = append(steps, s)
	}
	return steps
}

func expect(steps []step, line string) []step {
	if n := len(steps); n > 0 && steps[n-1].table != nil {
		*steps[n-1].table += line
		return steps
	}
	return append(steps, step{table: &line})
}

func runScript(t *testing.T, k Kernel, script string) {
	for _, s := range parse(t, script) {
		switch {
		case s.table != nil:
			checkTable(t, k, *s.table)
		case s.flush:
			if err := k.Flush(); err != nil {
				t.Errorf("%s: %v", s.line, err)
			}
		default:
			checkAnswer(t, s, one(k.Apply([]ipvs.Change{s.change})))
		}
	}
}

// runAtOnce sends all changes between two flushes or tables in one call.
func runAtOnce(t *testing.T, k Kernel, script string) {
	var batch []step
	send := func() {
		changes := make([]ipvs.Change, len(batch))
		for i, s := range batch {
			changes[i] = s.change
		}
		errs := k.Apply(changes)
		for i, s := range batch {
			if errs == nil {
				checkAnswer(t, s, nil)
			} else {
				checkAnswer(t, s, errs[i])
			}
		}
		batch = nil
	}
	for _, s := range parse(t, script) {
		switch {
		case s.table != nil:
			send()
			checkTable(t, k, *s.table)
		case s.flush:
			send()
			if err := k.Flush(); err != nil {
				t.Errorf("%s: %v", s.line, err)
			}
		default:
			batch = append(batch, s)
		}
	}
	send()
}

func one(errs []error) error {
	if errs == nil {
		return nil
	}
	return errs[0]
}

// checkAnswer compares the errno, and what errors.Is says of it.
func checkAnswer(t *testing.T, s step, err error) {
	t.Helper()
	if s.errno == 0 {
		if err != nil {
			t.Errorf("%s: %v", s.line, err)
		}
		return
	}
	var refusal *ipvs.Error
	if !errors.As(err, &refusal) || refusal.Errno != s.errno {
		t.Errorf("%s: answer is %v", s.line, err)
		return
	}
	if refusal.Op != s.change.String() || refusal.Reason == "" {
		t.Errorf("%s: the error is %q about %q", s.line, refusal.Reason, refusal.Op)
	}
	if want := meaning(s); want != nil && !errors.Is(err, want) {
		t.Errorf("%s: %v is not %v", s.line, err, want)
	}
}

// meaning is the error that callers ask for.
func meaning(s step) error {
	op := s.change.Op
	switch {
	case s.errno == syscall.EEXIST:
		return fs.ErrExist
	case s.errno == syscall.ESRCH:
		return ipvs.ErrNoService
	case s.errno == syscall.ENOENT && (op == ipvs.SetDestination || op == ipvs.DelDestination):
		return ipvs.ErrNoDestination
	case s.errno == syscall.ENOENT:
		return ipvs.ErrNoScheduler
	}
	return nil
}

func checkTable(t *testing.T, k Kernel, want string) {
	t.Helper()
	got, err := k.Table()
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("the table is\n%sand should be\n%s", got, want)
	}
}

var (
	web  = ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort("10.0.0.1:80"))
	mark = ipvs.MarkKey(7, ipvs.INET)
)

func missing(t *testing.T, k Kernel) {
	if _, err := k.Service(web); !errors.Is(err, ipvs.ErrNoService) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Service: %v", err)
	}
	if _, err := k.Destinations(web); !errors.Is(err, ipvs.ErrNoService) {
		t.Errorf("Destinations: %v", err)
	}
	if err := k.Zero(web); !errors.Is(err, ipvs.ErrNoService) {
		t.Errorf("Zero: %v", err)
	}
	if err := k.Zero(); err != nil {
		t.Errorf("Zero of all: %v", err)
	}
	if table, err := k.Table(web, mark); err != nil || len(table) > 0 {
		t.Errorf("Table: %v, %v", table, err)
	}
	runScript(t, k, "-A -t 10.0.0.1:80 -s rr")
	if list, err := k.Destinations(web); err != nil || len(list) > 0 {
		t.Errorf("Destinations: %v, %v", list, err)
	}
	if err := k.Zero(web); err != nil {
		t.Errorf("Zero: %v", err)
	}
	if e, err := k.Service(web); err != nil || e.Scheduler != "rr" {
		t.Errorf("Service: %v, %v", e, err)
	}
}

func narrowed(t *testing.T, k Kernel) {
	runScript(t, k, `
		-A -f 7 -s rr
		-a -f 7 -r 10.0.0.9:0 -g
		-A -u 10.0.0.1:80 -s rr
		-A -t 10.0.0.1:80 -s rr
		-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m
		-a -t 10.0.0.1:80 -r 10.0.0.8:81 -m
		-a -t 10.0.0.1:80 -r 10.0.0.8:80 -m`)
	table, err := k.Table(mark, web, web, ipvs.MarkKey(8, ipvs.INET))
	if want := "-A -t 10.0.0.1:80 -s rr\n" +
		"-a -t 10.0.0.1:80 -r 10.0.0.8:80 -m -w 1\n" +
		"-a -t 10.0.0.1:80 -r 10.0.0.8:81 -m -w 1\n" +
		"-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 1\n" +
		"-A -f 7 -s rr\n" +
		"-a -f 7 -r 10.0.0.9:0 -g -w 1\n"; err != nil || table.String() != want {
		t.Errorf("Table: %v\n%v", err, table)
	}
	services, err := k.Services()
	if err != nil || len(services) != 3 || !slices.IsSortedFunc(services, func(a, b ipvs.Entry) int {
		return a.ServiceKey.Compare(b.ServiceKey)
	}) {
		t.Errorf("Services: %v, %v", services, err)
	}
	for _, s := range services {
		if s.Destinations != nil {
			t.Errorf("Services filled the destinations of %v", s.ServiceKey)
		}
	}
}

// thousand adds 1,000 destinations, of which every seventh is there already.
func thousand(t *testing.T, k Kernel) {
	var before, all []ipvs.Change
	service := ipvs.Change{Op: ipvs.AddService, Service: ipvs.Service{ServiceKey: web, Scheduler: "rr"}}
	before = append(before, service)
	for i := range 1000 {
		addr := netip.MustParseAddrPort(fmt.Sprintf("10.1.%d.%d:80", i/250, i%250+1))
		c := ipvs.Change{Op: ipvs.AddDestination, Service: service.Service, Destination: ipvs.Destination{Addr: addr}}
		all = append(all, c)
		if i%7 == 0 {
			before = append(before, c)
		}
	}
	if errs := k.Apply(before); errs != nil {
		t.Fatal(errors.Join(errs...))
	}
	errs := k.Apply(all)
	if len(errs) != len(all) {
		t.Fatalf("%d answers", len(errs))
	}
	for i, err := range errs {
		if errors.Is(err, fs.ErrExist) != (i%7 == 0) {
			t.Errorf("answer %d: %v", i, err)
		}
	}
	if list, err := k.Destinations(web); err != nil || len(list) != len(all) {
		t.Errorf("%d destinations, %v", len(list), err)
	}
}
