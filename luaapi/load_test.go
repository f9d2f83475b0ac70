package luaapi

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/checks"
	"luavs/engine"
	"luavs/ipvs"
)

// quiet drops what is logged.
var quiet = slog.New(slog.DiscardHandler)

// load loads a policy and closes it when the test ends.
func load(t *testing.T, path, src string, o Options) *Policy {
	t.Helper()
	if o.Log == nil {
		o.Log = quiet
	}
	o.Allow = allowed
	p, err := Load(t.Context(), path, []byte(src), o)
	if err != nil {
		t.Fatalf("unexpected mistakes:\n%v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func glob(t *testing.T, pattern string, atLeast int) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < atLeast {
		t.Fatalf("%s: %d files, %v; want at least %d", pattern, len(files), err, atLeast)
	}
	return files
}

// TestGoodPoliciesDeclare compares what each good policy declares with the
// file beside it. With LUAVS_GOLDEN=write the files are written.
func TestGoodPoliciesDeclare(t *testing.T) {
	for _, path := range glob(t, "testdata/good/*.lua", 6) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			got := describeConfig(load(t, filepath.Base(path), readFile(t, path), Options{}).Config())
			golden := strings.TrimSuffix(path, ".lua") + ".golden"
			if os.Getenv("LUAVS_GOLDEN") == "write" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(readFile(t, golden), got); diff != "" {
				t.Errorf("declared (-want +got):\n%s", diff)
			}
		})
	}
}

// describeConfig prints a config as text.
func describeConfig(c engine.Config) string {
	var b strings.Builder
	for _, s := range c.Services {
		fmt.Fprintf(&b, "virtual_server %v %q %s", s.Spec.ServiceKey, s.Name, s.Spec.Scheduler)
		if s.Spec.SchedFlags != 0 {
			fmt.Fprintf(&b, " flags=%#x", uint32(s.Spec.SchedFlags))
		}
		if s.Spec.Persistence > 0 {
			fmt.Fprintf(&b, " persistence=%v %v", s.Spec.Persistence, s.Spec.Netmask)
		}
		if s.Spec.PE != "" {
			fmt.Fprintf(&b, " pe=%s", s.Spec.PE)
		}
		if s.Spec.OnePacket {
			fmt.Fprint(&b, " one_packet")
		}
		if s.Decider != nil {
			fmt.Fprint(&b, " policy")
		}
		if s.Drain > 0 {
			fmt.Fprintf(&b, " drain=%v", s.Drain)
		}
		if s.RefuseExisting {
			fmt.Fprint(&b, " existing=refuse")
		}
		if s.MaxChange != (engine.MaxChange{}) {
			fmt.Fprintf(&b, " max_change=%v", s.MaxChange)
		}
		fmt.Fprintln(&b)
		for _, d := range s.Sources {
			fmt.Fprintf(&b, "  from %s every=%v timeout=%v allow_empty=%v at_once=%v\n", d.ID, d.Every, d.Timeout, d.AllowEmpty, d.AtOnce)
		}
		for _, srv := range s.Servers {
			describeServer(&b, srv)
		}
	}
	if c.ProbesAtOnce > 0 {
		fmt.Fprintf(&b, "probes at once %d\n", c.ProbesAtOnce)
	}
	if c.Isolation != usualIsolation {
		fmt.Fprintf(&b, "isolation %v\n", c.Isolation)
	}
	for _, j := range c.Jobs {
		fmt.Fprintf(&b, "job %s\n", j.Name)
	}
	return b.String()
}

