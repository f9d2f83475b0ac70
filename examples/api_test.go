package examples

import (
	"context"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"luavs/checks"
	"luavs/luaapi"
)

// TestTheCheckOfTheAPI asks a server as the example does.
func TestTheCheckOfTheAPI(t *testing.T) {
	const fine = `{"status":"ok","db":{"connected":true},"queues":[{"depth":3}],"error":null}`
	tests := []struct {
		name, token, body string
		status            int
		wait              time.Duration
		want              checks.Outcome
		reason            string // its beginning
	}{
		{"all is well", "change-me", fine, 200, 0, checks.Pass, "status 200"},
		{"another token", "secret", fine, 200, 0, checks.Fail, "status 401, want 200-299"},
		{"no database", "change-me", strings.Replace(fine, "true", "false", 1), 200, 0, checks.Fail, "json: db.connected is false, want true"},
		{"a long queue", "change-me", strings.Replace(fine, "3", "300", 1), 200, 0, checks.Fail, "json: queues[0].depth is 300, want at most 100"},
		{"overloaded", "change-me", fine, 429, 0, checks.Degraded, "status 429"},
		{"slow", "change-me", fine, 200, 310 * time.Millisecond, checks.Degraded, "took "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr, roots := healthPage(t, tt.token, tt.body, tt.status, tt.wait)
			latency := 300 * time.Millisecond
			if tt.wait < latency {
				latency = time.Minute // whatever else this machine does
			}
			probe := apiProbe(t, roots, latency)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			res := probe.Check(ctx, checks.Target{Addr: addr})
			if res.Outcome != tt.want || !strings.HasPrefix(res.Reason, tt.reason) || res.Expires.IsZero() {
				t.Errorf("got %+v, want %v %s", res, tt.want, tt.reason)
			}
		})
	}
}

// healthPage is a server with a health page, and the authority of its
// certificate.
func healthPage(t *testing.T, token, body string, status int, wait time.Duration) (netip.AddrPort, string) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(roots, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return netip.MustParseAddrPort(s.Listener.Addr().String()), roots
}

// apiProbe is the check of the example for a server of the test's own name and
// authority.
func apiProbe(t *testing.T, roots string, latency time.Duration) checks.Check {
	src, err := os.ReadFile("api/policy.lua")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		`"api.example.org",`, fmt.Sprintf(`"example.com", roots = %q,`, roots),
		`"300ms"`, fmt.Sprintf("%q", latency.String()),
	).Replace(string(src))
	p, err := luaapi.Load(t.Context(), "policy.lua", []byte(text), luaapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(context.Background()) })
	return p.Config().Services[0].Servers[0].Checks[0].Probe
}
