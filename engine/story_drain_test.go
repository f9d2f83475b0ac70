package engine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"luavs/ipvs"
)

func (s *story) mark(args []string) error {
	server, _ := strconv.Atoi(args[1])
	if args[2] == "resume" {
		return s.kernel.handle.Resume(s.ctx, s.key(args[0]), rip(server))
	}
	m := Mark{Kind: MarkKind(args[2])}
	if len(args) > 3 {
		m.Why = strings.Join(args[4:], " ")
	}
	if len(args) > 3 && args[3] != "-" {
		deadline, err := time.ParseDuration(args[3])
		if err != nil {
			return err
		}
		m.Until = time.Now().Add(deadline)
	}
	return s.kernel.handle.Mark(s.ctx, s.key(args[0]), rip(server), m)
}

func (s *story) conns(args []string) error {
	var n [4]int
	for i, word := range args {
		n[i], _ = strconv.Atoi(word)
	}
	return s.kernel.SetConnections(s.key(args[0]), rip(n[1]), uint32(n[2]), uint32(n[3]))
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
		got = append(got, numberOf(d.Addr), fmt.Sprint(d.Active), left)
	}
	if !slices.Equal(got, args[1:]) {
		return fmt.Errorf("got %v", got)
	}
	return nil
}

func (s *story) serving(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	var got []string
	for _, m := range status.Members {
		got = append(got, numberOf(m.Addr)+"="+strconv.Itoa(m.Weight))
	}
	if !slices.Equal(got, args[1:]) {
		return fmt.Errorf("got %v", got)
	}
	return nil
}

// numberOf is that of a server, of its address.
func numberOf(addr string) string {
	return strings.TrimPrefix(strings.TrimSuffix(addr, ":80"), "192.168.0.")
}

func (s *story) hint(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	if len(status.Draining) == 0 {
		return errors.New("nobody drains")
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

// protocol makes a service of a config another than of TCP.
func (s *story) protocol(svc *Service, words []string) {
	svc.Spec.Protocol = map[string]ipvs.Protocol{"udp": ipvs.UDP, "sctp": ipvs.SCTP}[words[0]]
	svc.Spec.OnePacket = len(words) > 1
	s.keys[strings.TrimPrefix(svc.Name, "s")] = svc.Spec.ServiceKey
}

// key is that of a service, by its number.
func (s *story) key(number string) ipvs.ServiceKey { return s.keys[number] }

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
