package reload

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"luavs/engine"
	"luavs/engine/logtest"
	"luavs/engine/state"
	"luavs/ipvs"
	"luavs/luaapi"
)

// desk is a running Set over a folder and a memory kernel.
type desk struct {
	t      testing.TB
	stop   context.CancelFunc // has Run end
	dir    string
	logged logtest.Text
	kernel *ipvs.Memory
	engine *engine.Engine
	set    *Set
	end    func()
}

// newDesk starts a Set over paths below a new folder that holds files.
func newDesk(t testing.TB, files map[string]string, paths ...string) *desk {
	t.Helper()
	return newPrintingDesk(t, nil, files, paths...)
}

// newPrintingDesk has policies print by a function; nil: to the log.
func newPrintingDesk(t testing.TB, print func(line string), files map[string]string, paths ...string) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), kernel: ipvs.NewMemory()}
	for name, text := range files {
		d.write(name, text)
	}
	for i, p := range paths {
		paths[i] = filepath.Join(d.dir, p)
	}
	log := slog.New(slog.NewTextHandler(&d.logged, nil))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(d.logged.String())
		}
	})
	d.engine = engine.New(d.kernel, log)
	d.set = New(paths, d.engine, luaapi.Options{Kernel: d.kernel, Log: log, Print: print, Store: state.Volatile()})
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	ended := make(chan error, 2)
	engineCtx, endEngine := context.WithCancel(context.Background())
	go func() { ended <- d.engine.Run(engineCtx) }()
	if err := d.set.Start(ctx); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer endEngine()
		ended <- d.set.Run(ctx)
	}()
	d.end = sync.OnceFunc(func() {
		stop()
		for range 2 {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("Run: got %v, want context.Canceled", err)
			}
		}
	})
	t.Cleanup(func() { d.end() })
	return d
}

// write writes a file as editors do: beside it, then renamed.
func (d *desk) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path+".tmp", []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) remove(name string) {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, name)); err != nil {
		d.t.Fatal(err)
	}
}

// inRun runs f in the goroutine of Run, before it looks at the files again.
func (d *desk) inRun(f func(ctx context.Context) error) {
	d.t.Helper()
	if err := d.set.do(d.t.Context(), f); err != nil {
		d.t.Error(err)
	}
}

// table is what the kernel holds: services 10.0.0.N:80, each with a server of a
// weight: "1=5 2=1".
func (d *desk) table() string {
	table, err := d.kernel.Table()
	if err != nil {
		return err.Error()
	}
	var got []string
	for _, e := range table {
		for _, dst := range e.Destinations {
			got = append(got, fmt.Sprintf("%d=%d", e.Addr.Addr().As4()[3], dst.Weight))
		}
	}
	return strings.Join(got, " ")
}

// holds waits until the kernel holds exactly a table.
func (d *desk) holds(want string) {
	d.t.Helper()
	d.wait("the kernel holds "+want, func() (string, bool) {
		got := d.table()
		return got, got == want
	})
}

// problem waits until there is one problem and it contains a text, or none if
// the text is empty.
func (d *desk) problem(text string) {
	d.t.Helper()
	if text == "" {
		d.problemsAre()
		return
	}
	d.problemsAre(text)
}

// problemsAre waits until the problems, sorted, contain these texts, one each.
func (d *desk) problemsAre(texts ...string) {
	d.t.Helper()
	d.wait(fmt.Sprintf("problems %q", texts), func() (string, bool) {
		got := d.set.Problems()
		return fmt.Sprint(got), slices.EqualFunc(got, texts, strings.Contains)
	})
}

func (d *desk) wait(what string, so func() (string, bool)) {
	d.t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		got, ok := so()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			d.t.Fatalf("never: %s; last: %s", what, got)
		}
	}
}
