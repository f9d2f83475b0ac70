package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

func (s *story) list(args []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listings[args[0]] = strings.Join(args[1:], " ")
	return nil
}

func (s *story) source(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	for _, src := range status.Sources {
		if src.Source != args[1] {
			continue
		}
		if want := strings.Join(args[3:], " "); fmt.Sprint(src.Servers) != args[2] || (want == "") != (src.Problem == "") || !strings.Contains(src.Problem, want) {
			return fmt.Errorf("got %+v", src)
		}
		return nil
	}
	return errors.New("no such source")
}

func (s *story) lists(args []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	least, _ := strconv.Atoi(args[1])
	most, _ := strconv.Atoi(args[2])
	n := s.listed[args[0]]
	s.listed[args[0]] = 0
	if n < least || n > most {
		return fmt.Errorf("got %d", n)
	}
	return nil
}

func (s *story) changed(args []string) error {
	times, pause := 1, time.Duration(0)
	if len(args) > 1 {
		times, _ = strconv.Atoi(args[1])
		pause, _ = time.ParseDuration(args[2])
	}
	l := s.kernel.handle.loop.Load()
	for range times {
		err := l.do(s.ctx, func() error {
			for _, d := range l.services[vip(1)].sources {
				if d.decl.ID == args[0] {
					d.hurry(l)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		time.Sleep(pause)
	}
	return nil
}
