package source

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/engine"
	"luavs/ipvs"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"web.json": `["192.168.0.1:80"]`, "web.yaml": "- 192.168.0.1:80\n", "web.yml": "- 192.168.0.2:80\n", "list": `[]`, "bad.json": "{", "large.json": strings.Repeat(" ", maxText+1),
	} {
		write(t, filepath.Join(dir, name), text)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"web.json": "192.168.0.1:80*1", "web.yaml": "192.168.0.1:80*1", "web.yml": "192.168.0.2:80*1", "list": "",
		"bad.json": "! bad.json: is no JSON", "gone.json": "! gone.json: no such file or directory",
		"large.json": "! large.json: larger than 2097152 bytes", "pipe.json": "! pipe.json: want a regular file", ".": "! want a regular file",
	} {
		t.Run(name, func(t *testing.T) { listed(t, File{filepath.Join(dir, name)}, want) })
	}
}

// TestAFileIsFollowed has a service with a list in a file, which changes in each
// of the ways in which editors and config management put a new one in place.
// The pause of an hour shows that nobody waits for it.
func TestAFileIsFollowed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "now", "web.json")
	for _, version := range []string{"v1", "v2", "v3"} {
		if err := os.Mkdir(filepath.Join(dir, version), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, version, "web.json"), `["192.168.0.`+version[1:]+`:80"]`)
	}
	link := func(version string) {
		if err := errors.Join(os.Symlink(version, filepath.Join(dir, "next")), os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "now"))); err != nil {
			t.Fatal(err)
		}
	}
	link("v1")
	kernel := ipvs.NewMemory()
	holds := func(what, server string) {
		t.Helper()
		eventually(t, what+": the kernel holds "+server, func() bool { return strings.Contains(kernel.String(), "-r "+server+" ") })
	}
	key := ipvs.AddrKey(ipvs.TCP, netip.MustParseAddrPort("10.0.0.1:80"))
	follow(t, kernel, engine.Service{
		Name: "web", Spec: ipvs.Service{ServiceKey: key, Scheduler: "wlc"},
		Sources: []engine.Discovery{{ID: "file", Source: File{path}, Every: time.Hour, Timeout: time.Second}},
	})
	holds("at first", "192.168.0.1:80")
	link("v2")
	holds("after a link was swapped", "192.168.0.2:80")
	write(t, filepath.Join(dir, "v2", "new"), `["192.168.0.4:80"]`)
	if err := os.Rename(filepath.Join(dir, "v2", "new"), filepath.Join(dir, "v2", "web.json")); err != nil {
		t.Fatal(err)
	}
	holds("after another file took its place", "192.168.0.4:80")
	write(t, path, `["192.168.0.5:80"]`)
	holds("after it was written in place", "192.168.0.5:80")
	link("v3")
	write(t, filepath.Join(dir, "v3", "web.json"), `["192.168.0.6:80"]`)
	holds("after both", "192.168.0.6:80")
}

// follow has an engine keep a service until the end of the test.
func follow(t *testing.T, kernel *ipvs.Memory, s engine.Service) {
	t.Helper()
	e := engine.New(kernel, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	if err := e.Load(ctx, engine.Config{Name: "web.lua", Services: []engine.Service{s}}); err != nil {
		t.Fatal(err)
	}
}
