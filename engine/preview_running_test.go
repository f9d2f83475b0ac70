package engine

import (
	"fmt"
	"strings"
	"testing"
)

// running is what a daemon keeps, in words such as "web:1 web:2! old:3" for the
// services 1, 2 and 3 of the policies web and old; "!" is one of somebody else.
func running(t *testing.T, notation string) Running {
	t.Helper()
	var s Status
	for word := range strings.FieldsSeq(notation) {
		policy, n, _ := strings.Cut(word, ":")
		n, foreign := strings.CutSuffix(n, "!")
		service := ServiceStatus{Service: vip(number(n)).String(), Foreign: foreign}
		s.Policies = append(s.Policies, PolicyStatus{Name: policy, Services: []ServiceStatus{service}})
	}
	r, err := RunningOf(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestServicesOfOthersArePreviewedAsLeftAlone(t *testing.T) {
	for _, tt := range []struct{ name, have, running, left string }{
		{"the kernel has it, and no daemon", "1 rr: 9=1", "", "[tcp 10.0.0.1:80]"},
		{"it is the daemon's", "1 rr: 9=1", "farm:1", "[]"},
		{"also by another policy", "1 rr: 9=1", "old:1", "[]"},
		{"the daemon leaves it alone", "1 rr: 9=1", "farm:1!", "[tcp 10.0.0.1:80]"},
		{"nobody has it", "3 rr: 9=1", "", "[]"},
		{"it may be adopted", "2 rr: 9=1", "", "[]"},
	} {
		c := farms(1, 2)
		c.Services[0].RefuseExisting = true
		rest, left := running(t, tt.running).Refused(c, table(tt.have))
		if got := fmt.Sprint(left); got != tt.left {
			t.Errorf("%s: left alone %s, want %s", tt.name, got, tt.left)
		}
		if len(rest.Services) != 2-len(left) || len(c.Services) != 2 {
			t.Errorf("%s: %d services of %d remain", tt.name, len(rest.Services), len(c.Services))
		}
	}
}

func TestWhatADaemonKeepsAndNobodyDeclaresIsPreviewedAsDeleted(t *testing.T) {
	for _, tt := range []struct{ name, have, running, want string }{
		{"no daemon", "1 rr: 1=1\n2 rr: 2=1", "", ""},
		{"one that was taken out", "1 rr: 1=1\n2 rr: 2=1", "farm:1 farm:2", "- tcp 10.0.0.2:80"},
		{"one that is gone already", "1 rr: 1=1", "farm:1 farm:2", ""},
		{"those of others are nobody's business", "2 rr: 2=1\n3 rr: 3=1", "farm:1 farm:2!", ""},
		{"nor are those of policies that are not asked for", "2 rr: 2=1", "farm:1 old:2", ""},
		{"one that moves to a policy that is", "1 rr: 1=1", "old:1", ""},
	} {
		steps := running(t, tt.running).Gone(table(tt.have), func(policy string) bool { return policy == "farm" }, farms(1))
		if got := strings.Join(stepLines(steps), "\n"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestAStatusOfNonsenseIsNoPreview(t *testing.T) {
	s := Status{Policies: []PolicyStatus{{Name: "web", Services: []ServiceStatus{{Service: "nonsense"}}}}}
	if _, err := RunningOf(s); err == nil || !strings.Contains(err.Error(), `status of policy web: service "nonsense"`) {
		t.Errorf("got %v", err)
	}
}
