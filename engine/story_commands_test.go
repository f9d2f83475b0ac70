package engine

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"luavs/ipvs"
)

// commands are the words of stories.
var commands = map[string]func(s *story, args []string) error{
	"load":    (*story).load,    // load FILE... [ERROR]: puts the configs in force together, under the names before the dots
	"unload":  (*story).unload,  // unload NAME
	"wait":    (*story).wait,    // wait DURATION, of virtual time
	"answer":  (*story).answer,  // answer SERVER pass|fail|degraded|unknown|panic|hang [REASON], or set|add|scale N: a pass with advice
	"decide":  (*story).decide,  // decide up|sorry S|only S|quorum N|slow DURATION|error TEXT|panic TEXT|hang|twice, for services with a decider
	"still":   (*story).stand,   // still DURATION: the process was stopped for so long, until now
	"kernel":  (*story).table,   // kernel FILE: the table is as in the file; "kernel" alone: it is empty
	"steps":   (*story).steps,   // steps N: changes asked of the kernel since this was last asked
	"ipvsadm": (*story).ipvsadm, // ipvsadm ARGS: what somebody else does
	"break":   (*story).breakIt, // break reads|writes|adds [SERVICE]: the kernel refuses to be read, all changes, or who serves anew or with another weight
	"mend":    (*story).mend,    // mend: it does not any more
	"state":   (*story).state,   // state SERVICE SERVER STATE [REASON]
	"quorum":  (*story).quorum,  // quorum SERVICE [lost|gained]: what the status says
	"problem": (*story).problem, // problem SERVICE [TEXT]: what the status says contains the text; nothing without
	"late":    (*story).late,    // late [TEXT]: what the status says of the schedule contains the text; nothing without
	"events":  (*story).told,    // events FILE: what the observer was told since this was last asked; without FILE they are passed over
	"logged":  (*story).logged,  // logged N TEXT: lines of the log with the text since this was last asked
	"probes":  (*story).asked,   // probes SERVER MIN MAX: runs since this was last asked
	"path":    (*story).path,    // path SERVER MARK: the last run went by this mark; 0: by none
	"report":  (*story).report,  // report SERVER[,SERVICE[,CHECK]] OUTCOME[,WEIGHT] [TEXT]; with "! ERROR" as the text it is refused so
	"weight":  (*story).weight,  // weight SERVER N, by the policy's code
	"mark":    (*story).mark,    // mark SERVICE SERVER drain|maintenance [DEADLINE [WHY]], or "resume", by the policy's code; "-" is no deadline
	"add":     (*story).add,     // add SERVER WEIGHT [at-once], by the policy's code; with "! ERROR" it is refused so
	"remove":  (*story).remove,  // remove SERVER, by the policy's code; with "! ERROR" it is refused so
	"origin":  (*story).origin,  // origin SERVICE SERVER ORIGIN: who had it join; "declared" for nobody, "none" if it is not there
	"list":    (*story).list,    // list SOURCE [SERVER=WEIGHT...]: what the source answers; "slow DURATION" before is how late; or "error TEXT", "panic TEXT", "hang", "late TEXT": its time is over before it is done
	"changed": (*story).changed, // changed SOURCE [N PAUSE]: files that the source reads have changed, N times
	"source":  (*story).source,  // source SERVICE SOURCE SERVERS [PROBLEM]: how many it lists, and what is wrong
	"asked":   (*story).lists,   // asked SOURCE MIN MAX: how often the source was asked since this was last asked
	"drains":  (*story).drains,  // drains SERVICE [SERVER ACTIVE FOR]...: who drains in the status, with how long it still may; "never" for ever
	"serving": (*story).serving, // serving SERVICE [SERVER=WEIGHT...]: who serves in the status
	"conns":   (*story).conns,   // conns SERVICE SERVER ACTIVE INACTIVE, as traffic makes them
	"hint":    (*story).hint,    // hint SERVICE [TEXT]: what the status says of each who drains contains the text; nothing without
	"sysctl":  (*story).sysctl,  // sysctl NAME VALUE
	"restart": (*story).restart, // restart [lost|killed|back DURATION]: ends the engine and starts another, which knows nothing, or what was on disk, or whose clock is behind; policies are to be loaded again
	"hold":    (*story).hold,    // hold: what no policy declares any more stays in the kernel until release
	"release": (*story).release, // release: what no policy declares any more is given up
	"kept":    (*story).kept,    // kept SERVICE...: of these alone something is kept
	"owned":   (*story).owned,   // owned SERVICE yes|no
	"weights": (*story).weights, // weights SERVICE SERVER CONFIGURED EFFECTIVE
}

