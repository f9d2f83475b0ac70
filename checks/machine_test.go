package checks

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fakeMachine has the addresses that are written, and counts how often it is
// looked at.
type fakeMachine struct {
	Machine
	text                 string // "10.0.0.1 2001:db8::1", or "?" if the kernel does not tell
	takes                bool
	addrsRead, takesRead int
}

func newFakeMachine(text string) *fakeMachine {
	m := &fakeMachine{text: text}
	m.addresses = func() (all []net.Addr, err error) {
		if m.addrsRead++; m.text == "?" {
			return nil, errors.New("no buffer space available")
		}
		for word := range strings.FieldsSeq(m.text) {
			all = append(all, &net.IPNet{IP: net.ParseIP(word), Mask: net.CIDRMask(24, 128)})
		}
		return all, nil
	}
	m.accepts = func() bool { m.takesRead++; return m.takes }
	return m
}

func (m *fakeMachine) has() string {
	var all []string
	for a := range m.Addrs() {
		all = append(all, a.String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestAMachineLooksOnceASecondWhoeverAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newFakeMachine("10.0.0.1 2001:db8::1")
		vip := netip.MustParseAddr("10.0.0.1")
		for range 100 {
			if got := m.has(); got != "10.0.0.1 2001:db8::1" {
				t.Fatalf("it has %q", got)
			}
			if why := m.Unheard(vip); !strings.Contains(why, "10.0.0.1") || !strings.Contains(why, "accept_local=1") {
				t.Fatalf("unheard: %q", why)
			}
			time.Sleep(lookAgainAfter / 200)
		}
		if m.addrsRead != 1 || m.takesRead != 1 {
			t.Errorf("in half a second it looked %d and %d times", m.addrsRead, m.takesRead)
		}
		time.Sleep(lookAgainAfter)
		m.takes = true
		if why := m.Unheard(vip); why != "" {
			t.Errorf("an interface takes them: %q", why)
		}
		time.Sleep(lookAgainAfter)
		m.text, m.takes = "10.0.0.2", false
		if got, why := m.has(), m.Unheard(vip); got != "10.0.0.2" || why != "" {
			t.Errorf("the address left: it has %q, unheard: %q", got, why)
		}
		time.Sleep(lookAgainAfter)
		m.text = "?"
		if got := m.has(); got != "10.0.0.2" {
			t.Errorf("the kernel does not tell: it has %q", got)
		}
	})
}

func TestAnswersFromOthersAreHeard(t *testing.T) {
	m := newFakeMachine("10.0.0.1 2001:db8::1")
	for _, from := range []string{"192.0.2.1", "::1", "2001:db8::1", "2001:db8::2"} {
		if why := m.Unheard(netip.MustParseAddr(from)); why != "" {
			t.Errorf("%s: %s", from, why)
		}
	}
	if why := m.Unheard(netip.Addr{}); why != "" {
		t.Errorf("no address: %s", why)
	}
}

func TestThisMachineHasTheLoopback(t *testing.T) {
	m, loopback := NewMachine(), netip.MustParseAddr("127.0.0.1")
	if own := m.Addrs(); !own[loopback] {
		t.Errorf("its addresses are %v", own)
	}
	if why := m.Unheard(loopback); why != "" && !strings.Contains(why, "accept_local=1") {
		t.Errorf("our own: %s", why)
	}
}

// BenchmarkUnheard is what it costs to be asked when many checks got no answer.
func BenchmarkUnheard(b *testing.B) {
	m := NewMachine()
	for b.Loop() {
		m.Unheard(netip.MustParseAddr("127.0.0.1"))
	}
}
