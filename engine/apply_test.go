package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/engine/logtest"
	"luavs/ipvs"
)

// pickyKernel takes nobody of some addresses who is to serve, and counts how often
// it is asked.
type pickyKernel struct {
	*ipvs.Memory
	not   []netip.AddrPort
	asked int
}

func (k *pickyKernel) Apply(changes []ipvs.Change) []error {
	k.asked++
	errs := make([]error, len(changes))
	for i, c := range changes {
		if c.Op != ipvs.DelDestination && c.Destination.Weight > 0 && slices.Contains(k.not, c.Destination.Addr) {
			errs[i] = fmt.Errorf("%v: %w", c, syscall.ENOMEM)
		} else {
			errs[i] = errors.Join(k.Memory.Apply([]ipvs.Change{c})...)
		}
	}
	if errors.Join(errs...) == nil {
		return nil
	}
	return errs
}

// addrs reads numbers such as "1 2".
func addrs(text string) (all []netip.AddrPort) {
	for word := range strings.FieldsSeq(text) {
		all = append(all, rip(number(word)))
	}
	return all
}

// holding is a loop whose services are as the kernel, which takes nobody of some
// addresses, holds them.
func holding(t *testing.T, have, not, down, marked string) (*loop, *pickyKernel) {
	t.Helper()
	k := &pickyKernel{Memory: ipvs.NewMemory()}
	mustApply(t, k, Plan(nil, table(have)))
	k.not, k.asked = addrs(not), 0
	l := idleLoop(t.Context())
	l.kernel = k
	for _, e := range table(have) {
		s := &service{decl: &Service{Name: "web", Spec: e.Service}, have: &e, adopted: true}
		for _, d := range e.Destinations {
			srv := &server{service: s, decl: &Server{Destination: d.Destination}, health: StateUp}
			if slices.Contains(addrs(down), d.Addr) {
				srv.health = StateDown
			}
			if slices.Contains(addrs(marked), d.Addr) {
				srv.setMark(Mark{Kind: MarkMaintenance})
			}
			s.servers = append(s.servers, srv)
		}
		l.services[e.ServiceKey] = s
	}
	return l, k
}

func TestNobodyLeavesForWhomTheKernelDoesNotTake(t *testing.T) {
	for _, tt := range []struct{ name, have, want, not, down, marked, holds string }{
		{"all is taken", "1 rr: 1=1 2=1", "1 rr: 3=1 4=1", "", "", "", "1 rr: 3=1 4=1"},
		{"blue and green", "1 rr: 1=1 2=1", "1 rr: 3=1 4=1", "4", "", "", "1 rr: 1=1 2=1 3=1"},
		{"a sorry server that is not taken", "1 rr: 1=1", "1 rr: 9=1", "9", "", "", "1 rr: 1=1"},
		{"one that was in force", "1 rr: 9=1", "1 rr: 1=1", "1", "", "", "1 rr: 9=1"},
		{"a weight that cannot be raised", "1 wrr: 1=5 2=0", "1 wrr: 1=0 2=5", "2", "", "", "1 wrr: 1=5 2=0"},
		{"who gets less serves on anyway", "1 wrr: 1=5 2=1", "1 wrr: 1=1 2=5", "2", "", "", "1 wrr: 1=1 2=1"},
		{"who is down goes", "1 rr: 1=1 2=1", "1 rr: 2=1 3=1", "3", "1", "", "1 rr: 2=1"},
		{"also if nobody is left", "1 rr: 1=1", "1 rr: 9=1", "9", "1", "", "1 rr:"},
		{"who is marked goes", "1 rr: 1=1 2=1", "1 rr: 2=1 3=1", "3", "", "1", "1 rr: 2=1"},
		{"who did not serve goes", "1 rr: 1=0 2=1", "1 rr: 2=1 3=1", "3", "", "", "1 rr: 2=1"},
		{"other settings are no reason to wait", "1 rr: 1=1 2=1d", "1 rr: 2=1", "2", "", "", "1 rr: 2=1d"},
		{"another service is not concerned", "1 rr: 1=1\n2 rr: 2=1", "1 rr: 3=1\n2 rr: 4=1", "3", "", "", "1 rr: 1=1\n2 rr: 4=1"},
		{"a service that is not wanted goes", "1 rr: 1=1\n2 rr: 2=1", "1 rr: 1=1 3=1", "3", "", "", "1 rr: 1=1"},
		{"a new service that gets nobody is there", "", "1 rr: 1=1", "1", "", "", "1 rr:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, k := holding(t, tt.have, tt.not, tt.down, tt.marked)
			for _, e := range table(tt.want) {
				if l.services[e.ServiceKey] == nil {
					l.services[e.ServiceKey] = &service{decl: &Service{Spec: e.Service}}
				}
			}
			o := l.carryOut(Plan(table(tt.have), table(tt.want)))
			if diff := cmp.Diff(table(tt.holds).String(), k.String()); diff != "" {
				t.Errorf("the kernel holds (-want +got):\n%s", diff)
			}
			for key, taken := range o.partly() {
				knows := ipvs.Table(single(after(l.services[key].have, taken)))
				if held, _ := k.Table(key); held.String() != knows.String() {
					t.Errorf("the kernel holds\n%s\nand is thought to hold\n%s", held, knows)
				}
			}
		})
	}
}

