//go:build soak

package main

import (
	"os"
	"slices"
	"strings"
	"time"
)

// judgeResources requires that what is in use does not grow.
func (s *soak) judgeResources(parts []part) {
	s.Helper()
	first, second := most(parts[:5]), most(parts[5:])
	if second.memory > first.memory*11/10+8_000 {
		s.Errorf("memory grew from %d to %d kB", first.memory, second.memory)
	}
	if second.files > first.files+500 || second.threads > first.threads+10 {
		s.Errorf("descriptors went from %d to %d, threads from %d to %d", first.files, second.files, first.threads, second.threads)
	}
	if from, to := parts[0].goroutines, parts[9].goroutines; to > from+20 {
		s.Errorf("goroutines went from %d to %d", from, to)
	}
}

// judgeChecks requires that each part had all its checks, and that they told who is
// down: some are, and no more than there should be.
func (s *soak) judgeChecks(parts []part, lasts time.Duration) {
	s.Helper()
	// A status takes a moment, so that where a part ends is not quite clear.
	least := soakServers * (0.995 - 1/lasts.Seconds())
	for n, p := range parts {
		if p.rate < least {
			s.Errorf("part %d had %.0f checks a second, want %.0f at least", n+1, p.rate, least)
		}
		if down := soakServers - p.up; down <= 0 || down >= soakServers*3/100 {
			s.Errorf("at the end of part %d %d servers are not up, want some and less than 3 in 100", n+1, down)
		}
	}
}

// judgeLateness requires that checks begin no later in the second half than in the
// first, and that the log tells of no trouble. That the host was busy for a moment
// it may tell of once, if checks begin in time again afterwards.
func (s *soak) judgeLateness(parts []part) {
	s.Helper()
	for name, late := range map[string]func(part) float64{
		"half": func(p part) float64 { return p.lateP50 },
		"99%":  func(p part) float64 { return p.lateP99 },
	} {
		first, second := median(parts[:5], late), median(parts[5:], late)
		if limit := 2*first + 5; second > limit || late(parts[9]) > limit && s.slips() > 0 {
			s.Errorf("%s of the checks began within %.1f ms in the first half, %.1f ms in the second and %.1f ms at last", name, first, second, late(parts[9]))
		}
	}
	if n := s.slips(); n > 1 {
		s.Errorf("the schedule was not kept, or time stood still, %d times", n)
	}
	if lines := s.logged("level=ERROR"); len(lines) > 0 {
		s.Errorf("logged: %s", strings.Join(lines, ""))
	}
}

// slips is how often the schedule was not kept. Of one standstill there may be a line
// of each kind.
func (s *soak) slips() int {
	return max(len(s.logged("start late")), len(s.logged("time stood still")))
}

// logged returns the lines of the log that have a text.
func (s *soak) logged(text string) (lines []string) {
	all, err := os.ReadFile(s.log)
	if err != nil {
		s.Fatal(err)
	}
	for line := range strings.Lines(string(all)) {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}

// median is the one in the middle of five.
func median(parts []part, of func(part) float64) float64 {
	var all []float64
	for _, p := range parts {
		all = append(all, of(p))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// most is the most of what some parts had in use.
func most(parts []part) (all part) {
	for _, p := range parts {
		all.memory, all.files, all.threads = max(all.memory, p.memory), max(all.files, p.files), max(all.threads, p.threads)
	}
	return all
}
