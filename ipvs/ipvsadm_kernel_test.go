//go:build kernel

package ipvs_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

// saved is a table that ipvsadm can print whole, in ipvs's order.
var saved = []string{
	"-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0",
	"-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 5",
	"-a -t 10.0.0.1:80 -r 10.0.0.10:80 -g -w 0",
	"-a -t 10.0.0.1:80 -r 10.0.0.11:80 -i -w 1 --tun-type ipip",
	"-a -t 10.0.0.1:80 -r 10.0.0.12:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum",
	"-a -t 10.0.0.1:80 -r 10.0.0.13:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum",
	"-a -t 10.0.0.1:80 -r 10.0.0.14:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum",
	"-a -t 10.0.0.1:80 -r 10.0.0.15:80 -i -w 1 --tun-type gre --tun-nocsum",
	"-a -t 10.0.0.1:80 -r [2001:db8::9]:80 -i -w 1 --tun-type ipip",
	"-A --sctp-service 10.0.0.1:80 -s wlc",
	"-A -u 10.0.0.1:53 -s sh -o -b sh-fallback,sh-port",
	"-A -u 10.0.0.1:54 -s mh -b mh-port",
	"-A -u 10.0.0.1:55 -s rr -b flag-1,flag-2,flag-3",
	"-A -u 10.0.0.1:5060 -s wlc -p 60 --pe sip",
	"-A -t 10.0.0.2:0 -s wlc -p 360",
	"-A -t [2001:db8::1]:80 -s wrr -p 300 -M 64",
	"-a -t [2001:db8::1]:80 -r [2001:db8::9]:8080 -m -w 1",
	"-A -f 7 -s wrr -p 1",
	"-a -f 7 -r 10.0.0.4:80 -m -w 3",
	"-A -f 7 -6 -s wrr",
	"-a -f 7 -6 -r [2001:db8::9]:80 -i -w 3 --tun-type ipip",
}

// lines are the sorted lines of a saved table; ipvsadm has an order of its own.
func lines(text string) []string {
	list := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(list)
	return list
}

func sameLines(t *testing.T, got, want string) {
	t.Helper()
	if !slices.Equal(lines(got), lines(want)) {
		t.Errorf("the table is\n%s\nand should be\n%s", got, want)
	}
}

func TestKernelIpvsadmPrintsWhatIsWritten(t *testing.T) {
	c := dial(t)
	apply(t, c, saved...)
	table, err := c.Table()
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, ipvstest.Command(t, "ipvsadm", "-Sn"), table.String())
	sameLines(t, table.String(), strings.Join(saved, "\n"))
}

func TestKernelWhatIpvsadmWritesIsRead(t *testing.T) {
	c := dial(t)
	restore := exec.Command("ipvsadm", "-R")
	restore.Stdin = strings.NewReader(strings.Join(saved, "\n") + "\n")
	if out, err := restore.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	table, err := c.Table()
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, table.String(), strings.Join(saved, "\n"))
	again, err := ipvs.ParseSave(strings.NewReader(ipvstest.Command(t, "ipvsadm", "-Sn")))
	if err != nil || again.String() != table.String() {
		t.Errorf("%v\n%s", err, again)
	}
}

func TestKernelIpvsadmReadsThePrintedThresholds(t *testing.T) {
	c := dial(t)
	want := "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 1 -x 100 -y 50\n"
	restore := exec.Command("ipvsadm", "-R")
	restore.Stdin = strings.NewReader(want)
	if out, err := restore.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if table, err := c.Table(); err != nil || table.String() != want {
		t.Errorf("%v\n%s", err, table)
	}
}
