package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"
	"time"

	"luavs/ipvs"
)

// diary is a Keeper in memory. What it is given goes through JSON, as to a disk
// that writes nothing before it has to.
type diary struct {
	mu    sync.Mutex
	pages map[ipvs.ServiceKey][]byte // nil: lost
	disk  map[ipvs.ServiceKey][]byte // of them, what a process that is killed would leave
}

func (d *diary) Recall() map[ipvs.ServiceKey]*Kept {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pages == nil {
		d.pages, d.disk = map[ipvs.ServiceKey][]byte{}, map[ipvs.ServiceKey][]byte{}
		return nil
	}
	d.disk = maps.Clone(d.pages)
	all := map[ipvs.ServiceKey]*Kept{}
	for key, page := range d.pages {
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
		delete(d.disk, key)
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
	d.disk = maps.Clone(d.pages)
	return nil
}

// unknown returns a service that a change is about and that would be nobody's if
// the process were killed after it. Marks are of paths, which are known by them.
func (d *diary) unknown(changes []ipvs.Change) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range changes {
		if key := c.Service.ServiceKey; key.FWMark == 0 && d.disk[key] == nil {
			return key.String()
		}
	}
	return ""
}

// restart ends the engine and starts another that knows what was kept; its
// policies are to be loaded anew. With "lost", nothing was kept; with "killed",
// what was on disk; with "back 1h", the clock was set back meanwhile.
func (s *story) restart(args []string) error {
	s.stop()
	switch strings.Join(args[:min(len(args), 1)], "") {
	case "lost":
		s.diary.pages = nil
	case "killed":
		s.diary.pages = s.diary.disk
	case "back":
		d, err := time.ParseDuration(args[1])
		if err != nil {
			return err
		}
		s.diary.postpone(d)
	}
	s.start()
	return nil
}

// instant is a time in what is kept.
var instant = regexp.MustCompile(`"[12][0-9]{3}-[^"]+T[^"]+"`)

// postpone has all that is kept be of later: so it looks to a clock that was set
// back.
func (d *diary) postpone(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, page := range d.pages {
		d.pages[key] = instant.ReplaceAllFunc(page, func(text []byte) []byte {
			t, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(text))
			if err != nil {
				panic(err)
			}
			return t.Add(by).AppendFormat(nil, `"`+time.RFC3339Nano+`"`)
		})
	}
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
