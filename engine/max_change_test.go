package engine

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"luavs/ipvs"
)

// members reads "1=5 2=0": servers with their weights.
func members(text string) (all []ipvs.Destination) {
	for word := range strings.FieldsSeq(text) {
		all = append(all, dest(word))
	}
	return all
}

func membersText(all []ipvs.Destination) string {
	var words []string
	for _, d := range all {
		words = append(words, fmt.Sprintf("%s=%d", serverName(d.Addr), d.Weight))
	}
	return strings.Join(words, " ")
}

func TestMaxChangeOfASize(t *testing.T) {
	for _, c := range []struct {
		limit   MaxChange
		serving int
		want    int
	}{
		{MaxChange{Servers: 2}, 10, 2},
		{MaxChange{Servers: 2}, 1, 2},
		{MaxChange{Percent: 30}, 10, 3},
		{MaxChange{Percent: 30}, 9, 2},
		{MaxChange{Percent: 30}, 3, 1},
		{MaxChange{Percent: 30}, 1, 1},
		{MaxChange{Percent: 0.1}, 2000, 2},
		{MaxChange{Percent: 100}, 4, 4},
	} {
		if got := c.limit.of(c.serving); got != c.want {
			t.Errorf("%+v of %d: got %d, want %d", c.limit, c.serving, got, c.want)
		}
	}
}

func TestMaxChangeHoldsWhatIsBeyondIt(t *testing.T) {
	two := MaxChange{Servers: 2}
	for name, c := range map[string]struct {
		began, have, want, down string
		held                    string
	}{
		"all stay":                               {"1=1 2=1 3=1", "1=1 2=1 3=1", "1=1 2=1 3=1", "", ""},
		"as many leave as may":                   {"1=1 2=1 3=1", "1=1 2=1 3=1", "3=1", "", ""},
		"one too many leaves":                    {"1=1 2=1 3=1", "1=1 2=1 3=1", "", "", "3=1"},
		"those that are down go first":           {"1=1 2=1 3=1", "1=1 2=1 3=1", "", "192.168.0.3:80 192.168.0.2:80", "1=1"},
		"weight 0 is leaving":                    {"1=1 2=1 3=1", "1=1 2=1 3=1", "1=0 2=0 3=0", "", "3=1"},
		"a lower weight is not":                  {"1=9 2=9 3=9", "1=9 2=9 3=9", "1=1 2=1 3=1", "", ""},
		"who left in this step counts":           {"1=1 2=1 3=1 4=1", "2=1 3=1 4=1", "4=1", "", "3=1"},
		"who came back in this step does not":    {"1=1 2=1 3=1 4=1", "1=1 2=1 3=1 4=1", "1=1 4=1", "", ""},
		"a full step takes no more":              {"1=1 2=1 3=1", "3=1", "", "", "3=1"},
		"who had weight 0 is nobody":             {"1=0 2=0 3=1", "1=0 2=0 3=1", "", "", ""},
		"who joins replaces nobody":              {"1=1 2=1 3=1", "1=1 2=1 3=1", "7=1 8=1 9=1", "", "3=1"},
		"held at the weight that the kernel has": {"1=1 2=1 3=1", "1=1 2=1 3=5", "", "", "3=5"},
	} {
		t.Run(name, func(t *testing.T) {
			isDown := func(a netip.AddrPort) bool { return strings.Contains(c.down, a.String()) }
			got := membersText(two.hold(members(c.began), members(c.have), members(c.want), isDown))
			if got != c.held {
				t.Errorf("got %q, want %q", got, c.held)
			}
		})
	}
}
