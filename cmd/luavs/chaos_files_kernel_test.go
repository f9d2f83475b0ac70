//go:build kernel

package main

import (
	"os"
	"path/filepath"
)

// chaosListed is what the source of chaos lists when it is well.
const chaosListed = `["192.168.31.103:80"]`

// note notes that something happened that no server and no client may feel.
func (c *chaos) note(what string) {
	c.t.Log(what)
	c.last.Store(what)
}

// smallDisk puts the state on a disk that can be filled.
func (c *chaos) smallDisk() {
	c.sh("mkdir -p %[1]s && mount -t tmpfs -o size=1m tmpfs %[1]s", c.stateDir())
	c.t.Cleanup(func() { c.sh("umount %s", c.stateDir()) })
}

// disk fills the disk under the state, or frees it.
func (c *chaos) disk() {
	if _, err := os.Stat(c.filler()); err == nil {
		c.freeDisk()
		c.note("the disk has room again")
		return
	}
	c.sh("cat /dev/zero >%s 2>/dev/null || true", c.filler())
	c.note("the disk is full")
}

func (c *chaos) freeDisk() { c.sh("rm -f %s", c.filler()) }

// source has the source of a server break, or be empty, or mends it.
func (c *chaos) source() {
	names := []string{"the source is empty", "the source lists nonsense", "the source is cut off", "the source is gone", "the source is well"}
	texts := []string{"[]", `["192.168.31.103:80", "nowhere"]`, chaosListed[:9], "", chaosListed}
	n := c.IntN(len(names))
	c.list(texts[n])
	c.note(names[n])
}

// list has the source list a text; nothing takes it away.
func (c *chaos) list(text string) {
	if err := os.Remove(c.listing()); err != nil && !os.IsNotExist(err) {
		c.t.Fatal(err)
	}
	if text == "" {
		return
	}
	if err := os.WriteFile(c.listing(), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chaos) stateDir() string { return filepath.Join(c.dir, "state") }
func (c *chaos) filler() string   { return filepath.Join(c.stateDir(), "filler") }
func (c *chaos) listing() string  { return filepath.Join(c.dir, "servers.json") }
