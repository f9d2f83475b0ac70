package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"luavs/engine"
	"luavs/ipvs"
)

// errDamaged is the error of a file that is there and cannot be understood.
var errDamaged = errors.New("is no state of LuaVS, or damaged")

// read reads a file whole. One that is not there has nothing in it.
func read(path string) (content, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return content{}, nil
	case err != nil:
		return nil, fmt.Errorf("state: %w", err)
	case !info.Mode().IsRegular(), info.Size() == 0, info.Size() > maxFile:
		return nil, errDamaged
	}
	if f, err := os.Open(path); err != nil { // else bbolt's word for it
		return nil, fmt.Errorf("state: %w", err)
	} else {
		f.Close()
	}
	c := content{}
	err = guard(func() error {
		db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
		if err != nil {
			return err
		}
		defer db.Close()
		return db.View(func(tx *bolt.Tx) error { return c.readAll(tx) })
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return c, nil
}

func (c content) readAll(tx *bolt.Tx) error {
	b := tx.Bucket([]byte(meta))
	if b == nil {
		return errors.New("has no format")
	}
	if got := b.Get([]byte("format")); string(got) != format {
		return fmt.Errorf("its format is %.40q, this LuaVS knows %q", got, format)
	}
	for _, name := range []string{services, values} {
		b := tx.Bucket([]byte(name))
		if b == nil {
			return fmt.Errorf("has no %s", name)
		}
		err := b.ForEach(func(k, v []byte) error {
			c[entry{name, string(k)}] = bytes.Clone(v)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// services returns what is kept of services.
func (c content) services() (map[ipvs.ServiceKey]*engine.Kept, error) {
	all := map[ipvs.ServiceKey]*engine.Kept{}
	for e, text := range c {
		if e.bucket != services {
			continue
		}
		key, err := ipvs.ParseServiceKey(e.key)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
		k := new(engine.Kept)
		if err := json.Unmarshal(text, k); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", errDamaged, e.key, err)
		}
		all[key] = k
	}
	return all, nil
}
