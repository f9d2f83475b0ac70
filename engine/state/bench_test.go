package state

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"luavs/engine"
)

// large fills a store with 2,000 services of 5 servers with a check.
func large(b *testing.B, s *Store) {
	for i := range 2000 {
		k := &engine.Kept{Policy: "/etc/luavs/web.lua", Name: fmt.Sprint("web", i)}
		for n := range 5 {
			k.Servers = append(k.Servers, engine.KeptServer{
				Addr:  netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, byte(i), byte(n)}), 80),
				State: engine.StateUp, Health: engine.StateUp, Since: time.Now(), Reason: "status 200", Serves: true, Weight: 1, Declared: 1,
				Checks: []engine.KeptCheck{{ID: `check.http {path="/healthz", every="2s"}`, State: engine.StateUp, Reason: "status 200", At: time.Now()}},
			})
		}
		s.Keep(vip(i), k)
	}
	if err := s.write(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	large(b, s)
	s.close()
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		s.close()
	}
	b.ReportMetric(float64(info.Size()), "file-bytes")
}

// BenchmarkWrite is a write of one service among 2,000.
func BenchmarkWrite(b *testing.B) {
	s, err := Open(b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.close()
	large(b, s)
	for b.Loop() {
		s.Keep(vip(7), kept("a.lua"))
		if err := s.write(); err != nil {
			b.Fatal(err)
		}
	}
}
