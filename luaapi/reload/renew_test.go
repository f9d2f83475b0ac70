package reload

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// greedy is a policy that fills its memory, and what it has by then is a server
// with a weight that is not the declared one.
const greedy = `
limits { memory = "8MB" }
local web = virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" }
local kept = {}
on("start", function() web.servers[1].weight = 7 end)
every("10ms", function() for i = 1, 1000 do kept[#kept + 1] = { #kept } end end)
`

func TestAPolicyOverItsMemoryLimitIsRestarted(t *testing.T) {
	d := newDesk(t, map[string]string{"web.lua": greedy, "other.lua": service(2, 1)}, "web.lua", "other.lua")
	d.holds("1=7 2=1")
	for _, want := range []string{"1 times in a row", "2 times in a row"} {
		d.wait(want, func() (string, bool) {
			status, err := d.engine.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := status.Policies[1].Restarted
			return got, strings.Contains(got, want) && strings.Contains(got, "web.lua:6: the policy holds more than 8 MB of memory, which is its limit")
		})
		d.holds("1=7 2=1")
	}
	d.write("web.lua", service(1, 3))
	d.holds("1=3 2=1")
	if status, err := d.engine.Status(t.Context()); err != nil || status.Policies[1].Restarted != "" {
		t.Errorf("after a reload the status is %+v, %v", status, err)
	}
}

// A policy that was over its limit, and was replaced before its restart, has nothing
// to be restarted for.
func TestAReplacedPolicyIsNotRestarted(t *testing.T) {
	d := newDesk(t, map[string]string{"web.lua": service(1, 1)}, "web.lua")
	file := filepath.Join(d.dir, "web.lua")
	var old, mended *Policy
	d.inRun(func(ctx context.Context) error {
		old = d.set.inForce[file]
		d.write("web.lua", service(1, 3))
		err := d.set.reload(ctx, false)
		mended = d.set.inForce[file]
		d.set.exhausted.add(old, errors.New("full"))
		d.set.renewAll(ctx)
		return err
	})
	d.inRun(func(context.Context) error {
		if now := d.set.inForce[file]; now != mended || now == old {
			t.Error("the mended policy was restarted")
		}
		return nil
	})
	if status, err := d.engine.Status(t.Context()); err != nil || status.Policies[0].Restarted != "" {
		t.Errorf("the status is %+v, %v", status, err)
	}
}

func TestAFileThatTakesTooMuchMemoryIsRefused(t *testing.T) {
	d := newDesk(t, map[string]string{"web.lua": service(1, 1)}, "web.lua")
	d.write("web.lua", "limits { memory = '4MB' }\nlocal t = {}\nwhile true do t[#t + 1] = {} end\n"+service(1, 2))
	d.problem("web.lua:3: the policy holds more than 4 MB of memory")
	d.holds("1=1")
}

func TestRestartsInARowWaitLongerEachTime(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		restarts  int
		age, want time.Duration
	}{
		{0, time.Millisecond, 0},
		{1, 0, time.Second},
		{1, 400 * time.Millisecond, 600 * time.Millisecond},
		{2, 0, 2 * time.Second},
		{4, time.Second, 7 * time.Second},
		{100, 0, time.Minute},
		{100, 2 * time.Minute, -time.Minute},
		{100, 6 * time.Minute, 0},
	} {
		p := &Policy{restarts: tt.restarts, began: now.Add(-tt.age)}
		if got := p.pause(now); got != tt.want {
			t.Errorf("after %d restarts and %v: %v, want %v", tt.restarts, tt.age, got, tt.want)
		}
	}
}
