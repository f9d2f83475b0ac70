package admin

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/engine"
)

// serve serves s on a socket of its own until the test ends.
func serve(t *testing.T, s *Server) *Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sub", "luavs.sock")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve: got %v, want context.Canceled", err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is still there: %v", err)
		}
	})
	return NewClient(path)
}

func TestStatusCrossesTheSocket(t *testing.T) {
	want := engine.Status{
		Policies: []engine.PolicyStatus{{Name: "web.lua", Since: time.Unix(1e9, 0).UTC(), Services: []engine.ServiceStatus{}}},
		Problems: []string{"web2.lua:1: oops"},
	}
	c := serve(t, &Server{Status: func(context.Context) (engine.Status, error) { return want, nil }})
	got, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestErrorsCrossTheSocket(t *testing.T) {
	c := serve(t, &Server{
		Status: func(context.Context) (engine.Status, error) { return engine.Status{}, engine.ErrStopped },
		Reload: func(context.Context) error { return errors.New("web.lua:7: unknown field") },
	})
	if _, err := c.Status(t.Context()); err == nil || !strings.Contains(err.Error(), engine.ErrStopped.Error()) {
		t.Errorf("Status: got %v", err)
	}
	if err := c.Reload(t.Context()); err == nil || err.Error() != "web.lua:7: unknown field" {
		t.Errorf("Reload: got %v", err)
	}
}

func TestReloadThatWorksIsNoError(t *testing.T) {
	called := 0
	c := serve(t, &Server{Reload: func(context.Context) error { called++; return nil }})
	if err := c.Reload(t.Context()); err != nil || called != 1 {
		t.Errorf("got %v after %d calls", err, called)
	}
}

func TestSocketIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "luavs.sock")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func TestListenTakesOverOnlyASocketThatNobodyAnswersOn(t *testing.T) {
	dir := t.TempDir()
	alive := filepath.Join(dir, "alive.sock")
	l, err := Listen(alive)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Listen(alive); err == nil || !strings.Contains(err.Error(), "another luavs answers") {
		t.Errorf("a live socket: got %v", err)
	}

	dead := filepath.Join(dir, "dead.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: dead})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	l2, err := Listen(dead)
	if err != nil {
		t.Fatalf("a socket left behind: %v", err)
	}
	l2.Close()

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file); err == nil || !strings.Contains(err.Error(), "is not a socket") {
		t.Errorf("a file: got %v", err)
	}
	if text, _ := os.ReadFile(file); string(text) != "mine" {
		t.Error("the file was touched")
	}
}

func TestClientSaysWhatToDoWhenNobodyAnswers(t *testing.T) {
	_, err := NewClient(filepath.Join(t.TempDir(), "none.sock")).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), "luavs run") {
		t.Errorf("got %v", err)
	}
}
