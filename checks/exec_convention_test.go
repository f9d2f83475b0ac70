package checks

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatAProgramIsToldByEachConvention(t *testing.T) {
	web := Target{
		Addr: server, Name: "web1", Weight: 7, Service: "tcp 10.0.0.1:8080", VIP: netip.MustParseAddrPort("10.0.0.1:8080"),
	}
	six := Target{
		Addr: netip.MustParseAddrPort("[2001:db8::2]:443"), Weight: 1, Service: "tcp [2001:db8::1]:443",
		VIP: netip.MustParseAddrPort("[2001:db8::1]:443"),
	}
	mark := Target{Addr: server, Weight: 1, Service: "fwmark 5 inet", FWMark: 5}
	const ours = "env | grep -c HAPROXY; echo $LUAVS_ADDR,$LUAVS_IP,$LUAVS_PORT,$LUAVS_SERVER,$LUAVS_WEIGHT,$LUAVS_SERVICE,$LUAVS_VIP,$LUAVS_VPORT"
	const theirs = `echo "$HAPROXY_PROXY_NAME,$HAPROXY_PROXY_ADDR,$HAPROXY_PROXY_PORT,$HAPROXY_SERVER_NAME,$HAPROXY_SERVER_ADDR,$HAPROXY_SERVER_PORT"`
	const arguments = `echo "$#"; for a; do echo "[$a]"; done`
	tests := []struct {
		name, text string
		convention Convention
		target     Target
		want       string
	}{
		{"keepalived's has no arguments", arguments, KeepalivedConvention, web, "1 [own]"},
		{"ldirectord's has four", arguments, LdirectordConvention, web, "5 [own] [10.0.0.1] [8080] [192.0.2.1] [80]"},
		{"ldirectord's has no brackets", arguments, LdirectordConvention, six, "5 [own] [2001:db8::1] [443] [2001:db8::2] [443]"},
		{"ldirectord's has the mark and no port", arguments, LdirectordConvention, mark, "5 [own] [5] [] [192.0.2.1] [80]"},
		{"haproxy's has the same four", arguments, HAProxyConvention, web, "5 [own] [10.0.0.1] [8080] [192.0.2.1] [80]"},
		{"haproxy's has no address of a mark", arguments, HAProxyConvention, mark, "5 [own] [NOT_USED] [NOT_USED] [192.0.2.1] [80]"},
		{"the environment is always ours", ours, KeepalivedConvention, web,
			"0 192.0.2.1:80,192.0.2.1,80,web1,7,tcp 10.0.0.1:8080,10.0.0.1,8080"},
		{"a mark has no address in the environment", ours, LdirectordConvention, mark,
			"0 192.0.2.1:80,192.0.2.1,80,192.0.2.1:80,1,fwmark 5 inet,,"},
		{"haproxy's environment comes beside ours", ours + ";" + theirs, HAProxyConvention, web,
			"6 192.0.2.1:80,192.0.2.1,80,web1,7,tcp 10.0.0.1:8080,10.0.0.1,8080 tcp 10.0.0.1:8080,10.0.0.1,8080,web1,192.0.2.1,80"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			told := filepath.Join(t.TempDir(), "told")
			c := script(t, "{ "+tt.text+"; } >"+told)
			c.Args = append(c.Args, "own")
			e, err := NewExec(c, tt.convention, NoWeight)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, e.Check(t.Context(), tt.target), passing("exit code 0"))
			text, err := os.ReadFile(told)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(strings.Split(strings.TrimSpace(string(text)), "\n"), " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if len(e.command.Args) != 3 || e.command.Env != nil {
				t.Errorf("the run changed the check: %+v", e.command)
			}
		})
	}
}

func TestTheExitCodeAloneIsTheVerdictInEveryConvention(t *testing.T) {
	for _, c := range []Convention{KeepalivedConvention, LdirectordConvention, HAProxyConvention} {
		for text, want := range map[string]Result{
			"exit 0": passing("exit code 0"), "exit 3": fail(Exit, "exit code 3"), "kill -9 $$": fail(Signal, "killed by SIGKILL"),
		} {
			e, err := NewExec(script(t, text), c, NoWeight)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, e.Check(context.Background(), Target{Addr: server}), want)
		}
	}
}
