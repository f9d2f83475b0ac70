//go:build kernel

package main

import (
	"os"
	"path/filepath"
	"time"
)

// chaosListed is what the source of chaos lists when it is well.
const chaosListed = `["192.168.31.103:80"]`

// smallDisk puts the state on a disk that can be filled.
func (c *chaos) smallDisk() {
	c.sh("mkdir -p %[1]s && mount -t tmpfs -o size=1m tmpfs %[1]s", c.stateDir())
	c.t.Cleanup(func() { c.sh("umount %s", c.stateDir()) })
}

// disk fills the disk under the state, or frees it.
func (c *chaos) disk() {
	if c.full {
		c.room()
		return
	}
	c.sh("cat /dev/zero >%s 2>/dev/null || true", c.filler())
	c.full = true
	c.note("the disk is full")
}

// room frees the disk, and requires that the daemon has written its state then
// and says so.
func (c *chaos) room() {
	if !c.full {
		return
	}
	c.sh("rm -f %s", c.filler())
	c.full = false
	c.note("the disk has room again")
	eventually(c.t, 10*time.Second, "the state is written again", func() bool {
		status, err := c.daemon.status()
		return err == nil && status.State == ""
	})
}

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
	if text != "" {
		c.write(c.listing(), text)
	} else if err := os.Remove(c.listing()); err != nil && !os.IsNotExist(err) {
		c.t.Fatal(err)
	}
}

// write writes a file as an editor does: beside it, then renamed.
func (c *chaos) write(path, text string) {
	if err := os.WriteFile(path+"~", []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chaos) stateDir() string   { return filepath.Join(c.dir, "state") }
func (c *chaos) filler() string     { return filepath.Join(c.stateDir(), "filler") }
func (c *chaos) listing() string    { return filepath.Join(c.dir, "servers.json") }
func (c *chaos) faultsFile() string { return filepath.Join(c.dir, "faults") }
