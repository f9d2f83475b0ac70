package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"luavs/ipvs"
)

// diary is a Keeper in memory. What it is given goes through JSON, as to a disk
// that writes nothing before it has to.
type diary struct {
	mu    sync.Mutex
	pages map[ipvs.ServiceKey][]byte // nil: lost
	inked map[ipvs.ServiceKey]bool   // a process that is killed would leave that they are ours
}

func (d *diary) Recall() map[ipvs.ServiceKey]*Kept {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inked = map[ipvs.ServiceKey]bool{}
	if d.pages == nil {
		d.pages = map[ipvs.ServiceKey][]byte{}
		return nil
	}
	all := map[ipvs.ServiceKey]*Kept{}
	for key, page := range d.pages {
		d.inked[key] = true
		all[key] = new(Kept)
		if err := json.Unmarshal(page, all[key]); err != nil {
			panic(err)
		}
	}
	return all
}

func (d *diary) Keep(key ipvs.ServiceKey, k *Kept) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k == nil {
		delete(d.pages, key)
		delete(d.inked, key)
		return
	}
	page, err := json.Marshal(k)
	if err != nil {
		panic(err)
	}
	d.pages[key] = page
}

func (d *diary) Sync(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key := range d.pages {
		d.inked[key] = true
	}
	return nil
}

// unknown returns a service that a change is about and that would be nobody's if
// the process were killed after it. Marks are of paths, which are known by them.
func (d *diary) unknown(changes []ipvs.Change) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range changes {
		if key := c.Service.ServiceKey; key.FWMark == 0 && !d.inked[key] {
			return key.String()
		}
	}
	return ""
}

// restart ends the engine and starts another that knows what was kept; its
// policies are to be loaded anew. With "lost", nothing was kept.
func (s *story) restart(args []string) error {
	s.stop()
	if strings.Join(args, " ") == "lost" {
		s.diary.pages = nil
	}
	s.start()
	return nil
}

// release gives up what no policy declares any more.
func (s *story) release([]string) error { return s.engine.Release(s.ctx) }

// hold has what no policy declares any more wait for another.
func (s *story) hold([]string) error {
	s.engine.Hold()
	return nil
}

// kept lists the services of which something is kept: kept 1 2.
func (s *story) kept(args []string) error {
	s.diary.mu.Lock()
	defer s.diary.mu.Unlock()
	for _, n := range args {
		if key := "tcp 10.0.0." + n + ":80"; !strings.Contains(fmt.Sprint(s.diary.keys()), key) {
			return fmt.Errorf("got %v", s.diary.keys())
		}
	}
	if len(s.diary.pages) != len(args) {
		return fmt.Errorf("got %v", s.diary.keys())
	}
	return nil
}

func (d *diary) keys() (all []ipvs.ServiceKey) {
	for key := range d.pages {
		all = append(all, key)
	}
	return all
}

// owned tells whether a service is ours: owned 1 yes|no.
func (s *story) owned(args []string) error {
	var n int
	fmt.Sscan(args[0], &n)
	if got := s.engine.records.claimed(vip(n)); got != (args[1] == "yes") {
		return fmt.Errorf("got %v", got)
	}
	return nil
}