func describeServer(b *strings.Builder, srv engine.Server) {
	d := srv.Destination
	fmt.Fprintf(b, "  real_server %v %q %v weight=%d", d.Addr, srv.Name, d.Forward, d.Weight)
	if d.Encapsulation != (ipvs.Encapsulation{}) {
		fmt.Fprintf(b, " tunnel=%+v", d.Encapsulation)
	}
	if d.UpperThreshold > 0 {
		fmt.Fprintf(b, " thresholds=%d,%d", d.LowerThreshold, d.UpperThreshold)
	}
	if srv.SlowStart > 0 {
		fmt.Fprintf(b, " slow_start=%v", srv.SlowStart)
	}
	if srv.HoldDown.Base > 0 {
		fmt.Fprintf(b, " hold_down=%v", srv.HoldDown)
	}
	if srv.Drain > 0 {
		fmt.Fprintf(b, " drain=%v", srv.Drain)
	}
	if srv.Rule != nil {
		fmt.Fprintf(b, " rule=%s", describeRule(srv.Rule))
	}
	if srv.Combiner != nil {
		fmt.Fprint(b, " combined")
	}
	fmt.Fprintln(b)
	for _, c := range srv.Checks {
		rhythm := fmt.Sprintf("%T", c.Schedule)
		if every, ok := c.Schedule.(engine.Every); ok {
			rhythm = "every " + time.Duration(every).String()
		}
		fmt.Fprintf(b, "    check %s: %s fast=%v timeout=%v rise=%d fall=%d", c.ID, rhythm, c.Fast, c.Timeout, c.Limits.Rise, c.Limits.Fall)
		if c.Limits.Causes != nil {
			fmt.Fprintf(b, " causes=%v", c.Limits.Causes)
		}
		if c.Degraded != (checks.Advice{}) {
			fmt.Fprintf(b, " degraded=%v", c.Degraded)
		}
		if c.Slow+c.Jitter > 0 || c.Initial != engine.InitialUnknown {
			fmt.Fprintf(b, " slow=%v jitter=%v initial=%d", c.Slow, c.Jitter, c.Initial)
		}
		fmt.Fprintln(b)
	}
}

// describeRule prints a rule as "2 of (0, 1 of (1, 2))".
func describeRule(r *engine.Rule) string {
	var parts []string
	for _, p := range r.Parts {
		if p.Rule != nil {
			parts = append(parts, describeRule(p.Rule))
		} else {
			parts = append(parts, fmt.Sprint(p.Check))
		}
	}
	return fmt.Sprintf("%d of (%s)", r.Least, strings.Join(parts, ", "))
}

// wanted is a mistake that a bad policy announces: "-- want: TEXT" at the end
// of the guilty line, or "-- want-any: TEXT" for the whole file.
type wanted struct {
	line int // 0: any
	text string
}

func wants(src string) []wanted {
	var all []wanted
	lines := bufio.NewScanner(strings.NewReader(src))
	for n := 1; lines.Scan(); n++ {
		if _, text, ok := strings.Cut(lines.Text(), "-- want-any: "); ok {
			all = append(all, wanted{text: text})
		}
		if _, text, ok := strings.Cut(lines.Text(), "-- want: "); ok {
			for one := range strings.SplitSeq(text, " && ") {
				all = append(all, wanted{line: n, text: one})
			}
		}
	}
	return all
}

func TestBadPoliciesAreRefusedWithEveryMistakeAtItsLine(t *testing.T) {
	for _, path := range glob(t, "testdata/bad/*.lua", 25) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src, name := readFile(t, path), filepath.Base(path)
			p, err := Load(t.Context(), name, []byte(src), Options{Log: quiet, Allow: allowed})
			if err == nil {
				p.Close(context.Background())
				t.Fatal("was accepted")
			}
			mistakes, ok := err.(*Mistakes)
			if !ok {
				t.Fatalf("error is %T: %v", err, err)
			}
			left := slices.Clone(mistakes.List)
			for _, w := range wants(src) {
				i := slices.IndexFunc(left, func(m Mistake) bool {
					return (w.line == 0 || w.line == m.Line) && strings.Contains(m.Text, w.text)
				})
				if i < 0 {
					t.Errorf("line %d: want a mistake with %q", w.line, w.text)
					continue
				}
				left = slices.Delete(left, i, i+1)
			}
			for _, m := range left {
				t.Errorf("unexpected mistake %v", m)
			}
			if t.Failed() {
				t.Logf("all mistakes:\n%s", mistakes.Excerpts())
			}
		})
	}
}
