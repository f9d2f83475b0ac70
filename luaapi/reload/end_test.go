package reload

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"luavs/engine"
)

// who asks for a reload may go: the reload is not broken off, and nothing is given
// up for it.
func TestAReloadGoesOnWithoutWhoAskedForIt(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	var asked atomic.Bool
	d := newPrintingDesk(t, func(string) {
		if asked.Load() {
			leave()
			<-left
		}
	}, map[string]string{"p/a.lua": service(1, 1) + "print 'loaded'", "p/b.lua": service(2, 1)}, "p")
	d.holds("1=1 2=1")
	before, _ := d.set.Loads()
	d.logged.Take()
	asked.Store(true)
	if err := d.set.Reload(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	asked.Store(false)
	close(left)
	d.inRun(func(context.Context) error { return nil }) // which waits for the reload
	if loaded, refused := d.set.Loads(); loaded-before != 2 || refused != 0 {
		t.Errorf("%d texts were loaded, %d refused, want 2 and 0", loaded-before, refused)
	}
	if text := d.logged.String(); strings.Contains(text, "msg=kernel") || strings.Contains(text, "level=ERROR") {
		t.Errorf("logged:\n%s", text)
	}
}

// Where a daemon ends in the middle of a reload, the table stays: what moves from
// one file to another as well.
func TestAnEndInTheMiddleOfAReloadLeavesTheTable(t *testing.T) {
	for range 5 {
		var moved atomic.Bool
		var d *desk
		d = newPrintingDesk(t, func(line string) {
			if moved.Load() {
				d.stop()
			}
		}, map[string]string{"p/a.lua": service(1, 1) + "print 'a'", "p/b.lua": service(2, 1), "p/c.lua": service(3, 1)}, "p")
		d.holds("1=1 2=1 3=1")
		moved.Store(true)
		d.set.do(t.Context(), func(ctx context.Context) error {
			d.rename("p/a.lua", "p/z.lua")
			d.remove("p/b.lua")
			return d.set.reload(ctx, false)
		})
		d.end()
		if got := d.table(); got != "1=1 2=1 3=1" {
			t.Errorf("the kernel holds %s", got)
		}
		if text := d.logged.String(); strings.Contains(text, "level=ERROR") {
			t.Errorf("logged:\n%s", text)
		}
	}
}

// What was held when a reload was called off stays in the kernel until the next one.
func TestWhatWasHeldIsGivenUpByTheNextReload(t *testing.T) {
	d := newDesk(t, map[string]string{"p/a.lua": service(1, 1), "p/b.lua": service(2, 1)}, "p")
	d.holds("1=1 2=1")
	d.inRun(func(ctx context.Context) error {
		ended, end := context.WithCancel(ctx)
		end()
		d.engine.Hold()
		if err := d.engine.Load(ctx, engine.Config{Name: d.set.paths[0] + "/b.lua"}); err != nil {
			t.Error(err)
		}
		if err := d.engine.Release(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Release with a context that has ended: %v", err)
		}
		if got := d.table(); got != "1=1 2=1" {
			t.Errorf("the kernel holds %s", got)
		}
		d.remove("p/b.lua")
		return d.set.reload(ctx, false)
	})
	d.holds("1=1")
}
