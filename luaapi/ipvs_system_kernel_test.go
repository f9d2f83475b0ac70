//go:build kernel

package luaapi

import (
	"os/exec"
	"strings"
	"testing"

	"luavs/ipvs"
)

// What a script tells IPVS as a whole, ipvsadm shows.
func TestKernelTakesWhatScriptsTellIPVSAsAWhole(t *testing.T) {
	client, err := ipvs.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	b := newBench(t)
	b.rt.kernel = client
	got := b.must(t, `
		ipvs.timeouts { tcp = "10m", tcpfin = 100, udp = "200s" }
		ipvs.sysctl("expire_nodest_conn", true)
		print(ipvs.sysctl("expire_nodest_conn"), ipvs.sysctl("sync_threshold"), ipvs.info().version)
		print(#ipvs.connections {})`)
	if want := "1\t3 50\t1.2.1\n0"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	out, err := exec.Command("ipvsadm", "-L", "--timeout").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "600 100 200") {
		t.Errorf("ipvsadm -L --timeout: %v\n%s", err, out)
	}
	b.must(t, `ipvs.sysctl("expire_nodest_conn", 0) ipvs.timeouts { tcp = 900, tcpfin = 120, udp = 300 }`)
}
