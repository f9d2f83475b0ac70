package luaapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"luavs/checks"
)

// The connections that checks keep end with their policy.
func TestKeptConnectionsEndWithThePolicy(t *testing.T) {
	states := make(chan http.ConnState, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ready") }))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) { states <- s }
	server.Start()
	defer server.Close()
	p := load(t, "policy.lua", `virtual_server "10.0.0.1:80" { check = check.http { reuse = true }, real_server "192.168.0.1:80" }`, Options{})
	probe := p.Config().Services[0].Servers[0].Checks[0].Probe
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range 3 {
		if res := probe.Check(ctx, checks.Target{Addr: netip.MustParseAddrPort(server.Listener.Addr().String())}); res.Outcome != checks.Pass {
			t.Fatalf("%+v", res)
		}
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	count := map[http.ConnState]int{}
	for count[http.StateClosed] == 0 {
		select {
		case s := <-states:
			count[s]++
		case <-ctx.Done():
			t.Fatalf("the connection is open: %v", count)
		}
	}
	if count[http.StateNew] != 1 || count[http.StateActive] != 3 {
		t.Errorf("%v, want three requests on one connection", count)
	}
}
