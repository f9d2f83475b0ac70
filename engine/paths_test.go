package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"luavs/engine/logtest"
	"luavs/ipvs"
)

func TestMarksAreReadAsTheyArePrinted(t *testing.T) {
	for text, want := range map[string]string{
		"0x6c760000-0x6c76ffff": "0x6c760000-0x6c76ffff",
		"256-511":               "0x100-0x1ff",
		"7 - 7":                 "0x7-0x7",
		"1-4294967295":          "0x1-0xffffffff",
		"0-9":                   "",
		"9-8":                   "",
		"7":                     "",
		"":                      "",
		"1-4294967296":          "",
		"a-b":                   "",
	} {
		var m Marks
		err := m.UnmarshalText([]byte(text))
		if got, _ := m.MarshalText(); err == nil && string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %s, %v, want %q", text, got, err, want)
		}
	}
}

// via is a policy whose services ask their servers by paths, in the notation of
// table; a service above 90 is a firewall mark in place of an address.
func via(name, notation string) Config {
	c := Config{Name: name}
	for _, e := range table(notation) {
		s := Service{Spec: e.Service}
		if n := e.Addr.Addr().As4()[3]; n > 90 {
			s.Spec.ServiceKey = ipvs.MarkKey(uint32(n), ipvs.INET)
		}
		for _, d := range e.Destinations {
			s.Servers = append(s.Servers, Server{Destination: d.Destination, Checks: []Check{{ViaService: true, Limits: Limits{Rise: 1, Fall: 1}}}})
		}
		c.Services = append(c.Services, s)
	}
	return c
}

func TestPathsGetTheirMarks(t *testing.T) {
	marks := Marks{First: 98, Last: 101}
	for _, tt := range []struct{ name, have, policies, want string }{
		{"one a server, whatever its weight and however many services ask", "",
			"1 rr: 1=1 2=5\n2 wrr: 1=9", "98->1 99->2"},
		{"what the kernel holds is used again", "-A -f 100 -s rr; -a -f 100 -r 192.168.0.2:80 -m",
			"1 rr: 1=1 2=1", "100->2 98->1"},
		{"but not if it forwards otherwise", "-A -f 98 -s rr; -a -f 98 -r 192.168.0.1:80 -g",
			"1 rr: 1=1", "99->1"},
		{"nor what somebody else made", "-A -f 98 -s wlc; -a -f 98 -r 192.168.0.1:80 -m",
			"1 rr: 1=1", "99->1"},
		{"nor the marks of policies", "-A -f 99 -s rr; -a -f 99 -r 192.168.0.1:80 -m",
			"99 rr: 1=1\n98 rr: 2=1", "100->1 101->2"},
		{"one is left of a path that lost its server, and its mark is not free", "-A -f 98 -s rr",
			"1 rr: 1=1", "99->1"},
		{"when no mark is left, some go without", "-A -f 98 -s sh",
			"1 rr: 1=1 2=1 3=1 4=1 5=1", "100->2 101->3 99->1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kernel := memoryOf(t, tt.have)
			p := newPaths(kernel, slog.New(slog.DiscardHandler), marks)
			p.declare("web", wishesOf(via("web", tt.policies).Services))
			var got []string
			for to, key := range p.used {
				if mark, err := p.mark(to); err != nil || mark != key.FWMark {
					t.Errorf("%v: mark %d, %v", key, mark, err)
				}
				got = append(got, fmt.Sprintf("%d->%s", key.FWMark, serverName(to.dest.Addr)))
			}
			slices.Sort(got)
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("got %s, want %s", text, tt.want)
			}
		})
	}
}

func memoryOf(t *testing.T, commands string) *ipvs.Memory {
	t.Helper()
	m := ipvs.NewMemory()
	for _, line := range strings.Split(commands, ";") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		c, err := ipvs.ParseChange(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		if errs := m.Apply([]ipvs.Change{c}); errs != nil {
			t.Fatal(errs)
		}
	}
	return m
}

func TestAPathWithoutAMarkSaysWhatToDo(t *testing.T) {
	p := newPaths(ipvs.NewMemory(), slog.New(slog.DiscardHandler), Marks{First: 7, Last: 7})
	p.declare("web", wishesOf(via("web", "1 rr: 1=1 2=1").Services))
	_, err := p.mark(pathTo(vip(1), dest("2=1")))
	if err == nil || !strings.Contains(err.Error(), "--path-marks") {
		t.Errorf("got %v", err)
	}
}

// noDestinations refuses destinations.
type noDestinations struct{ *ipvs.Memory }

func (k noDestinations) Apply(changes []ipvs.Change) []error {
	errs := make([]error, len(changes))
	for i, c := range changes {
		if errs[i] = errors.New("no room"); c.Op == ipvs.AddService {
			errs[i] = errors.Join(k.Memory.Apply([]ipvs.Change{c})...)
		}
	}
	return errs
}

