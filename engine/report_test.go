package engine

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listening makes addressees of words "SERVICE NAME SERVER ADDR CHECK".
func listening(lines ...string) (all []addressee) {
	for _, line := range lines {
		w := append(strings.Fields(line), "")
		all = append(all, addressee{place: place{service: w[0], name: w[1], server: w[2], addr: w[3]}, check: w[4]})
	}
	return all
}

func TestWhomAReportIsFor(t *testing.T) {
	all := listening(
		"tcp:80 web a 192.168.0.1:80", "tcp:80 web b 192.168.0.2:80", "tcp:81 app a 192.168.0.1:81",
		"tcp:80 web c [2001:db8::1]:80 disk", "tcp:80 web c [2001:db8::1]:80 load",
	)
	tests := []struct {
		report Report
		want   string // addresses and checks
		err    string
	}{
		{Report{Server: "192.168.0.1:80"}, "192.168.0.1:80", ""},
		{Report{Server: "192.168.0.1"}, "192.168.0.1:80 192.168.0.1:81", ""},
		{Report{Server: "a"}, "192.168.0.1:80 192.168.0.1:81", ""},
		{Report{Server: "a", Service: "app"}, "192.168.0.1:81", ""},
		{Report{Server: "a", Service: "tcp:80"}, "192.168.0.1:80", ""},
		{Report{Server: "2001:db8::1", Check: "disk"}, "[2001:db8::1]:80disk", ""},
		{Report{Server: "c", Check: "load"}, "[2001:db8::1]:80load", ""},
		{Report{Server: "c"}, "", "server c has several checks that wait for reports, say which: disk, load"},
		{Report{Server: "c", Check: "cpu"}, "", `no check "cpu" has a check that waits for reports; there are disk, load`},
		{Report{Server: "b", Check: "cpu"}, "", `no check "cpu" has a check that waits for reports; there are one without a name`},
		{Report{Server: "b", Service: "app"}, "", `no service "app" has a check that waits for reports; there are tcp:80`},
		{Report{Server: ""}, "", `no server "" has a check that waits for reports; there are 192.168.0.1:80, 192.168.0.1:81, 192.168.0.2:80, [2001:db8::1]:80`},
	}
	for _, tt := range tests {
		meant, err := tt.report.addressed(all)
		var got []string
		for _, a := range meant {
			got = append(got, a.addr+a.check)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" || (tt.err == "") != (err == nil) || err != nil && err.Error() != tt.err {
			t.Errorf("%+v: %v\n%s", tt.report, err, diff)
		}
	}
}

func TestAMessageListsAHandfulOnly(t *testing.T) {
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("tcp:80 web s%d %v", i, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 80)))
	}
	_, err := Report{Server: "x"}.addressed(listening(lines...))
	if err == nil || !strings.HasSuffix(err.Error(), ", and 80 more") || strings.Count(err.Error(), ", ") != maxNamed {
		t.Errorf("got %v", err)
	}
}
