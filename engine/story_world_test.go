package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// Check implements [checks.Check]: it answers as the story told it to.
func (s *story) Check(ctx context.Context, t checks.Target) checks.Result {
	name := serverName(t.Addr)
	s.mu.Lock()
	s.probes[name]++
	s.inFlight[name]++
	s.marks[name] = t.PathMark
	answer := s.answers[name]
	if s.inFlight[name] > 1 {
		s.t.Errorf("two runs of one check on server %s at once", name)
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inFlight[name]--
		s.mu.Unlock()
	}()
	switch kind, reason, _ := strings.Cut(answer, " "); kind {
	case "fail":
		return checks.Result{Outcome: checks.Fail, Cause: checks.Refused, Reason: reason}
	case "degraded":
		return checks.Result{Outcome: checks.Degraded, Reason: reason}
	case "set", "add", "scale":
		return checks.Result{Outcome: checks.Pass, Reason: answer, Advice: advice(kind, reason)}
	case "unknown":
		return checks.Result{Cause: checks.Script, Reason: reason}
	case "panic":
		panic(reason)
	case "hang":
		<-ctx.Done()
		return checks.Result{Outcome: checks.Fail, Cause: checks.Timeout, Reason: context.Cause(ctx).Error()}
	}
	return checks.Result{Outcome: checks.Pass, Reason: "status 200"}
}

// advice reads the advice of an answer such as "scale 50".
func advice(kind, value string) checks.Advice {
	n, _ := strconv.Atoi(value)
	kinds := map[string]checks.AdviceKind{"set": checks.SetWeight, "add": checks.AddWeight, "scale": checks.ScaleWeight}
	return checks.Advice{Kind: kinds[kind], Value: n}
}

// Decide implements [Decider] by the rule the story told.
func (s *story) Decide(ctx context.Context, v *ServiceView) (Decision, error) {
	s.mu.Lock()
	rule, argument, _ := strings.Cut(s.rule, " ")
	s.mu.Unlock()
	switch rule {
	case "error":
		return Decision{}, errors.New(argument)
	case "panic":
		panic(argument)
	case "hang":
		<-ctx.Done()
		return Decision{}, context.Cause(ctx)
	case "slow":
		d, _ := time.ParseDuration(argument)
		time.Sleep(d)
	case "twice":
		return Decision{Members: []ipvs.Destination{dest("1=1"), dest("1=1")}}, nil
	case "only":
		return Decision{Members: []ipvs.Destination{dest(argument)}}, nil
	case "sorry":
		if len(v.Up()) == 0 {
			return Decision{Members: []ipvs.Destination{dest(argument)}}, nil
		}
	case "quorum":
		answer := Decision{Members: upServers(v), Quorum: QuorumGained}
		if n, _ := strconv.Atoi(argument); len(answer.Members) < n {
			answer.Quorum = QuorumLost
		}
		return answer, nil
	}
	return Decision{Members: upServers(v)}, nil
}

// Observe implements [Observer].
func (s *story) Hears(EventKind, ipvs.ServiceKey) bool { return true }

func (s *story) Observe(e Event) {
	line := string(e.Kind)
	if e.Kind == EventDrained {
		line += fmt.Sprintf(" %s: %s", serverName(e.Server.Destination.Addr), e.Reason)
	} else if e.Server != nil {
		line += fmt.Sprintf(" %s %v->%v %s", serverName(e.Server.Destination.Addr), e.Old, e.New, e.Result.Reason)
	}
	for _, d := range e.Drift {
		line += " (" + d.String() + ")"
	}
	for _, c := range e.Changes {
		line += " [" + c + "]"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, strings.TrimSpace(line))
}
