package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *story) mark(args []string) error {
	service, _ := strconv.Atoi(args[0])
	server, _ := strconv.Atoi(args[1])
	if args[2] == "resume" {
		return s.kernel.handle.Resume(s.ctx, vip(service), rip(server))
	}
	m := Mark{Kind: MarkKind(args[2])}
	if len(args) > 3 {
		deadline, err := time.ParseDuration(args[3])
		if err != nil {
			return err
		}
		m.Until, m.Why = time.Now().Add(deadline), strings.Join(args[4:], " ")
	}
	return s.kernel.handle.Mark(s.ctx, vip(service), rip(server), m)
}

func (s *story) conns(args []string) error {
	var n [4]int
	for i, word := range args {
		n[i], _ = strconv.Atoi(word)
	}
	return s.kernel.SetConnections(vip(n[0]), rip(n[1]), uint32(n[2]), uint32(n[3]))
}

func (s *story) drains(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	var got []string
	for _, d := range status.Draining {
		left := "never"
		if !d.Until.IsZero() {
			left = time.Until(d.Until).Round(time.Second).String()
		}
		got = append(got, strings.TrimPrefix(strings.TrimSuffix(d.Addr, ":80"), "192.168.0."), fmt.Sprint(d.Active), left)
	}
	if !slices.Equal(got, args[1:]) {
		return fmt.Errorf("got %v", got)
	}
	return nil
}

func (s *story) hint(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	want := strings.Join(args[1:], " ")
	for _, d := range status.Draining {
		if (want == "") != (d.Hint == "") || !strings.Contains(d.Hint, want) {
			return fmt.Errorf("got %q", d.Hint)
		}
	}
	return nil
}

func (s *story) sysctl(args []string) error { return s.kernel.SetSysctl(args[0], args[1]) }

// drainAll gives a service of a config and its servers the time that their
// connections may stay.
func (s *story) drainAll(svc *Service, text string) {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatal(err)
	}
	svc.Drain = d
	for i := range svc.Servers {
		svc.Servers[i].Drain = d
	}
}
