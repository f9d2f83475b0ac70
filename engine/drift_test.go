package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDifferencesAreToldAsLines(t *testing.T) {
	for name, c := range map[string]struct{ left, found, want string }{
		"nothing":                   {"1 wrr: 1=1", "1 wrr: 1=1", ""},
		"the service was deleted":   {"1 wrr: 1=1", "", "the service was deleted, it had wrr"},
		"it was added":              {"", "1 wrr: 1=1", "the service was added with wrr; 192.168.0.1:80 was added with nat weight 1"},
		"it was changed":            {"1 wrr: 1=1", "1 rr: 1=1", "the service has rr, it had wrr"},
		"a destination was added":   {"1 wrr:", "1 wrr: 1=1", "192.168.0.1:80 was added with nat weight 1"},
		"a destination was deleted": {"1 wrr: 1=7", "1 wrr:", "192.168.0.1:80 was deleted, it had nat weight 7"},
		"a weight was changed":      {"1 wrr: 1=7", "1 wrr: 1=2", "192.168.0.1:80 has nat weight 2, it had nat weight 7"},
		"a method was changed":      {"1 wrr: 1=7", "1 wrr: 1=7d", "192.168.0.1:80 has dr weight 7, it had nat weight 7"},
		"several":                   {"1 wrr: 1=7 2=1", "1 wrr: 2=3 3=1", "192.168.0.3:80 was added with nat weight 1; 192.168.0.2:80 has nat weight 3, it had nat weight 1; 192.168.0.1:80 was deleted, it had nat weight 7"},
	} {
		var got []string
		for _, d := range differences(byKey(table(c.left))[vip(1)], byKey(table(c.found))[vip(1)]) {
			got = append(got, fmt.Sprint(d))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, text, c.want)
		}
	}
}

func TestAFightIsManyChangesInAShortTime(t *testing.T) {
	start := time.Now()
	var f fight
	for n := range fightAfter {
		if f.lasts() || f.problem() != "" {
			t.Errorf("a fight after %d changes", n)
		}
		f = append(f.calm(start.Add(time.Duration(n)*5*time.Second)), start.Add(time.Duration(n)*5*time.Second))
	}
	if !f.lasts() || f.problem() == "" {
		t.Errorf("no fight after %d changes", fightAfter)
	}
	if f = f.calm(start.Add(fightWithin + time.Second)); f.lasts() {
		t.Error("it lasts although the first change is long ago")
	}
	if f = f.calm(start.Add(time.Hour)); len(f) > 0 {
		t.Errorf("%d changes are not forgotten", len(f))
	}
}
