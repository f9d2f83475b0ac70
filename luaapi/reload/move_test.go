package reload

import (
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
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, map[string]string{"p/m.lua": service(1, 1) + service(2, 1), "p/n.lua": service(3, 1)}, "p")
			d.holds("1=1 2=1 3=1")
			if _, err := d.engine.Order(t.Context(), engine.Order{Do: "maintenance", Server: "192.168.0.1", Service: "10.0.0.1:80", Why: "disk"}); err != nil {
				t.Fatal(err)
			}
			d.holds("2=1 3=1")
			d.logged.Take()
			if err := d.set.do(t.Context(), func() { change(d) }); err != nil { // all of it before it looks
				t.Fatal(err)
			}
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

// What nobody has taken over when all files were looked at is given up.
func TestAVirtualServerThatMovesNowhereIsGivenUp(t *testing.T) {
	d := newDesk(t, map[string]string{"p/m.lua": service(1, 1) + service(2, 1), "p/n.lua": service(3, 1)}, "p")
	d.holds("1=1 2=1 3=1")
	d.write("p/n.lua", service(3, 1)+"virtual_server '10.0.0.1:80' {")
	d.write("p/m.lua", service(2, 1))
	d.holds("2=1 3=1")
	d.write("p/n.lua", service(3, 1)+service(1, 4))
	d.holds("1=4 2=1 3=1")
	d.remove("p/n.lua")
	d.holds("2=1")
}

func (d *desk) rename(from, to string) {
	d.t.Helper()
	if err := os.Rename(filepath.Join(d.dir, from), filepath.Join(d.dir, to)); err != nil {
		d.t.Fatal(err)
	}
}