func TestAPathWithoutItsServerIsNotAsked(t *testing.T) {
	p := newPaths(noDestinations{ipvs.NewMemory()}, slog.New(slog.DiscardHandler), PathMarks)
	p.declare("web", wishesOf(via("web", "1 rr: 1=1").Services))
	if got := p.figures(); got != (PathFigures{Changes: 1, Refusals: 1}) {
		t.Errorf("figures %+v", got)
	}
	if mark, err := p.mark(pathTo(vip(1), dest("1=1"))); err == nil || err.Error() != "no room" {
		t.Errorf("got mark %d, %v", mark, err)
	}
}

// Somebody takes a mark after the range was read; a policy declares one.
func TestAPathMovesWhenItsMarkIsTaken(t *testing.T) {
	kernel := memoryOf(t, "")
	p := newPaths(kernel, slog.New(slog.DiscardHandler), PathMarks)
	p.declare("web", wishesOf(via("web", "1 rr: 1=1").Services))
	first, err := p.mark(pathTo(vip(1), dest("1=1")))
	if err != nil {
		t.Fatal(err)
	}
	next := ipvs.Change{Op: ipvs.AddService, Service: ipvs.Service{ServiceKey: ipvs.MarkKey(first+1, ipvs.INET), Scheduler: "sh"}}
	if errs := kernel.Apply([]ipvs.Change{next}); errs != nil {
		t.Fatal(errs)
	}
	p.declare("web", wishesOf(via("web", "1 rr: 1=1 2=1").Services))
	if _, err := p.mark(pathTo(vip(1), dest("2=1"))); err == nil {
		t.Error("a mark of somebody else is used")
	}
	p.resync()
	if mark, err := p.mark(pathTo(vip(1), dest("2=1"))); err != nil || mark != first+2 {
		t.Errorf("got mark %d, %v, want %d", mark, err, first+2)
	}

	own := Config{Services: []Service{{Spec: ipvs.Service{ServiceKey: ipvs.MarkKey(first, ipvs.INET), Scheduler: "wlc"}}}}
	p.declare("own", wishesOf(own.Services))
	if mark, err := p.mark(pathTo(vip(1), dest("1=1"))); err != nil || mark == first {
		t.Errorf("got mark %d, %v, want another than the policy's", mark, err)
	}
	held, err := kernel.Table(own.Services[0].Spec.ServiceKey)
	if err != nil || len(held) != 1 {
		t.Errorf("what is the policy's now was taken from the kernel: %v, %v", held, err)
	}
}

func TestWhatOthersDoToPathsIsLoggedInALine(t *testing.T) {
	var log logtest.Text
	kernel := memoryOf(t, "")
	p := newPaths(kernel, slog.New(slog.NewTextHandler(&log, nil)), PathMarks)
	p.declare("web", wishesOf(via("web", "1 rr: 1=1 2=1 3=1").Services))
	p.resync()
	if text := log.Take(); strings.Contains(text, "somebody else") {
		t.Errorf("before anybody did anything: %s", text)
	}
	if got := p.figures(); got != (PathFigures{Changes: 6}) {
		t.Errorf("figures %+v", got)
	}
	if err := kernel.Flush(); err != nil {
		t.Fatal(err)
	}
	p.resync()
	const want = `"somebody else changed a service of ours; it is mended" service="fwmark 1819672576 inet and 2 more, path of checks" found="[the service was deleted, it had rr]"`
	if text := log.Take(); strings.Count(text, "somebody else") != 1 || !strings.Contains(text, want) {
		t.Errorf("logged %s", text)
	}
	if _, err := p.mark(pathTo(vip(1), dest("3=1"))); err != nil {
		t.Error(err)
	}
}

func TestPathsOfAPreview(t *testing.T) {
	var got []string
	have := table("1 rr: 1=1")
	for _, s := range PreviewPaths(have, PathMarks, via("web", "1 rr: 1=1"), via("more", "2 rr: 1=1 2=1")) {
		got = append(got, s.String())
	}
	want := []string{
		"+ fwmark 1819672576 inet rr, path of checks",
		"+ fwmark 1819672576 inet -> 192.168.0.1:80 nat weight 1, path of checks",
		"+ fwmark 1819672577 inet rr, path of checks",
		"+ fwmark 1819672577 inet -> 192.168.0.2:80 nat weight 1, path of checks",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	steps, err := Preview(t.Context(), via("web", "1 rr: 1=1"), have, true)
	if err != nil || len(steps) != 0 {
		t.Errorf("a probe that needs its path first takes away a server: %v, %v", steps, err)
	}
}
