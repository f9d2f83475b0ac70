package engine

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// Probes of a bare connection go to the poller, come back, and do so again
// after a reload that broke some off; with room for one at a time, none may be
// forgotten.
func TestProbesOfABareConnectionAnswerAcrossReloads(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := New(ipvs.NewMemory(), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()
	probe := checks.TCP{Route: checks.Route{Addr: l.Addr().(*net.TCPAddr).AddrPort().Addr(), Port: l.Addr().(*net.TCPAddr).AddrPort().Port()}}
	for range 3 {
		c := farm(probe)
		c.ProbesAtOnce = 1
		for i := range c.Services[0].Servers {
			c.Services[0].Servers[i].Checks[0].Schedule = Every(10 * time.Millisecond)
		}
		if err := e.Load(ctx, c); err != nil {
			t.Fatal(err)
		}
		awaitRuns(t, e)
	}
	stop()
	<-ended
}

// awaitRuns waits until each server has answered some more.
func awaitRuns(t *testing.T, e *Engine) {
	t.Helper()
	var first []uint64
	for end := time.Now().Add(10 * time.Second); ; {
		status, err := e.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		done := first != nil
		for i, s := range status.Policies[0].Services[0].Servers {
			if len(first) <= i {
				first = append(first, s.Checks[0].Runs)
			}
			done = done && s.State == StateUp && s.Checks[0].Runs >= first[i]+3
		}
		if done {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within 10 s: %+v", status)
		}
	}
}
