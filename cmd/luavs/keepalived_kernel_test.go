//go:build kernel

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestKernelKeepalivedsWordsMakeTheTableThatKeepalivedMakes gives keepalived
// itself a configuration, and LuaVS the same one in keepalived's words. web1 and
// web2 serve, web3 does not.
func TestKernelKeepalivedsWordsMakeTheTableThatKeepalivedMakes(t *testing.T) {
	l := newLab(t)
	l.start("web1")
	l.start("web2")
	for _, c := range []struct{ name, conf, policy, want string }{
		{
			name: "servers that are up, with weights and thresholds",
			conf: `virtual_server 10.10.31.100 80 {
  delay_loop 1
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  real_server 192.168.31.101 80 {
    weight 1
    TCP_CHECK { connect_timeout 1 }
  }
  real_server 192.168.31.102 80 {
    weight 3
    uthreshold 100
    lthreshold 50
    HTTP_GET {
      url {
        path /
        status_code 200
      }
      connect_timeout 1
    }
  }
  real_server 192.168.31.103 80 {
    retry 0
    TCP_CHECK { connect_timeout 1 }
  }
}`,
			policy: `virtual_server "10.10.31.100 80" {
  delay_loop (1), lb_algo "wrr", lb_kind "NAT", protocol "TCP",
  real_server "192.168.31.101 80" { weight (1), TCP_CHECK { connect_timeout (1) } },
  real_server "192.168.31.102 80" {
    weight (3), uthreshold (100), lthreshold (50),
    HTTP_GET { url { path "/", status_code (200) }, connect_timeout (1) },
  },
  real_server "192.168.31.103 80" { retry (0), TCP_CHECK { connect_timeout (1) } },
}`,
			want: `-A -t 10.10.31.100:80 -s wrr
-a -t 10.10.31.100:80 -r 192.168.31.101:80 -m -w 1
-a -t 10.10.31.100:80 -r 192.168.31.102:80 -m -w 3
`,
		},
		{
			name: "inhibit_on_failure keeps servers that are down, and persistence",
			conf: `virtual_server 10.10.31.100 80 {
  delay_loop 1
  lb_algo wlc
  lb_kind DR
  protocol TCP
  persistence_timeout 50
  persistence_granularity 255.255.255.0
  inhibit_on_failure
  real_server 192.168.31.101 80 {
    TCP_CHECK { connect_timeout 1 }
  }
  real_server 192.168.31.103 80 {
    weight 7
    retry 0
    TCP_CHECK { connect_timeout 1 }
  }
}`,
			policy: `virtual_server "10.10.31.100 80" {
  delay_loop (1), lb_algo "wlc", lb_kind "DR", persistence_timeout (50), persistence_granularity "255.255.255.0",
  inhibit_on_failure,
  real_server "192.168.31.101 80" { TCP_CHECK { connect_timeout (1) } },
  real_server "192.168.31.103 80" { weight (7), retry (0), TCP_CHECK { connect_timeout (1) } },
}`,
			want: `-A -t 10.10.31.100:80 -s wlc -p 50 -M 255.255.255.0
-a -t 10.10.31.100:80 -r 192.168.31.101:80 -g -w 1
-a -t 10.10.31.100:80 -r 192.168.31.103:80 -g -w 0
`,
		},
		{
			name: "the sorry server while the quorum is lost",
			conf: `virtual_server 10.10.31.100 80 {
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
  quorum 2
  hysteresis 1
  alpha
  sorry_server 192.168.31.102 80
  real_server 192.168.31.101 80 {
    weight 2
    TCP_CHECK { connect_timeout 1 }
  }
  real_server 192.168.31.103 80 {
    weight 2
    TCP_CHECK { connect_timeout 1 }
  }
}`,
			policy: `virtual_server "10.10.31.100 80" {
  delay_loop (1), lb_algo "rr", lb_kind "NAT", quorum (2), hysteresis (1), alpha,
  sorry_server "192.168.31.102 80",
  real_server "192.168.31.101 80" { weight (2), TCP_CHECK { connect_timeout (1) } },
  real_server "192.168.31.103 80" { weight (2), TCP_CHECK { connect_timeout (1) } },
}`,
			want: `-A -t 10.10.31.100:80 -s rr
-a -t 10.10.31.100:80 -r 192.168.31.102:80 -m -w 1
`,
		},
		{
			name: "firewall marks, tunnels, hashing and UDP",
			conf: `virtual_server fwmark 7 {
  lb_algo sh
  sh-port
  lb_kind TUN
  real_server 192.168.31.101 80 {
  }
}
virtual_server 10.10.31.100 53 {
  lb_algo rr
  lb_kind NAT
  protocol UDP
  ops
  real_server 192.168.31.101 53 {
    weight 0
  }
}`,
			policy: `virtual_server "fwmark 7" { lb_algo "sh", sh_port, lb_kind "TUN", real_server "192.168.31.101 80" {} }
virtual_server "10.10.31.100 53" { lb_algo "rr", lb_kind "NAT", protocol "UDP", ops, real_server "192.168.31.101 53" { weight (0) } }`,
			want: `-A -u 10.10.31.100:53 -s rr -o
-a -u 10.10.31.100:53 -r 192.168.31.101:53 -m -w 0
-A -f 7 -s sh -b sh-port
-a -f 7 -r 192.168.31.101:0 -i -w 1 --tun-type ipip
`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.t = t
			end := l.keepalived(c.conf)
			l.prints("keepalived", c.want)
			end()
			l.prints("keepalived after its end", "")
			d := l.run(l.policy("policy.lua", "require \"keepalived\"\n"+c.policy))
			l.prints("LuaVS", c.want)
			d.end()
			l.sh("ipvsadm -C; rm -r " + filepath.Join(l.dir, "state"))
		})
	}
	l.t = t
}

// keepalived runs keepalived's checkers with a configuration, and returns what
// ends them.
func (l *lab) keepalived(conf string) (end func()) {
	l.t.Helper()
	file := filepath.Join(l.dir, "keepalived.conf")
	if err := os.WriteFile(file, []byte(conf+"\n"), 0o644); err != nil {
		l.t.Fatal(err)
	}
	cmd := keepalived(file)
	cmd.Stdout, cmd.Stderr = l.t.Output(), l.t.Output()
	if err := cmd.Start(); err != nil {
		l.t.Fatalf("keepalived (apt-get install keepalived): %v", err)
	}
	end = sync.OnceFunc(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	l.t.Cleanup(end)
	return end
}

// keepalived is the command that runs the checker of keepalived, and nothing
// else of it, by a configuration.
func keepalived(conf string) *exec.Cmd {
	return exec.Command("/usr/sbin/keepalived", "-n", "-l", "-C", "-f", conf, "-p", conf+".pid", "-c", conf+".checkers")
}

// prints waits until ipvsadm prints a table, in which services come in any
// order.
func (l *lab) prints(who, want string) {
	l.t.Helper()
	got := ""
	defer func() {
		if l.t.Failed() {
			l.t.Logf("%s made\n%s", who, got)
		}
	}()
	eventually(l.t, 20*time.Second, who+" makes\n"+want, func() bool {
		got = l.sh("ipvsadm -Sn")
		return sortedServices(got) == sortedServices(want)
	})
}

// sortedServices puts the services of a table in order.
func sortedServices(table string) string {
	services := strings.Split(table, "-A ")
	slices.Sort(services)
	return strings.Join(services, "-A ")
}