func (s *story) load(args []string) error {
	var configs []Config
	for len(args) > 0 {
		text, ok := s.files[args[0]]
		if !ok {
			break
		}
		name, _, _ := strings.Cut(args[0], ".")
		c := s.config(name, text)
		c.Handle = &Handle{}
		configs, args = append(configs, c), args[1:]
	}
	if len(configs) == 0 {
		return errors.New("no such file")
	}
	err := s.engine.Load(s.ctx, configs...)
	if len(args) > 0 {
		if want := strings.Join(args, " "); err == nil || !strings.Contains(err.Error(), want) {
			return fmt.Errorf("got %v, want an error with %q", err, want)
		}
		return nil
	}
	s.kernel.handle = configs[len(configs)-1].Handle
	return err
}

func (s *story) unload(args []string) error { return s.engine.Unload(s.ctx, args[0]) }

func (s *story) wait(args []string) error {
	d, err := time.ParseDuration(args[0])
	time.Sleep(d)
	synctest.Wait()
	return err
}

func (s *story) stand(args []string) error {
	d, err := time.ParseDuration(args[0])
	p := s.engine.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = p.seen.Add(-d)
	return err
}

func (s *story) answer(args []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[args[0]] = strings.Join(args[1:], " ")
	return nil
}

func (s *story) decide(args []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rule = strings.Join(args, " ")
	return nil
}

func (s *story) table(args []string) error {
	want := ""
	if len(args) > 0 {
		want = s.files[args[0]]
	}
	if diff := gocmp.Diff(want, s.kernel.String()); diff != "" {
		return fmt.Errorf("the table differs (-want +got):\n%s", diff)
	}
	return nil
}

func (s *story) steps(args []string) error {
	if got := fmt.Sprint(s.kernel.take()); got != args[0] {
		return fmt.Errorf("got %s", got)
	}
	return nil
}

func (s *story) ipvsadm(args []string) error {
	c, err := ipvs.ParseChange(strings.Join(args, " "))
	if err != nil {
		return err
	}
	return errors.Join(s.kernel.Memory.Apply([]ipvs.Change{c})...)
}

func (s *story) state(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	for _, srv := range status.Servers {
		if srv.Name != args[1] {
			continue
		}
		if reason := strings.Join(args[3:], " "); srv.State.String() != args[2] || !strings.Contains(srv.Reason, reason) {
			return fmt.Errorf("got %v %q", srv.State, srv.Reason)
		}
		return nil
	}
	return errors.New("no such server")
}

func (s *story) problem(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	want := strings.Join(args[1:], " ")
	if (want == "") != (status.Problem == "") || !strings.Contains(status.Problem, want) {
		return fmt.Errorf("got %q", status.Problem)
	}
	return nil
}

func (s *story) quorum(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	if want := strings.Join(args[1:], " "); string(status.Quorum) != want {
		return fmt.Errorf("got %q", status.Quorum)
	}
	return nil
}

func (s *story) late(args []string) error {
	all, err := s.engine.Status(s.ctx)
	if err != nil {
		return err
	}
	want, got := strings.Join(args, " "), all.Policies[0].Problem
	if (want == "") != (got == "") || !strings.Contains(got, want) {
		return fmt.Errorf("got %q", got)
	}
	return nil
}

