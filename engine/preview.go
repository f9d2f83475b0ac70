package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// previewAtOnce is how many checks a preview runs side by side.
const previewAtOnce = 64

// Preview returns the steps that c would take on a kernel that holds have, and
// takes none. Servers that sources list are those of the kernel, or with probe
// those of one answer. Each server counts as up, or with probe as its checks find it in
// one run; those that ask by a path are taken to pass. What it says of services
// whose policy fails is the error; their steps are left out. See [PreviewPaths]
// for the steps that the paths take.
func Preview(ctx context.Context, c Config, have ipvs.Table, probe bool) ([]Step, error) {
	var want ipvs.Table
	var ours ipvs.Table
	var failed []error
	kernel := byKey(have)
	for _, decl := range c.Services {
		held := kernel[decl.Spec.ServiceKey]
		decl = withListed(ctx, decl, held, probe)
		v := previewView(c.Name, decl, held)
		if probe {
			probeView(ctx, decl, v)
		}
		members, err := previewDecision(ctx, decl, v)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: virtual server %s: %w", c.Name, decl.Name, err))
			continue
		}
		v.Members, v.Settled = members, true
		ours = append(ours, single(held)...)
		want = append(want, *desired(v, held))
	}
	return Plan(ours, want), errors.Join(failed...)
}

// withListed adds to the servers of a service those that its sources list; if
// they are not to be asked, or do not answer, those that the kernel holds.
func withListed(ctx context.Context, decl Service, held *ipvs.Entry, ask bool) Service {
	s := &service{decl: &decl, have: held}
	for _, source := range decl.Sources {
		d := &discovery{decl: source, service: s}
		if ask {
			listing, err := askSource(ctx, source)
			if err == nil {
				d.listed, err = d.members(listing)
			}
			d.known = err == nil
		}
		s.sources = append(s.sources, d)
	}
	s.standIn(s.inKernel())
	all, _ := s.enrolled()
	decl.Servers = nil
	for _, e := range all {
		decl.Servers = append(decl.Servers, *e.decl)
	}
	return decl
}

// previewView is the view of a service all of whose servers are up.
func previewView(policy string, decl Service, held *ipvs.Entry) *ServiceView {
	v := &ServiceView{Policy: policy, Name: decl.Name, Spec: decl.Spec}
	if held != nil {
		for _, d := range held.Destinations {
			v.Members = append(v.Members, d.Destination)
		}
	}
	now := time.Now()
	for _, s := range decl.Servers {
		v.Servers = append(v.Servers, &ServerView{
			Service: decl.Spec.ServiceKey, Name: s.Name, Destination: s.Destination,
			Configured: s.Destination.Weight, State: StateUp, Health: StateUp, Since: now, Reason: "assumed up",
		})
	}
	return v
}

// probeView runs each check of a service once and puts what it found into the
// view.
func probeView(ctx context.Context, decl Service, v *ServiceView) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, previewAtOnce)
	for i, s := range decl.Servers {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			probeOnce(ctx, decl, s, v.Servers[i])
		})
	}
	wg.Wait()
}

// probeOnce judges a server by one run of each of its checks.
func probeOnce(ctx context.Context, decl Service, s Server, v *ServerView) {
	target := targetOf(&decl, &s, "")
	srv := &server{service: &service{decl: &decl}, decl: &s, weight: s.Destination.Weight}
	for i := range s.Checks {
		c := &s.Checks[i]
		r := previewAnswer(ctx, c, target)
		w := &watch{check: c, runs: 1}
		w.hears(r, time.Now(), said{})
		w.health = w.health.Observe(r.Outcome, r.Cause, c.Limits)
		w.heed(r)
		srv.checks = append(srv.checks, w)
	}
	if s.Combiner != nil {
		srv.combined = &combination{}
		srv.combined.take(askCombiner(ctx, s.Combiner, srv.copy()), time.Now())
	}
	srv.judge(Mark{}, time.Now())
	srv.weigh(time.Now())
	*v = *srv.copy()
}

// previewAnswer runs a check. One that asks by a path is taken to pass: the path
// is not there yet.
func previewAnswer(ctx context.Context, c *Check, t checks.Target) checks.Result {
	if c.ViaService {
		return checks.Result{Outcome: checks.Pass, Reason: "assumed to pass"}
	}
	return ask(ctx, c, t)
}

// upServers is the decision of a service without a decider, made of its view.
func upServers(v *ServiceView) (up []ipvs.Destination) {
	for _, sv := range v.Up() {
		up = append(up, sv.Destination)
	}
	return sortMembers(up)
}

func previewDecision(ctx context.Context, decl Service, v *ServiceView) ([]ipvs.Destination, error) {
	if decl.Decider == nil {
		return upServers(v), nil
	}
	answer, err := decision(ctx, decl.Decider, v)
	return answer.Members, err
}
