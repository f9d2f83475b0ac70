package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The buckets of a file.
const (
	meta     = "meta"
	services = "services"
	values   = "values"
)

// format is in the bucket meta of each file.
const format = "luavs 1"

// maxFile bounds a file that is read: 100,000 servers are less than half of it.
const maxFile = 256 << 20

// lockWithin is how long another process may hold a lock on a file.
const lockWithin = time.Second

// file is a bbolt file that this process has made.
type file struct {
	path string
	db   *bolt.DB
	info fs.FileInfo
}

// create makes a file in the place of one that may be there.
func create(path string, c content) (*file, error) {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("state: %w", err)
	}
	f := &file{path: path}
	err := guard(func() (err error) {
		// The list of free pages is in the file: to find them anew, bbolt has a
		// goroutine of its own, which panics if the file is damaged.
		f.db, err = bolt.Open(fresh, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, Timeout: lockWithin})
		if err != nil {
			return err
		}
		return f.db.Update(func(tx *bolt.Tx) error { return fill(tx, c) })
	})
	if err == nil {
		f.info, err = os.Stat(fresh)
	}
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		f.close()
		os.Remove(fresh)
		return nil, fmt.Errorf("state: write %s: %w", path, err)
	}
	return f, nil
}

func fill(tx *bolt.Tx, c content) error {
	for _, name := range []string{meta, services, values} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	for e, text := range c {
		if err := tx.Bucket([]byte(e.bucket)).Put([]byte(e.key), text); err != nil {
			return err
		}
	}
	return tx.Bucket([]byte(meta)).Put([]byte("format"), []byte(format))
}

// update writes some places of what the file is to hold.
func (f *file) update(c content, changed []entry) error {
	err := guard(func() error {
		return f.db.Update(func(tx *bolt.Tx) error {
			for _, e := range changed {
				b := tx.Bucket([]byte(e.bucket))
				text, there := c[e]
				if !there {
					if err := b.Delete([]byte(e.key)); err != nil {
						return err
					}
				} else if err := b.Put([]byte(e.key), text); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if errors.Is(err, errFault) {
		f.db = nil // closing it might wait for ever for what the panic left locked
	}
	if err != nil {
		return fmt.Errorf("state: write %s: %w", f.path, err)
	}
	return nil
}

// inPlace tells whether the file is still what its path leads to.
func (f *file) inPlace() bool {
	info, err := os.Stat(f.path)
	return err == nil && os.SameFile(info, f.info) && info.Size() >= f.info.Size()
}

// close closes the file; what is written stays.
func (f *file) close() {
	if f.db != nil {
		guard(f.db.Close)
	}
}

// errFault is what became of a panic.
var errFault = errors.New("the file is damaged")

// guard calls f, which works on mapped memory of a file. If the file is damaged
// or somebody cuts it, that is a panic or a fault of memory: an error here.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errFault, p)
		}
	}()
	return f()
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
