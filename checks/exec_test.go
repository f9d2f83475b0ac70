package checks

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func newExec(t testing.TB, c Command) *Exec {
	t.Helper()
	e, err := NewExec(c, KeepalivedConvention, NoWeight)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var server = netip.MustParseAddrPort("192.0.2.1:80")

func TestExec(t *testing.T) {
	tests := []struct {
		name  string
		text  string
		limit time.Duration
		want  Result
	}{
		{"exit code 0", "echo fine", long, passing("exit code 0: fine")},
		{"another exit code", "exit 1", long, fail(Exit, "exit code 1")},
		{"the first line of the output is the reason", "echo; echo disk full; echo more; exit 2", long,
			fail(Exit, "exit code 2: disk full")},
		{"the errors are the reason if there is no output", "echo no disk >&2; exit 2", long,
			fail(Exit, "exit code 2: no disk")},
		{"a reason is not trusted with the terminal", `printf '\033[2Jx\n'; exit 1`, long, fail(Exit, "exit code 1: .[2Jx")},
		{"a long reason", "head -c 9999 /dev/zero | tr '\\0' x; exit 1", long,
			fail(Exit, "exit code 1: "+strings.Repeat("x", 184)+"...")},
		{"a program inside is missing", "nosuch", long, fail(Exit, "exit code 127: script: 1: nosuch: not found")},
		{"killed", "echo bye; kill -SEGV $$", long, fail(Signal, "killed by SIGSEGV: bye")},
		{"ended by its own TERM", "kill $$", long, fail(Signal, "killed by SIGTERM")},
		{"too slow", "sleep 1000", short, fail(Timeout, "no answer within 400ms (program stopped)")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newExec(t, Command{Args: []string{"/bin/sh", "-c", tt.text, "script"}})
			leavesNothing(t, func() { expect(t, ask(t, e, server, tt.limit), tt.want) })
		})
	}
}

func TestExecTooSlow(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"says why", `echo waiting for the lock; : >"$0"; exec sleep 1000`,
			"no answer in time (program stopped: waiting for the lock)"},
		{"exit code 0 after TERM is too late", `trap "exit 0" TERM; : >"$0"; sleep 1000 & wait`,
			"no answer in time (program stopped)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ready")
			e := newExec(t, Command{Args: []string{"/bin/sh", "-c", tt.text, path}})
			expect(t, e.Check(onceThere(t, path), Target{Addr: server}), fail(Timeout, tt.want))
		})
	}
}

func TestExecGetsTheServerInItsEnvironment(t *testing.T) {
	tests := []struct{ addr, want string }{
		{"192.0.2.1:80", "192.0.2.1:80 192.0.2.1 80 tcp 10.0.0.1:80"},
		{"[2001:db8::1]:443", "[2001:db8::1]:443 2001:db8::1 443 tcp 10.0.0.1:80"},
	}
	for _, tt := range tests {
		c := Command{Args: []string{"sh", "-c", `echo $LUAVS_ADDR $LUAVS_IP $LUAVS_PORT $LUAVS_SERVICE; exit 1`}}
		expect(t, ask(t, newExec(t, c), netip.MustParseAddrPort(tt.addr), long), fail(Exit, "exit code 1: "+tt.want))
	}
}

func TestAProgramThatCannotStartSaysNothingAboutTheServer(t *testing.T) {
	expect(t, ask(t, newExec(t, Command{Args: []string{"/nosuch"}}), server, long),
		unknown("exec /nosuch: no such file or directory: install it, or correct the path"))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("shutdown"))
	e := newExec(t, Command{Args: []string{"sleep", "1000"}})
	expect(t, e.Check(ctx, Target{Addr: server}), unknown("given up: shutdown"))
}

func TestExecMistakes(t *testing.T) {
	if e, err := NewExec(Command{}, "nagios", "moon"); err == nil || e != nil {
		t.Errorf("got %v, %v", e, err)
	}
}

func TestExecIdentity(t *testing.T) {
	tests := []struct {
		want string
		c    Command
	}{
		{`exec /usr/lib/check -w 5`, Command{Args: []string{"/usr/lib/check", "-w", "5"}}},
		{`exec /a "b c" "" "d=e"`, Command{Args: []string{"/a", "b c", "", "d=e"}}},
		{`exec /a dir=/tmp output_limit=9 user=nobody`,
			Command{Args: []string{"/a"}, Dir: "/tmp", OutputLimit: 9, User: "nobody"}},
		{`exec /a env=PASSWORD=sha256:8d6c2794cf3315472c02d47c stdin=sha256:2bb80d537b1da3e38bd30361`,
			Command{Args: []string{"/a"}, Env: []string{"PASSWORD=x"}, Stdin: []byte("secret")}},
	}
	for _, tt := range tests {
		if got := newExec(t, tt.c).String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
