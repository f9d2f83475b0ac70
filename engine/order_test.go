package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// posted makes stations of words "SERVICE NAME SERVER ADDR STATE"; a server
// named "-" only serves.
func posted(lines ...string) (all []station) {
	states := map[string]State{"up": StateUp, "draining": StateDraining, "down": StateDown}
	for _, line := range lines {
		w := strings.Fields(line)
		s := station{place: place{service: strings.ReplaceAll(w[0], "_", " "), name: w[1], server: w[2], addr: w[3]}, state: states[w[4]], guest: w[2] == "-"}
		if s.state == StateDraining {
			s.mark = Mark{Kind: MarkDrain}
		}
		all = append(all, s)
	}
	return all
}

func TestWhomAnOrderIsFor(t *testing.T) {
	all := posted(
		"tcp_10.0.0.1:80 web a 192.168.0.1:80 up", "tcp_10.0.0.1:80 web b 192.168.0.2:80 draining", "tcp_10.0.0.1:80 web - 192.168.0.9:80 up",
		"tcp_10.0.0.2:80 app a 192.168.0.1:80 down", "tcp_10.0.0.3:81 api c 192.168.0.1:81 draining",
	)
	for _, c := range []struct {
		order Order
		want  string // services and addresses
		err   string
	}{
		{Order{Do: "drain", Server: "192.168.0.1:80"}, "web 192.168.0.1:80, app 192.168.0.1:80", ""},
		{Order{Do: "drain", Server: "192.168.0.1"}, "web 192.168.0.1:80, app 192.168.0.1:80, api 192.168.0.1:81", ""},
		{Order{Do: "drain", Server: "b"}, "web 192.168.0.2:80", ""},
		{Order{Do: "drain", Server: "a", Service: "app"}, "app 192.168.0.1:80", ""},
		{Order{Do: "drain", Server: "a", Service: "10.0.0.2:80"}, "app 192.168.0.1:80", ""},
		{Order{Do: "drain", Server: "a", Service: "tcp 10.0.0.2:80"}, "app 192.168.0.1:80", ""},
		{Order{Do: "resume", Server: "192.168.0.1"}, "api 192.168.0.1:81", ""},
		{Order{Do: "drain", Server: "x"}, "", `no server "x"; there are 192.168.0.1:80, 192.168.0.1:81, 192.168.0.2:80, 192.168.0.9:80`},
		{Order{Do: "drain", Server: "a", Service: "0.1:80"}, "", `server a is in no service "0.1:80"; it is in tcp 10.0.0.1:80, tcp 10.0.0.2:80`},
		{Order{Do: "resume", Server: "a"}, "", `server a is neither drained nor in maintenance in tcp 10.0.0.1:80, tcp 10.0.0.2:80; it is down, up`},
		{Order{Do: "drain", Server: "192.168.0.9:80"}, "", `server 192.168.0.9:80 serves in tcp 10.0.0.1:80 because the policy names it, and does not belong to it: declare it with real_server, or change the policy`},
	} {
		meant, err := c.order.meant(all)
		var got []string
		for _, s := range meant {
			got = append(got, s.name+" "+s.addr)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" || (c.err == "") != (err == nil) || err != nil && err.Error() != c.err {
			t.Errorf("%+v: %v\n%s", c.order, err, diff)
		}
	}
	if _, err := (Order{Server: "x"}).meant(nil); err == nil || err.Error() != `no server "x": no policy has any servers` {
		t.Errorf("without servers: %v", err)
	}
}

func TestWhatAnOrderSays(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		order Order
		want  Mark
		err   string
	}{
		{Order{Do: "drain", Why: "disks\nand more"}, Mark{Kind: MarkDrain, Why: "disks"}, ""},
		{Order{Do: "maintenance", Deadline: "90s"}, Mark{Kind: MarkMaintenance, Until: now.Add(90 * time.Second)}, ""},
		{Order{Do: "drain", Deadline: "0s"}, Mark{Kind: MarkDrain, Until: now}, ""},
		{Order{Do: "resume"}, Mark{}, ""},
		{Order{Do: "resume", Why: "done"}, Mark{}, "resume takes no reason and no deadline"},
		{Order{Do: "drain", Deadline: "5"}, Mark{}, `deadline "5": want a duration such as "90s" or "5m"`},
		{Order{Do: "drain", Deadline: "-5s"}, Mark{}, `deadline "-5s": want a duration such as "90s" or "5m"`},
		{Order{Do: "stop"}, Mark{}, `"stop": want drain, maintenance or resume`},
		{Order{}, Mark{}, `"": want drain, maintenance or resume`},
	} {
		got, err := c.order.mark(now)
		if (c.err == "") != (err == nil) || err != nil && err.Error() != c.err {
			t.Errorf("%+v: %v", c.order, err)
		}
		if err == nil && got != c.want {
			t.Errorf("%+v: got %+v", c.order, got)
		}
	}
}
