//go:build !race

// Hostile policies are bounded by processor time. Under the race detector all
// that they do takes ten times as much, and most would meet another limit.

package reload

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"luavs/engine"
)

// The well-behaved neighbour of a hostile policy: checks in Lua, so many servers
// at that pause, of which some may fail, as this machine may have other work.
const (
	neighbours     = 50
	neighbourPause = 100 * time.Millisecond
)

var neighbour = fmt.Sprintf(`
local farm = { check = check.lua { every = "%v", fall = 5, function(rs) return rs.port == 80 end } }
for i = 1, %d do farm[i] = real_server("192.168.9." .. i .. ":80") end
virtual_server "10.9.9.9:80" (farm)
`, neighbourPause, neighbours)

// hostile returns the text of a hostile policy, and what is to be in the log.
func hostile(t testing.TB, path string) (text string, want *regexp.Regexp) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	words, ok := strings.CutPrefix(first, "-- want: ")
	if !ok {
		t.Fatalf("%s does not begin with what is wanted", path)
	}
	words = strings.ReplaceAll(regexp.QuoteMeta(words), `\.\*`, ".*")
	return string(b), regexp.MustCompile(words)
}

func hostileFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../testdata/hostile/*.lua")
	if err != nil || len(files) < 10 {
		t.Fatalf("hostile policies: %v, %v", files, err)
	}
	return files
}

// besideHostile runs a hostile policy, or none, for some time beside the
// neighbour, and returns what the status says of the neighbour then.
func besideHostile(t testing.TB, path string, d time.Duration) engine.PolicyStatus {
	t.Helper()
	files, names := map[string]string{"good.lua": neighbour}, []string{"good.lua"}
	var want *regexp.Regexp
	if path != "" {
		files["bad.lua"], want = hostile(t, path)
		names = append(names, "bad.lua")
	}
	desk := newDesk(t, files, names...)
	defer desk.end()
	time.Sleep(d)
	if want != nil {
		desk.wait("in the log: "+want.String(), func() (string, bool) {
			return "", want.MatchString(strings.ReplaceAll(desk.logged.String(), `\"`, `"`))
		})
	}
	status, err := desk.engine.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return status.Policies[len(status.Policies)-1]
}

// slowest returns how long the slowest of the last runs of a policy's checks
// took, from when it was begun.
func slowest(p engine.PolicyStatus) (ms float64) {
	for _, srv := range p.Services[0].Servers {
		ms = max(ms, srv.Checks[0].TookMS)
	}
	return ms
}

// TestNoPolicyHarmsItsNeighbour has each hostile policy do its worst. The bounds
// on time are far from what is measured (see BenchmarkHostile), under 20 ms: the
// machine may have other work, or the race detector be at it.
func TestNoPolicyHarmsItsNeighbour(t *testing.T) {
	const d = time.Second
	alone := besideHostile(t, "", d)
	t.Logf("without a hostile policy: begun %d, late p99 %.1f ms", alone.Figures.Checks, alone.Figures.LateP99)
	for _, path := range hostileFiles(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			before := runtime.NumGoroutine()
			p := besideHostile(t, path, d)
			if n := p.Figures.Checks; n < alone.Figures.Checks/5 {
				t.Errorf("%d checks of the neighbour were begun, %d without a hostile policy", n, alone.Figures.Checks)
			}
			if late := p.Figures.LateP99; late > 2000+5*alone.Figures.LateP99 {
				t.Errorf("checks of the neighbour begin %.0f ms late, and %.0f without a hostile policy", late, alone.Figures.LateP99)
			}
			for _, srv := range p.Services[0].Servers {
				if srv.State != engine.StateUp {
					t.Errorf("%s of the neighbour is %v: %s", srv.Addr, srv.State, srv.Reason)
				}
			}
			t.Logf("begun %d, late p99 %.1f ms, slowest %.1f ms", p.Figures.Checks, p.Figures.LateP99, slowest(p))
			for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+5; {
				if time.Now().After(end) {
					t.Fatalf("%d goroutines are left, before there were %d", runtime.NumGoroutine(), before)
				}
				runtime.Gosched()
			}
		})
	}
}

// BenchmarkHostile tells how late the neighbour's checks begin beside each
// hostile policy, and how long the slowest takes.
func BenchmarkHostile(b *testing.B) {
	for _, path := range append([]string{""}, hostileFiles(b)...) {
		b.Run(strings.TrimSuffix(filepath.Base(path), ".lua"), func(b *testing.B) {
			for b.Loop() {
				p := besideHostile(b, path, 2*time.Second)
				b.ReportMetric(p.Figures.LateP99, "late-p99-ms")
				b.ReportMetric(slowest(p), "slowest-ms")
				b.ReportMetric(float64(p.Figures.Checks), "checks")
			}
		})
	}
}
