package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"luavs/checks/servertest"
	"luavs/ipvs"
)

// crowd is a name server with so many targets of a name. It answers about
// targets when so many questions wait as may be put at once, and not at all about
// more of them than it is told.
type crowd struct {
	t       *testing.T
	targets int
	most    int
	waiting []func()
}

func (c *crowd) handle(s *net.UDPConn, from netip.AddrPort, data []byte) {
	var p dnsmessage.Parser
	header, bad := p.Start(data)
	question, err := p.Question()
	if err = errors.Join(bad, err); err != nil {
		c.t.Error(err)
		return
	}
	answer := func(bodies ...dnsmessage.ResourceBody) {
		m := dnsmessage.Message{Header: dnsmessage.Header{ID: header.ID, Response: true}, Questions: []dnsmessage.Question{question}}
		for _, body := range bodies {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: question.Name, Class: question.Class, TTL: 60}, Body: body})
		}
		wire, err := m.Pack()
		if err != nil {
			c.t.Error(err)
		}
		s.WriteToUDPAddrPort(wire, from)
	}
	if question.Type == dnsmessage.TypeSRV {
		answer(c.offers()...)
		return
	}
	var n byte
	fmt.Sscanf(question.Name.String(), "web%d.", &n)
	c.waiting = append(c.waiting, func() { answer(&dnsmessage.AResource{A: [4]byte{192, 0, 2, n}}) })
	if len(c.waiting) == targetsAtOnce && c.most > 0 {
		c.most -= len(c.waiting)
		for _, reply := range c.waiting {
			reply()
		}
		c.waiting = nil
	}
}

// offers are the SRV records.
func (c *crowd) offers() (all []dnsmessage.ResourceBody) {
	for n := range c.targets {
		all = append(all, &dnsmessage.SRVResource{Priority: 1, Weight: 1, Port: 80, Target: dnsmessage.MustNewName(fmt.Sprintf("web%d.example.", n+1))})
	}
	return all
}

// list asks the server for all of its targets within a time.
func (c *crowd) list(t *testing.T, within time.Duration) (string, error) {
	t.Helper()
	c.t = t
	ctx, cancel := context.WithTimeoutCause(t.Context(), within, errors.New("no answer in time"))
	defer cancel()
	listing, err := DNS{Name: "_http._tcp.example", Type: "SRV", Resolver: servertest.UDP(t, c.handle)}.List(ctx)
	return brief(listing.Members), err
}

func TestTargetsAreResolvedSideBySide(t *testing.T) {
	c := &crowd{targets: 3 * targetsAtOnce, most: 3 * targetsAtOnce}
	got, err := c.list(t, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if words := strings.Fields(got); len(words) != c.targets || !strings.Contains(got, "192.0.2.48:80*1(web48.example)") {
		t.Errorf("%d members: %s", len(words), got)
	}
}

// Somebody who looks for the fault should not look at a server that answered all
// the while.
func TestTooLittleTimeForAllTargetsIsNoFaultOfTheNameServer(t *testing.T) {
	c := &crowd{targets: 3 * targetsAtOnce, most: 2 * targetsAtOnce}
	_, err := c.list(t, 2*time.Second)
	if want := "32 of 48 targets are resolved in time; raise timeout"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestATargetThatCannotBeResolvedIsNamed(t *testing.T) {
	t.Run("its zone is refused", func(t *testing.T) {
		resolver := nsd(t)
		listed(t, DNS{Name: "_far._tcp.example", Type: "SRV", Resolver: resolver},
			"! _far._tcp.example SRV: target www.example.org.: resolver "+resolver.String()+": it answers REFUSED")
	})
	t.Run("there is no answer about any", func(t *testing.T) {
		_, err := (&crowd{targets: 2}).list(t, 200*time.Millisecond)
		if err == nil || strings.Contains(err.Error(), "raise timeout") {
			t.Errorf("got %v, want an error that does not say that there were answers", err)
		}
	})
}

func TestDNSSaysWhatItAsks(t *testing.T) {
	for want, d := range map[string]DNS{
		"web.example A":                            {Name: "web.example", Type: "A"},
		"web.example AAAA port 8080":               {Name: "web.example", Type: "AAAA", Port: 8080},
		"_http._tcp.example SRV inet6":             {Name: "_http._tcp.example", Type: "SRV", Family: ipvs.INET6},
		"web.example A port 80 @[2001:db8::53]:53": {Name: "web.example", Type: "A", Port: 80, Resolver: netip.MustParseAddrPort("[2001:db8::53]:53")},
	} {
		if got := d.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