func (s *story) status(service string) (ServiceStatus, error) {
	all, err := s.engine.Status(s.ctx)
	if err != nil {
		return ServiceStatus{}, err
	}
	for _, p := range all.Policies {
		for _, svc := range p.Services {
			if svc.Name == service {
				return svc, nil
			}
		}
	}
	return ServiceStatus{}, errors.New("no such service")
}

func (s *story) told(args []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := ""
	for _, e := range s.events {
		got += e + "\n"
	}
	s.events = nil
	if len(args) == 0 {
		return nil
	}
	if diff := gocmp.Diff(s.files[args[0]], got); diff != "" {
		return fmt.Errorf("the events differ (-want +got):\n%s", diff)
	}
	return nil
}

func (s *story) logged(args []string) error {
	n := strings.Count(s.log.Take(), strings.Join(args[1:], " "))
	if fmt.Sprint(n) != args[0] {
		return fmt.Errorf("got %d", n)
	}
	return nil
}

func (s *story) asked(args []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	least, _ := strconv.Atoi(args[1])
	most, _ := strconv.Atoi(args[2])
	n := s.probes[args[0]]
	s.probes[args[0]] = 0
	if n < least || n > most {
		return fmt.Errorf("got %d", n)
	}
	return nil
}

func (s *story) path(args []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := fmt.Sprint(s.marks[args[0]]); got != args[1] {
		return fmt.Errorf("got %s", got)
	}
	return nil
}

func (s *story) weight(args []string) error {
	n, _ := strconv.Atoi(args[0])
	w, _ := strconv.Atoi(args[1])
	return s.kernel.handle.SetWeight(s.ctx, vip(1), rip(n), w)
}

func (s *story) report(args []string) error {
	to := append(strings.Split(args[0], ","), "", "")
	outcome, weight, _ := strings.Cut(args[1], ",")
	text := strings.Join(args[2:], " ")
	want, refused := strings.CutPrefix(text, "! ")
	_, err := s.engine.Report(s.ctx, Report{
		Server: to[0], Service: to[1], Check: to[2], Outcome: outcome, Weight: weight, Text: text,
	})
	if refused && (err == nil || !strings.Contains(err.Error(), want)) {
		return fmt.Errorf("got %v, want an error with %q", err, want)
	}
	if refused {
		return nil
	}
	return err
}

// code calls a method of the handle and compares the error with what comes
// after "!".
func (s *story) code(args []string, call func(args []string) error) error {
	want := ""
	if i := slices.Index(args, "!"); i >= 0 {
		args, want = args[:i], strings.Join(args[i+1:], " ")
	}
	err := call(args)
	if want == "" {
		return err
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		return fmt.Errorf("got %v, want an error with %q", err, want)
	}
	return nil
}

func (s *story) add(args []string) error {
	return s.code(args, func(args []string) error {
		d := dest(args[0] + "=" + args[1])
		return s.kernel.handle.Add(s.ctx, vip(1), Member{Addr: d.Addr, Name: args[0], Weight: d.Weight, AtOnce: len(args) > 2})
	})
}

func (s *story) remove(args []string) error {
	return s.code(args, func(args []string) error {
		return s.kernel.handle.Remove(s.ctx, vip(1), dest(args[0]+"=1").Addr)
	})
}

func (s *story) origin(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	got, want := "none", strings.Join(args[2:], " ")
	for _, srv := range status.Servers {
		if srv.Name == args[1] {
			got = cmp.Or(srv.Origin, "declared")
		}
	}
	if got != want {
		return fmt.Errorf("got %q", got)
	}
	return nil
}

func (s *story) weights(args []string) error {
	status, err := s.status("s" + args[0])
	if err != nil {
		return err
	}
	for _, srv := range status.Servers {
		if got := fmt.Sprint(srv.Weight, srv.Serves); srv.Name == args[1] && got != args[2]+" "+args[3] {
			return fmt.Errorf("got %s", got)
		}
	}
	return nil
}

func serverName(addr netip.AddrPort) string {
	b := addr.Addr().As4()
	return strconv.Itoa(int(b[2])<<8 | int(b[3]))
}
