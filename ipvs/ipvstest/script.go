package ipvstest

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"luavs/ipvs"
)

// A step is a line of a script: a change with the errno it gives, a flush, or
// the table that should be there.
type step struct {
	line   string
	change ipvs.Change
	errno  syscall.Errno
	flush  bool
	table  *string
}

var errnos = map[string]syscall.Errno{
	"": 0, "EEXIST": syscall.EEXIST, "ESRCH": syscall.ESRCH, "ENOENT": syscall.ENOENT,
	"EINVAL": syscall.EINVAL, "ERANGE": syscall.ERANGE, "EAFNOSUPPORT": syscall.EAFNOSUPPORT,
}

// parse reads a script. Lines that follow each other and begin with = are one
// table; "= nothing" is an empty one.
func parse(t *testing.T, script string) []step {
	t.Helper()
	var steps []step
	for line := range strings.SplitSeq(strings.TrimSpace(script), "\n") {
		line = strings.TrimSpace(line)
		if want, ok := strings.CutPrefix(line, "= "); ok {
			steps = expect(steps, strings.TrimPrefix(want+"\n", "nothing\n"))
			continue
		}
		command, errno, _ := strings.Cut(line, " ! ")
		code, known := errnos[strings.TrimSpace(errno)]
		if !known {
			t.Fatalf("script: %q: unknown errno", line)
		}
		s := step{line: line, errno: code, flush: command == "-C"}
		if !s.flush {
			var err error
			if s.change, err = ipvs.ParseChange(command); err != nil {
				t.Fatalf("script: %q: %v", line, err)
			}
		}
		steps = append(steps, s)
	}
	return steps
}

func expect(steps []step, line string) []step {
	if n := len(steps); n > 0 && steps[n-1].table != nil {
		*steps[n-1].table += line
		return steps
	}
	return append(steps, step{table: &line})
}

func runScript(t *testing.T, k Kernel, script string) {
	for _, s := range parse(t, script) {
		switch {
		case s.table != nil:
			checkTable(t, k, *s.table)
		case s.flush:
			if err := k.Flush(); err != nil {
				t.Errorf("%s: %v", s.line, err)
			}
		default:
			checkAnswer(t, s, one(k.Apply([]ipvs.Change{s.change})))
		}
	}
}

// runAtOnce sends all changes between two flushes or tables in one call.
func runAtOnce(t *testing.T, k Kernel, script string) {
	var batch []step
	send := func() {
		changes := make([]ipvs.Change, len(batch))
		for i, s := range batch {
			changes[i] = s.change
		}
		errs := k.Apply(changes)
		for i, s := range batch {
			if errs == nil {
				checkAnswer(t, s, nil)
			} else {
				checkAnswer(t, s, errs[i])
			}
		}
		batch = nil
	}
	for _, s := range parse(t, script) {
		switch {
		case s.table != nil:
			send()
			checkTable(t, k, *s.table)
		case s.flush:
			send()
			if err := k.Flush(); err != nil {
				t.Errorf("%s: %v", s.line, err)
			}
		default:
			batch = append(batch, s)
		}
	}
	send()
}

func one(errs []error) error {
	if errs == nil {
		return nil
	}
	return errs[0]
}

// checkAnswer compares the errno, and what errors.Is says of it.
func checkAnswer(t *testing.T, s step, err error) {
	t.Helper()
	if s.errno == 0 {
		if err != nil {
			t.Errorf("%s: %v", s.line, err)
		}
		return
	}
	var refusal *ipvs.Error
	if !errors.As(err, &refusal) || refusal.Errno != s.errno {
		t.Errorf("%s: answer is %v", s.line, err)
		return
	}
	if refusal.Op != s.change.String() || refusal.Reason == "" {
		t.Errorf("%s: the error is %q about %q", s.line, refusal.Reason, refusal.Op)
	}
	if want := meaning(s); want != nil && !errors.Is(err, want) {
		t.Errorf("%s: %v is not %v", s.line, err, want)
	}
}

// meaning is the error that callers ask for.
func meaning(s step) error {
	op := s.change.Op
	switch {
	case s.errno == syscall.EEXIST:
		return fs.ErrExist
	case s.errno == syscall.ESRCH:
		return ipvs.ErrNoService
	case s.errno == syscall.ENOENT && (op == ipvs.SetDestination || op == ipvs.DelDestination):
		return ipvs.ErrNoDestination
	case s.errno == syscall.ENOENT:
		return ipvs.ErrNoScheduler
	}
	return nil
}

func checkTable(t *testing.T, k Kernel, want string) {
	t.Helper()
	got, err := k.Table()
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("the table is\n%sand should be\n%s", got, want)
	}
}
