package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

func TestPreview(t *testing.T) {
	fails := always(checks.Result{Outcome: checks.Fail, Reason: "refused"})
	for _, tt := range []struct {
		name, have string
		probe      checks.Check
		really     bool
		want       string
	}{
		{"all up on an empty kernel", "", fails, false, `
			+ tcp 10.0.0.1:80 wrr
			+ tcp 10.0.0.1:80 -> 192.168.0.1:80 nat weight 1
			+ tcp 10.0.0.1:80 -> 192.168.0.2:80 nat weight 3`},
		{"nothing to do, and the services of others do not matter", "1 wrr: 1=1 2=3\n2 rr: 9=9", fails, false, ""},
		{"a weight and a stranger", "1 wrr: 1=1 2=2 7=1", fails, false, `
			~ tcp 10.0.0.1:80 -> 192.168.0.2:80 nat weight 3 (was nat weight 2)
			- tcp 10.0.0.1:80 -> 192.168.0.7:80`},
		{"really probed, all fail", "1 wrr: 1=1 2=3", fails, true, `
			- tcp 10.0.0.1:80 -> 192.168.0.1:80
			- tcp 10.0.0.1:80 -> 192.168.0.2:80`},
		{"really probed, all pass", "1 wrr: 1=1 2=3", passes, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			steps, err := Preview(t.Context(), farm(tt.probe), table(tt.have), tt.really)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(stepLines(steps), "\n")
			if want := strings.ReplaceAll(strings.TrimSpace(tt.want), "\t", ""); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// listFunc is a function used as a Source.
type listFunc func() ([]Member, error)

func (f listFunc) List(context.Context) (Listing, error) {
	members, err := f()
	return Listing{Members: members}, err
}

func TestPreviewOfSources(t *testing.T) {
	lists := func(addr string) listFunc {
		return func() ([]Member, error) { return []Member{{Addr: dest(addr).Addr, Weight: 1}}, nil }
	}
	fails := listFunc(func() ([]Member, error) { return nil, errors.New("gone") })
	for _, tt := range []struct {
		name, have string
		source     Source
		ask        bool
		want       string
	}{
		{"not asked, whom the kernel has counts as listed", "1 wrr: 1=1 2=3 7=1", lists("8=1"), false, ""},
		{"not asked on an empty kernel", "1 wrr: 1=1 2=3", lists("8=1"), false, ""},
		{"asked", "1 wrr: 1=1 2=3 7=1", lists("8=1"), true, "+ tcp 10.0.0.1:80 -> 192.168.0.8:80 nat weight 1\n- tcp 10.0.0.1:80 -> 192.168.0.7:80"},
		{"asked, and it fails", "1 wrr: 1=1 2=3 7=1", fails, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := farm(passes)
			c.Services[0].Sources = []Discovery{{ID: "dns", Source: tt.source, Timeout: time.Second}}
			steps, err := Preview(t.Context(), c, table(tt.have), tt.ask)
			if got := strings.Join(stepLines(steps), "\n"); err != nil || got != tt.want {
				t.Errorf("%v, got:\n%s\nwant:\n%s", err, got, tt.want)
			}
		})
	}
}

// decideFunc is a function used as a Decider.
type decideFunc func(v *ServiceView) ([]ipvs.Destination, error)

func (f decideFunc) Decide(_ context.Context, v *ServiceView) (Decision, error) {
	members, err := f(v)
	return Decision{Members: members}, err
}

func TestPreviewAsksThePolicy(t *testing.T) {
	c := farm(passes)
	c.Services[0].Decider = decideFunc(func(v *ServiceView) ([]ipvs.Destination, error) {
		if len(v.Up()) != 2 || len(v.Members) != 1 {
			t.Errorf("the policy sees %+v", v)
		}
		return []ipvs.Destination{dest("9=1")}, nil
	})
	steps, err := Preview(t.Context(), c, table("1 wrr: 1=1"), false)
	if err != nil {
		t.Fatal(err)
	}
	const want = "+ tcp 10.0.0.1:80 -> 192.168.0.9:80 nat weight 1\n- tcp 10.0.0.1:80 -> 192.168.0.1:80"
	if got := strings.Join(stepLines(steps), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestPreviewTakesRulesAndAdvice(t *testing.T) {
	half := always(checks.Result{Outcome: checks.Pass, Advice: checks.Advice{Kind: checks.ScaleWeight, Value: 50}})
	fails := always(checks.Result{Outcome: checks.Fail, Reason: "refused"})
	for _, tt := range []struct {
		name  string
		least int
		says  Combiner
		want  string
	}{
		{"one of two is enough", 1, nil, "+ tcp 10.0.0.1:80 wrr + tcp 10.0.0.1:80 -> 192.168.0.2:80 nat weight 2"},
		{"both are needed", 2, nil, "+ tcp 10.0.0.1:80 wrr"},
		{"a function says", 0, combineFunc(func(_ context.Context, v *ServerView) checks.Result {
			if v.Checks[0].State != StateUp || v.Checks[1].State != StateDown {
				t.Errorf("the function sees %+v", v.Checks)
			}
			return checks.Result{Outcome: checks.Degraded, Advice: checks.Advice{Kind: checks.SetWeight, Value: 40}}
		}), "+ tcp 10.0.0.1:80 wrr + tcp 10.0.0.1:80 -> 192.168.0.2:80 nat weight 20"},
	} {
		c := farm(half)
		srv := c.Services[0].Servers[1]
		second := srv.Checks[0]
		second.ID, second.Probe = "second", fails
		srv.Checks, srv.Combiner = append([]Check{srv.Checks[0]}, second), tt.says
		if tt.says == nil {
			srv.Rule = of(tt.least, 2)
		}
		c.Services[0].Servers = []Server{srv}
		steps, err := Preview(t.Context(), c, nil, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(stepLines(steps), " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestPreviewLeavesOutWhatFails(t *testing.T) {
	c := farm(passes)
	good := c.Services[0]
	good.Spec.ServiceKey = vip(2)
	c.Services[0].Decider = decideFunc(func(*ServiceView) ([]ipvs.Destination, error) { return nil, errors.New("web.lua:3: oops") })
	c.Services = append(c.Services, good)
	steps, err := Preview(t.Context(), c, nil, false)
	if err == nil || !strings.Contains(err.Error(), "farm: virtual server web: web.lua:3: oops") {
		t.Errorf("got error %v", err)
	}
	if len(steps) != 3 || steps[0].Service.ServiceKey != vip(2) {
		t.Errorf("got %v, want the three steps of the other service", steps)
	}
}

func TestConflictsNameBothPolicies(t *testing.T) {
	a, b := farm(passes), farm(passes)
	b.Name = "other"
	if err := Conflicts(a, a); err != nil {
		t.Errorf("one policy: %v", err)
	}
	err := Conflicts(a, b)
	const want = "other: virtual server tcp 10.0.0.1:80 belongs to policy farm; declare it in one of them only"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
