package reload

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestChangesAreTold has files change in the ways in which people, config
// management and Kubernetes change them. Each is told, twice in a row: what a
// link leads to now has to be watched as well.
func TestChangesAreTold(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		links      map[string]string
		change     func(d folder, n string)
	}{
		{"written in place", "web.lua", nil, func(d folder, n string) { d.write("web.lua", n) }},
		{"renamed by an editor", "web.lua", nil, func(d folder, n string) {
			d.write(".web.lua.swp", n)
			d.rename(".web.lua.swp", "web.lua")
		}},
		{"moved away and written anew", "web.lua", nil, func(d folder, n string) {
			d.rename("web.lua", "web.lua~")
			d.write("web.lua", n)
		}},
		{"a ConfigMap", "web.lua", map[string]string{"..data": "v0", "web.lua": "..data/web.lua"}, func(d folder, n string) {
			d.write("v"+n+"/web.lua", n)
			d.link("v"+n, "..data")
		}},
		{"a folder of a ConfigMap", ".", map[string]string{"..data": "v0", "web.lua": "..data/web.lua"}, func(d folder, n string) {
			d.write("v"+n+"/web.lua", n)
			d.link("v"+n, "..data")
		}},
		{"a release by a link above", "now/web.lua", map[string]string{"now": "v0"}, func(d folder, n string) {
			d.write("v"+n+"/web.lua", n)
			d.link("v"+n, "now")
		}},
		{"a folder that is a link", "now", map[string]string{"now": "v0"}, func(d folder, n string) {
			d.write("v"+n+"/web.lua", n)
			d.link("v"+n, "now")
		}},
		{"a link by way of another", "here/web.lua", map[string]string{"here": "now", "now": "v0"}, func(d folder, n string) {
			d.write("v"+n+"/web.lua", n)
			d.link("v"+n, "now")
		}},
		{"behind a link", "now/web.lua", map[string]string{"now": "v0"}, func(d folder, n string) { d.write("v0/web.lua", n) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := folder{t, t.TempDir()}
			d.write("v0/web.lua", "0")
			if tt.links["web.lua"] == "" {
				d.write("web.lua", "0")
			}
			for name, target := range tt.links {
				d.link(target, name)
			}
			w := newWatcher(slog.New(slog.NewTextHandler(t.Output(), nil)))
			defer w.close()
			w.follow([]string{filepath.Join(d.path, tt.path)})
			told := func(what string) {
				t.Helper()
				select {
				case <-w.changed():
				case <-time.After(10 * time.Second):
					t.Fatalf("not told: %s", what)
				}
			}
			told("it is watched now")
			for _, n := range []string{"1", "2"} {
				tt.change(d, n)
				told("change " + n)
			}
		})
	}
}

// folder is where the files of a test lie.
type folder struct {
	t    *testing.T
	path string
}

func (d folder) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.path, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		d.t.Fatal(err)
	}
}

func (d folder) rename(from, to string) {
	d.t.Helper()
	if err := os.Rename(filepath.Join(d.path, from), filepath.Join(d.path, to)); err != nil {
		d.t.Fatal(err)
	}
}

// link puts a symbolic link in place of what has its name.
func (d folder) link(target, name string) {
	d.t.Helper()
	if err := os.Symlink(target, filepath.Join(d.path, "next")); err != nil {
		d.t.Fatal(err)
	}
	d.rename("next", name)
}
