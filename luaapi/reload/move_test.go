package reload

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"luavs/engine"
)

// Files are renamed, and virtual servers move from one to another, in either
// order of their names. No service leaves the kernel for that, nor does one of
// its servers, and what somebody has said of a server holds.
func TestVirtualServersMoveBetweenFiles(t *testing.T) {
	for name, change := range map[string]func(d *desk){
		"a file is renamed": func(d *desk) {
			d.rename("p/m.lua", "p/z.lua")
		},
		"a file is renamed to an earlier name": func(d *desk) {
			d.rename("p/m.lua", "p/a.lua")
		},
		"to a file with a later name": func(d *desk) {
			d.write("p/z.lua", service(1, 1))
			d.write("p/m.lua", service(2, 1))
		},
		"to a file with an earlier name": func(d *desk) {
			d.write("p/a.lua", service(1, 1))
			d.write("p/m.lua", service(2, 1))
		},
		"round several files": func(d *desk) {
			d.write("p/a.lua", service(3, 1))
			d.write("p/m.lua", service(2, 1))
			d.write("p/n.lua", service(1, 1))
		},
		"each to the other": func(d *desk) {
			d.write("p/m.lua", service(3, 1)+service(2, 1))
			d.write("p/n.lua", service(1, 1))
		},
		"all of each to the other": func(d *desk) {
			d.write("p/m.lua", service(3, 1))
			d.write("p/n.lua", service(2, 1)+service(1, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, map[string]string{"p/m.lua": service(1, 1) + service(2, 1), "p/n.lua": service(3, 1)}, "p")
			d.holds("1=1 2=1 3=1")
			if _, err := d.engine.Order(t.Context(), engine.Order{Do: "maintenance", Server: "192.168.0.1", Service: "10.0.0.1:80", Why: "disk"}); err != nil {
				t.Fatal(err)
			}
			d.holds("2=1 3=1")
			d.logged.Take()
			d.inRun(func(context.Context) error { change(d); return nil }) // all of it before it looks
			if err := d.set.Reload(t.Context()); err != nil {
				t.Error(err)
			}
			d.holds("2=1 3=1")
			if text := d.logged.String(); strings.Contains(text, "msg=kernel") || strings.Contains(text, "level=ERROR") {
				t.Errorf("logged:\n%s", text)
			}
			if _, err := d.engine.Order(t.Context(), engine.Order{Do: "resume", Server: "192.168.0.1", Service: "10.0.0.1:80"}); err != nil {
				t.Fatal(err)
			}
			d.holds("1=1 2=1 3=1")
		})
	}
}

// The same when the files are looked at because they have changed, and by three
// files that go round.
func TestVirtualServersGoRoundInARing(t *testing.T) {
	d := newDesk(t, map[string]string{"p/a.lua": service(1, 1), "p/b.lua": service(2, 1), "p/c.lua": service(3, 1)}, "p")
	d.holds("1=1 2=1 3=1")
	if _, err := d.engine.Order(t.Context(), engine.Order{Do: "maintenance", Server: "192.168.0.1", Service: "10.0.0.3:80", Why: "disk"}); err != nil {
		t.Fatal(err)
	}
	d.holds("1=1 2=1")
	for turn := 1; turn <= 3; turn++ {
		d.logged.Take()
		d.inRun(func(ctx context.Context) error {
			for i, name := range []string{"p/a.lua", "p/b.lua", "p/c.lua"} {
				d.write(name, service((i+turn)%3+1, 1))
			}
			return d.set.reload(ctx, false)
		})
		if text := d.logged.String(); strings.Count(text, "policy in force") != 3 || strings.Contains(text, "msg=kernel") || strings.Contains(text, "level=ERROR") {
			t.Errorf("turn %d: logged:\n%s", turn, text)
		}
		d.holds("1=1 2=1")
		if got := d.statusOf("10.0.0.3:80"); got.State != engine.StateMaintenance {
			t.Errorf("turn %d: the server in maintenance is %v", turn, got.State)
		}
	}
}

// statusOf is the status of the one server of a service.
func (d *desk) statusOf(service string) engine.ServerStatus {
	d.t.Helper()
	status, err := d.engine.Status(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	for _, p := range status.Policies {
		for _, s := range p.Services {
			if strings.HasSuffix(s.Service, service) {
				return s.Servers[0]
			}
		}
	}
	d.t.Fatalf("there is no %s", service)
	return engine.ServerStatus{}
}

// What a file gives up may have moved to one with a mistake: it stays, whole and as
// it was, until that is mended.
func TestNothingIsGivenUpWhileAFileHasAMistake(t *testing.T) {
	d := newDesk(t, map[string]string{"p/m.lua": service(1, 1) + service(2, 1), "p/n.lua": service(3, 1)}, "p")
	d.holds("1=1 2=1 3=1")
	d.write("p/n.lua", service(3, 1)+"virtual_server '10.0.0.1:80' {")
	d.problem("/p/n.lua:")
	d.write("p/m.lua", service(2, 4))
	d.problemsAre("p/m.lua: gives up virtual server tcp 10.0.0.1:80, which may have moved to "+d.dir+"/p/n.lua: waits", "/p/n.lua:")
	d.holds("1=1 2=1 3=1")
	d.write("p/n.lua", service(3, 1)+service(1, 4))
	d.holds("1=4 2=4 3=1")
	d.problem("")

	d.write("p/new.lua", "x =")
	d.problem("p/new.lua:1")
	d.remove("p/m.lua")
	d.problemsAre("p/m.lua: is gone and gives up virtual server tcp 10.0.0.2:80, which may have moved to "+d.dir+"/p/new.lua: waits", "p/new.lua:1")
	d.holds("1=4 2=4 3=1")
	d.write("p/new.lua", service(2, 5))
	d.holds("1=4 2=5 3=1")
	d.problem("")

	d.write("p/other.lua", service(3, 9))
	d.problem("belongs to policy")
	d.write("p/n.lua", service(3, 1))
	d.problemsAre("p/n.lua: gives up virtual server tcp 10.0.0.1:80", "p/other.lua: virtual server tcp 10.0.0.3:80 ")
	d.holds("1=4 2=5 3=1")
	d.remove("p/other.lua")
	d.holds("2=5 3=1")
	d.problem("")
}

func (d *desk) rename(from, to string) {
	d.t.Helper()
	if err := os.Rename(filepath.Join(d.dir, from), filepath.Join(d.dir, to)); err != nil {
		d.t.Fatal(err)
	}
}
