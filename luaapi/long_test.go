package luaapi

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
)

// longPolicies are policies with many servers, as files by name: the services
// and the servers of each are given.
var longPolicies = []struct {
	name              string
	services, servers int
	files             func(t testing.TB, services, servers int) map[string]string
}{
	{"Text4x1000", 4, 1000, longText},
	{"Text1500x5", 1500, 5, shortText},
	{"List2000x5", 2000, 5, longFarm},
}

// longText has a statement for each server in the policy itself, and one check
// for all of those.
func longText(_ testing.TB, services, servers int) map[string]string {
	var b strings.Builder
	b.WriteString("local check = check.tcp { every = \"1s\", timeout = \"1s\" }\n")
	for i := range services {
		b.WriteString("do local list = { check = check, name = \"farm\" }\n")
		for n := range servers {
			fmt.Fprintf(&b, "list[#list + 1] = real_server \"127.%d.%d.%d:18080\" {}\n", i/250, i%250+n/250, n%250+1)
		}
		fmt.Fprintf(&b, "virtual_server \"10.%d.%d.1:80\" (list) end\n", i/250, i%250)
	}
	return map[string]string{"policy.lua": b.String()}
}

// shortText has a table for each virtual server, as people write them.
func shortText(_ testing.TB, services, servers int) map[string]string {
	var b strings.Builder
	for i := range services {
		fmt.Fprintf(&b, "virtual_server \"10.%d.%d.1:80\" {\n  scheduler = \"wrr\",\n  check = check.tcp { every = \"1s\", timeout = \"1s\" },\n", i/250, i%250)
		for n := range servers {
			fmt.Fprintf(&b, "  real_server \"127.%d.%d.%d:18080\" { weight = %d },\n", i/250, i%250, n+1, n+1)
		}
		b.WriteString("}\n")
	}
	return map[string]string{"policy.lua": b.String()}
}

// longFarm reads them from a list beside it.
func longFarm(t testing.TB, services, servers int) map[string]string {
	var b strings.Builder
	b.WriteString("vip,addr,weight\n")
	for i := range services {
		for n := range servers {
			fmt.Fprintf(&b, "10.%d.%d.1:80,192.168.%d.%d:%d,1\n", i/250, i%250, i/250, i%250, 8000+n)
		}
	}
	policy, err := os.ReadFile("testdata/long/policy.lua")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"farm.csv": b.String(), "policy.lua": string(policy)}
}

// A longLoad loads a long policy again and again.
type longLoad struct {
	path, text string
	servers    int
}

func writeLong(t testing.TB, services, servers int, files func(t testing.TB, services, servers int) map[string]string) longLoad {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.lua")
	all := files(t, services, servers)
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return longLoad{path: path, text: all["policy.lua"], servers: services * servers}
}

func (l longLoad) load(t testing.TB) *Policy {
	t.Helper()
	p, err := Load(t.Context(), l.path, []byte(l.text), Options{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// leaves loads the policy and returns what it leaves on the heap for each server,
// in bytes: all of it, and without what is for the engine.
func (l longLoad) leaves(t testing.TB) (all, own float64) {
	t.Helper()
	before := liveHeap()
	p := l.load(t)
	with := liveHeap()
	p.config.Services = nil
	without := liveHeap()
	p.Close(context.Background())
	return float64(with-before) / float64(l.servers), float64(without-before) / float64(l.servers)
}

// liveHeap is what lives, in bytes.
func liveHeap() int64 {
	var m goruntime.MemStats
	for range 3 { // what a cleanup or a pool holds goes with the second
		goruntime.GC()
	}
	goruntime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkLoadLong is the time from the text of a long policy to one that can be
// put in force, the CPU time of that with its garbage, and what it leaves on the
// heap for each server, with what is for the engine and without.
func BenchmarkLoadLong(b *testing.B) {
	for _, long := range longPolicies {
		b.Run(long.name, func(b *testing.B) {
			l := writeLong(b, long.services, long.servers, long.files)
			b.ReportAllocs()
			began := processTime(b)
			for b.Loop() {
				l.load(b).Close(context.Background())
			}
			b.ReportMetric(float64((processTime(b)-began).Milliseconds())/float64(b.N), "cpu-ms/op")
			all, own := l.leaves(b)
			b.ReportMetric(all, "heap-B/server")
			b.ReportMetric(own, "lua-B/server")
		})
	}
}

// TestLittleStaysOfALongPolicy has the text, the tree of it, the tables and the
// objects go that nothing needs any more.
func TestLittleStaysOfALongPolicy(t *testing.T) {
	const most = 60 // bytes for each server; a table alone has more
	for _, long := range longPolicies {
		t.Run(long.name, func(t *testing.T) {
			l := writeLong(t, long.services, long.servers, long.files)
			l.leaves(t) // what the first load alone leaves
			if _, own := l.leaves(t); own > most {
				t.Errorf("%.0f bytes for each server, want at most %d", own, most)
			}
		})
	}
}
