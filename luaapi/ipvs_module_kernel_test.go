//go:build kernel

package luaapi

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"luavs/ipvs"
)

// What scripts do on a real kernel, as ipvsadm sees it.
func TestKernelScripts(t *testing.T) {
	client, err := ipvs.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, c := range []struct{ name, script, want string }{
		{"a service, two destinations, a weight written", pair + `b.weight = 5`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 5`},
		{"a batch", pair + `
			ipvs.batch(function()
				for i = 3, 60 do s:add_dest(ipvs.dest { addr = "192.168.0." .. i .. ":80" }) end
				for i = 4, 60 do s:del_dest(ipvs.dest { addr = "192.168.0." .. i .. ":80" }) end
				s:del_dest(a)
			end)
			s.scheduler = "wlc"`, `
			-A -t 10.0.0.1:80 -s wlc
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3
			-a -t 10.0.0.1:80 -r 192.168.0.3:80 -m -w 1`},
		{"what was found is changed", pair + `
			local found = ipvs.find("10.0.0.1:80")
			assert(found == s and #found.dests == 2 and found.dests[1].active_connections == 0 and found.stats.connections == 0)
			found:find_dest("192.168.0.1:80").weight = 0
			found:zero()
			ipvs.zero()
			ipvs.service { fwmark = 7, scheduler = "sh", scheduler_flags = "sh-port", persistence = 60 }:add()`, `
			-A -t 10.0.0.1:80 -s wrr
			-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 0
			-a -t 10.0.0.1:80 -r 192.168.0.2:80 -m -w 3
			-A -f 7 -s sh -p 60 -b sh-port`},
		{"refusals", pair + `
			for _, f in ipairs {
				function() s:add() end, function() s.scheduler = "best" end,
				function() s:del_dest(ipvs.dest { addr = "192.168.0.9:80" }) end,
			} do print(select(2, pcall(f))) end
			s:delete()`, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := client.Flush(); err != nil {
				t.Fatal(err)
			}
			b := newBench(t)
			b.rt.kernel = client
			printed, err := b.run(t, context.Background(), c.script)
			if err != nil {
				t.Fatal(err)
			}
			if c.name == "refusals" && !strings.Contains(printed, "the service exists already") {
				t.Errorf("printed\n%s", printed)
			}
			out, err := exec.Command("ipvsadm", "-Sn").CombinedOutput()
			if err != nil {
				t.Fatalf("ipvsadm -Sn: %v\n%s", err, out)
			}
			want := strings.TrimSpace(strings.ReplaceAll(c.want, "\t", ""))
			if diff := cmp.Diff(lines(want), lines(strings.TrimSpace(string(out)))); diff != "" {
				t.Errorf("ipvsadm -Sn (-want +got):\n%s", diff)
			}
		})
	}
}

// lines returns the lines of a text without what ipvsadm leaves at their ends.
func lines(text string) []string {
	all := strings.Split(text, "\n")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}
