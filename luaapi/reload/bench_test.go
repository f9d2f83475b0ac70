package reload

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi"
)

// longPolicy reads who serves from a list beside it.
const longPolicy = "../testdata/long/policy.lua"

// longList has 2,000 services of 5 servers; the first server of all has a
// weight.
func longList(weight int) string {
	var list strings.Builder
	list.WriteString("vip,addr,weight\n")
	for i := range 2000 {
		for n := range 5 {
			fmt.Fprintf(&list, "10.%d.%d.1:80,192.168.%d.%d:%d,%d\n", i/250, i%250, i/250, i%250, 8000+n, weight)
			weight = 1
		}
	}
	return list.String()
}

// BenchmarkReload changes one weight of 2,000 services and has it in the kernel,
// a memory model, when it returns.
func BenchmarkReload(b *testing.B) {
	dir := b.TempDir()
	list := filepath.Join(dir, "farm.csv")
	text, err := os.ReadFile(longPolicy)
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "web.lua"), text, 0o644), os.WriteFile(list, []byte(longList(1)), 0o644)); err != nil {
		b.Fatal(err)
	}
	set := benchSet(b, dir)
	for weight := 2; b.Loop(); weight++ {
		if err := os.WriteFile(list, []byte(longList(weight)), 0o644); err != nil {
			b.Fatal(err)
		}
		if err := set.reload(b.Context(), false); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReloadManyFiles loads 500 files of one service each anew, as SIGHUP does.
func BenchmarkReloadManyFiles(b *testing.B) {
	dir := b.TempDir()
	for i := range 500 {
		text := fmt.Sprintf("virtual_server '10.0.%d.%d:80' { real_server '192.168.0.1:80' {} }\n", i/250, i%250)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("web%d.lua", i)), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	set := benchSet(b, dir)
	for b.Loop() {
		if err := set.reload(b.Context(), true); err != nil {
			b.Fatal(err)
		}
	}
}

// benchSet starts a set of the policies of a folder, which does not run: it is
// reloaded by the benchmark.
func benchSet(b *testing.B, dir string) *Set {
	kernel, log := ipvs.NewMemory(), slog.New(slog.DiscardHandler)
	e := engine.New(kernel, log)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	set := New([]string{dir}, e, luaapi.Options{Kernel: kernel, Log: log})
	if err := set.Start(ctx); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stop()
		<-ended
		set.closeAll()
	})
	return set
}