// However many services are changed, the kernel is asked twice at the most.
func TestManyServicesAreChangedTogether(t *testing.T) {
	have, want := "", ""
	for n := range 200 {
		have += fmt.Sprintf("%d rr: 1=1\n", n)
		want += fmt.Sprintf("%d rr: 2=1\n", n)
	}
	l, k := holding(t, have, "", "", "")
	if l.carryOut(Plan(table(have), table(want))); k.asked != 2 {
		t.Errorf("asked %d times", k.asked)
	}
	if diff := cmp.Diff(table(want).String(), k.String()); diff != "" {
		t.Errorf("the kernel holds (-want +got):\n%s", diff)
	}
}

func TestOnlySomeStepsOfManyAreLogged(t *testing.T) {
	var o outcome
	var want ipvs.Table
	for n := range 100 {
		want = append(want, table(fmt.Sprintf("%d rr: 1=1 2=1", n))...)
	}
	o.ask(ipvs.NewMemory(), Plan(nil, want))
	again := Plan(nil, want)
	o.ask(&pickyKernel{Memory: ipvs.NewMemory(), not: addrs("1 2")}, again)
	var text logtest.Text
	heard := 0
	taken, refused := o.log(slog.New(slog.NewTextHandler(&text, nil)), time.Minute, func(Step, error) bool { heard++; return true })
	if taken != 300+100 || refused != 200 || heard != 100 {
		t.Errorf("%d taken, %d refused, of %d services", taken, refused, heard)
	}
	log := text.Take()
	for what, times := range map[string]int{
		"change=\"+": 2 * maxLogged, "the kernel refused a change": maxLogged,
		`changes=400 "not shown"=360`: 1, `services=100 "not shown"=60`: 1,
	} {
		if n := strings.Count(log, what); n != times {
			t.Errorf("%s: %d times, want %d in\n%s", what, n, times, log)
		}
	}
}

func TestSomeRefusalsLeaveDoubt(t *testing.T) {
	for err, want := range map[error]bool{
		fmt.Errorf("add: %w", syscall.EINVAL):      false,
		fmt.Errorf("add: %w", ipvs.ErrNoAnswer):    true,
		fmt.Errorf("add: %w", syscall.EOPNOTSUPP):  true,
		fmt.Errorf("set: %w", ipvs.ErrNoService):   false,
		fmt.Errorf("add: %w", ipvs.ErrNoScheduler): false,
	} {
		if got := leavesDoubt(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

// silentKernel makes changes and loses the answers.
type silentKernel struct {
	*ipvs.Memory
	silent bool
}

func (k *silentKernel) Apply(changes []ipvs.Change) []error {
	errs := k.Memory.Apply(changes)
	if !k.silent {
		return errs
	}
	errs = make([]error, len(changes))
	for i, c := range changes {
		errs[i] = fmt.Errorf("%v: %w", c, ipvs.ErrNoAnswer)
	}
	return errs
}

// A change whose answer is lost may have been made: that is nobody else's doing.
func TestALostAnswerIsNoDrift(t *testing.T) {
	l := idleLoop(t.Context())
	k := &silentKernel{Memory: ipvs.NewMemory()}
	l.kernel = k
	c := farms(1)
	o := &listener{kind: EventDrift, of: vip(1)}
	c.Observer = o
	l.replace(c)
	l.settle()
	k.silent = true
	if err := l.setWeight(vip(1), rip(1), 9); err != nil {
		t.Fatal(err)
	}
	l.settle()
	l.unread = true
	l.settle()
	if len(o.told) > 0 {
		t.Errorf("told of %v", o.told[0].Drift)
	}
	if text := k.String(); !strings.Contains(text, "-w 9") {
		t.Errorf("the kernel holds\n%s", text)
	}
}
