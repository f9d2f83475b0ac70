package engine

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// machineWith is a machine with the addresses that are written, which hears
// nothing from any of them.
type machineWith string

func (m machineWith) Addrs() map[netip.Addr]bool {
	own := map[netip.Addr]bool{}
	for word := range strings.FieldsSeq(string(m)) {
		own[netip.MustParseAddr(word)] = true
	}
	return own
}

func (m machineWith) Unheard(from netip.Addr) string {
	if m.Addrs()[from] {
		return "answers from ourselves are dropped"
	}
	return ""
}

// watchOf is a check of a server.
func watchOf(d ipvs.Destination, c Check) *watch {
	of := &service{decl: &Service{Spec: ipvs.Service{ServiceKey: vip(1)}}}
	return &watch{check: &c, users: []*server{{service: of, decl: &Server{Destination: d}}}}
}

func TestChecksOfThisMachineSayNothingOfTheNetwork(t *testing.T) {
	at := func(addr string) ipvs.Destination {
		return ipvs.Destination{Addr: netip.AddrPortFrom(netip.MustParseAddr(addr), 80)}
	}
	local := at("192.168.0.1")
	local.Forward = ipvs.Local
	tcpTo := func(addr string) Check {
		return Check{Probe: checks.TCP{Route: checks.Route{Addr: netip.MustParseAddr(addr)}}}
	}
	via := tcpTo("10.0.0.1")
	via.ViaService = true
	for name, c := range map[string]struct {
		to    ipvs.Destination
		check Check
		want  bool
	}{
		"a server on the network":                              {at("192.168.0.1"), Check{Probe: passes}, false},
		"one on the loopback":                                  {at("127.0.0.1"), Check{Probe: passes}, true},
		"one on an address of this machine":                    {at("10.0.0.1"), Check{Probe: passes}, true},
		"one on an IPv6 address of this machine":               {at("fe80::7%eth0"), Check{Probe: passes}, true},
		"one that is forwarded to locally":                     {local, Check{Probe: passes}, true},
		"one on the network, asked on the loopback":            {at("192.168.0.1"), tcpTo("127.0.0.1"), true},
		"one on the loopback, asked elsewhere":                 {at("127.0.0.1"), tcpTo("192.168.0.9"), false},
		"one that is forwarded to locally, asked elsewhere":    {local, tcpTo("192.168.0.9"), false},
		"one on the network, asked through its virtual server": {at("192.168.0.1"), via, false},
		"a file":                    {at("192.168.0.1"), Check{Probe: &checks.File{Path: "/run/x"}}, true},
		"reports that are awaited":  {at("192.168.0.1"), Check{Probe: checks.TTL{Limit: time.Second}}, true},
		"a program, of the network": {at("192.168.0.1"), Check{Probe: checks.Func(nil)}, false},
	} {
		if got := watchOf(c.to, c.check).staysHere(machineWith("10.0.0.1 fe80::7").Addrs()); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// TestAddressesOfThisMachineComeAndGo has a machine get the address of a real
// server while its check is silent, and lose it again.
func TestAddressesOfThisMachineComeAndGo(t *testing.T) {
	l := idleLoop(t.Context())
	l.home = machineWith("10.0.0.1")
	c := farm(passes)
	c.Isolation = Isolation{Hosts: 2, Services: 1, Hold: time.Minute}
	l.replace(c)
	l.settle()
	w := l.services[vip(1)].servers[0].checks[0]
	l.answer(w, checks.Result{Outcome: checks.Fail, Cause: checks.Timeout}, time.Now())
	if w.stays || w.silent == nil {
		t.Errorf("on the network: stays %v, silent %v", w.stays, w.silent)
	}
	l.home = machineWith("10.0.0.1 192.168.0.1")
	l.lookHome()
	l.answer(w, checks.Result{Outcome: checks.Pass}, time.Now())
	if !w.stays || w.silent != nil || !l.network.voice.IsZero() {
		t.Errorf("on this machine: stays %v, silent %v, heard %v", w.stays, w.silent, l.network.voice)
	}
	l.home = machineWith("10.0.0.1")
	l.lookHome()
	l.answer(w, checks.Result{Outcome: checks.Pass}, time.Now())
	if w.stays || l.network.voice.IsZero() {
		t.Errorf("on the network again: stays %v, heard %v", w.stays, l.network.voice)
	}
}

func TestOnlySilenceThatWeCauseIsExcused(t *testing.T) {
	timeout := checks.Result{Outcome: checks.Fail, Cause: checks.Timeout, Reason: "no answer"}
	refused := checks.Result{Outcome: checks.Fail, Cause: checks.Refused, Reason: "connection refused"}
	direct := dest("1=1")
	direct.Forward = ipvs.Direct
	for name, tt := range map[string]struct {
		via     bool
		to      ipvs.Destination
		answer  checks.Result
		machine machineWith
		excused bool
	}{
		"a check of the server itself":   {false, direct, timeout, "10.0.0.1", false},
		"by NAT":                         {true, dest("1=1"), timeout, "10.0.0.1", false},
		"of an address that is not ours": {true, direct, timeout, "10.0.0.2", false},
		"an answer that came":            {true, direct, refused, "10.0.0.1", false},
		"of an address that is ours":     {true, direct, timeout, "10.0.0.1", true},
	} {
		want := tt.answer
		if tt.excused {
			want = checks.Result{Cause: checks.Local, Reason: "answers from ourselves are dropped"}
		}
		l := &loop{home: tt.machine}
		if got := l.heard(watchOf(tt.to, Check{ViaService: tt.via}), tt.answer); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}
