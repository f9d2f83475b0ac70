package engine

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"luavs/checks"
	"luavs/checks/filewatch/filetest"
	"luavs/ipvs"
)

// seen is a check of a file that tells what each run found.
type seen struct {
	checks.File
	found chan checks.Outcome
}

func (s seen) Check(ctx context.Context, t checks.Target) checks.Result {
	r := s.File.Check(ctx, t)
	select {
	case s.found <- r.Outcome:
	case <-ctx.Done():
	}
	return r
}

func TestACheckIsAskedWhenItsFileChanges(t *testing.T) {
	mark := checks.File{Path: "@/mark", Want: checks.FileAbsent}
	below := checks.File{Path: "@/etc/a/mark", Want: checks.FileAbsent}
	tests := []struct {
		name   string
		check  checks.File
		before string // the files at the start, between ;
		steps  string // "DO; DO: pass" after each of which a run finds so, between |
	}{
		{"it comes and goes", mark, "", "touch @/mark: fail|rm @/mark: pass|touch @/mark: fail"},
		{"it is put in place", mark, "touch @/new", "mv @/new @/mark: fail|mv @/mark @/old: pass"},
		{"a link that comes to lead somewhere", mark, "ln there @/mark", "touch @/there: fail|rm @/there: pass"},
		{"its folder comes later", below, "", "mkdir @/etc; mkdir @/etc/a; touch @/etc/a/mark: fail|rm @/etc: pass"},
		{"its folder goes and comes back", below, "mkdir @/etc; mkdir @/etc/a",
			"touch @/etc/a/mark: fail|mv @/etc @/old: pass|mkdir @/etc; mkdir @/etc/a; touch @/etc/a/mark: fail"},
		{"a link to a folder is swapped", checks.File{Path: "@/now/mark", Want: checks.FileAbsent},
			"mkdir @/one; mkdir @/two; touch @/two/mark; ln one @/now; ln two @/next", "mv @/next @/now: fail|rm @/two/mark: pass"},
		{"a link over a link is swapped", checks.File{Path: "@/mark", Want: checks.FilePresent},
			"mkdir @/v1; touch @/v1/mark; mkdir @/v2; ln v1 @/data; ln data/mark @/mark; ln v2 @/next",
			"mv @/next @/data: fail|touch @/v2/mark: pass"},
		{"its number changes", checks.File{Path: "@/n", Want: checks.FileNumber}, "write 0 @/n", "write 1 @/n: fail|write 0 @/n: pass"},
		{"a name of the server", checks.File{Folder: "@", Want: checks.FileAbsent, Names: []string{"web1"}},
			"", "touch @/192.168.0.1: fail|rm @/192.168.0.1: pass|touch @/web1:80: fail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := filetest.New(t)
			for step := range strings.SplitSeq(tt.before, ";") {
				if step != "" {
					files.Do(step)
				}
			}
			probe := seen{tt.check, make(chan checks.Outcome)}
			probe.Path, probe.Folder = files.Path(probe.Path), files.Path(probe.Folder)
			runOnce(t, probe)
			await(t, probe.found, "pass")
			for step := range strings.SplitSeq(tt.steps, "|") {
				do, want, _ := strings.Cut(step, ": ")
				for line := range strings.SplitSeq(do, ";") {
					files.Do(line)
				}
				await(t, probe.found, want)
			}
		})
	}
}

// runOnce runs an engine with one server whose check is due once a day.
func runOnce(t *testing.T, probe checks.Check) {
	ctx, stop := context.WithCancel(context.Background())
	e := New(ipvs.NewMemory(), slog.New(slog.DiscardHandler))
	ended := make(chan struct{})
	go func() { defer close(ended); e.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	c := farm(probe)
	c.Services[0].Servers = c.Services[0].Servers[:1]
	c.Services[0].Servers[0].Checks[0].Schedule = Every(24 * time.Hour)
	if err := e.Load(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// await waits for a run that finds what is wanted: a file is seen several times
// while it changes.
func await(t *testing.T, found <-chan checks.Outcome, want string) {
	t.Helper()
	for end := time.After(10 * time.Second); ; {
		select {
		case o := <-found:
			if o.String() == want {
				return
			}
		case <-end:
			t.Fatalf("no run finds %s", want)
		}
	}
}
