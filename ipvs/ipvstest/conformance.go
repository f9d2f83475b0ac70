package ipvstest

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/netip"
	"slices"
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
	Info() (ipvs.Info, error)
	Timeouts() (ipvs.Timeouts, error)
	SetTimeouts(ipvs.Timeouts) error
	Daemons() ([]ipvs.Daemon, error)
	StartDaemon(ipvs.Daemon) error
	StopDaemon(ipvs.Role) error
	Sysctl(name string) (string, error)
	SetSysctl(name, value string) error
	Connections(ipvs.ConnectionFilter) iter.Seq2[ipvs.Connection, error]
}

var (
	_ Kernel = (*ipvs.Client)(nil)
	_ Kernel = (*ipvs.Memory)(nil)
)

// Conformance runs the scripts, each on an empty table that open gives, and
// reports every answer that is not the one of Linux. The table's only network
// interface is "lo".
func Conformance(t *testing.T, open func(*testing.T) Kernel) {
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) { runScript(t, open(t), s.text) })
		t.Run(s.name+" at once", func(t *testing.T) { runAtOnce(t, open(t), s.text) })
	}
	t.Run("reads tell what is missing from what is empty", func(t *testing.T) { missing(t, open(t)) })
	t.Run("reads of a key that cannot be are refused", func(t *testing.T) { badKey(t, open(t)) })
	t.Run("reads are sorted and may be narrowed", func(t *testing.T) { narrowed(t, open(t)) })
	t.Run("the version", func(t *testing.T) { info(t, open(t)) })
	t.Run("timeouts", func(t *testing.T) { timeouts(t, open(t)) })
	t.Run("variables of net.ipv4.vs", func(t *testing.T) { sysctls(t, open(t)) })
	t.Run("sync daemons", func(t *testing.T) { daemons(t, open(t)) })
	t.Run("sync daemons that cannot be", func(t *testing.T) { badDaemons(t, open(t)) })
	t.Run("sync daemons and mixed families", func(t *testing.T) { mixed(t, open(t)) })
	t.Run("an empty table of connections", func(t *testing.T) { noConnections(t, open(t)) })
	t.Run("filters of connections that cannot be", func(t *testing.T) { badFilters(t, open(t)) })
	t.Run("a thousand changes with failures in the middle", func(t *testing.T) { thousand(t, open(t)) })
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

func badKey(t *testing.T, k Kernel) {
	key := ipvs.ServiceKey{FWMark: 1, Family: 3}
	_, service := k.Service(key)
	_, destinations := k.Destinations(key)
	_, table := k.Table(key)
	for i, err := range []error{service, destinations, table, k.Zero(key)} {
		if !errors.Is(err, syscall.EAFNOSUPPORT) {
			t.Errorf("read %d: %v", i, err)
		}
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
