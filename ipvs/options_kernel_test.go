//go:build kernel

package ipvs_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"luavs/ipvs"
	"luavs/ipvs/ipvstest"
)

// tableOptions are commands that change the table. Each list is given to
// ipvsadm, whose table we read, and to us, whose table ipvsadm prints.
var tableOptions = map[string][]string{
	"-A":             {"-A -t 10.0.0.1:80"},
	"-E":             {"-A -t 10.0.0.1:80 -s rr", "-E -t 10.0.0.1:80 -s wrr"},
	"-D":             {"-A -t 10.0.0.1:80 -s rr", "-A -t 10.0.0.2:80 -s rr", "-D -t 10.0.0.1:80"},
	"-a":             {"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:80"},
	"-e":             {"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:80", "-e -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 7"},
	"-d":             {"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:80", "-d -t 10.0.0.1:80 -r 10.0.0.9:80"},
	"-t":             {"-A -t 10.0.0.1:80 -s rr"},
	"-u":             {"-A -u 10.0.0.1:80 -s rr"},
	"--sctp-service": {"-A --sctp-service 10.0.0.1:80 -s rr"},
	"-f":             {"-A -f 2147483647 -s rr"},
	"-6":             {"-A -f 7 -6 -s rr", "-A -f 7 -s wrr"},
	"-s":             {"-A -f 1 -s rr", "-A -f 2 -s lblcr", "-A -f 3 -s mh"},
	"-b":             {"-A -t 10.0.0.1:80 -s sh -b sh-fallback,sh-port", "-A -f 7 -s mh -b mh-port", "-A -f 8 -s rr -b flag-3"},
	"-p":             {"-A -t 10.0.0.1:0 -s rr -p", "-A -t 10.0.0.1:80 -s rr -p 77"},
	"-M":             {"-A -t 10.0.0.1:80 -s rr -p 77 -M 255.255.0.0", "-A -t [2001:db8::1]:80 -s rr -p 77 -M 48"},
	"--pe":           {"-A -u 10.0.0.1:5060 -s rr -p 77 --pe sip"},
	"-o":             {"-A -u 10.0.0.1:53 -s rr -o"},
	"-r":             {"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:8080 -m"},
	"-g":             {"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:80 -g"},
	"-i":             {"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:80 -i"},
	"-m":             {"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m"},
	"--tun-type":     {"-A -f 7 -s rr", "-a -f 7 -r 10.0.0.9:80 -i --tun-type gre"},
	"--tun-port":     {"-A -f 7 -s rr", "-a -f 7 -r 10.0.0.9:80 -i --tun-type gue --tun-port 6080"},
	"--tun-nocsum":   {"-A -f 7 -s rr", "-a -f 7 -r 10.0.0.9:80 -i --tun-type gue --tun-port 1 --tun-nocsum"},
	"--tun-csum":     {"-A -f 7 -s rr", "-a -f 7 -r 10.0.0.9:80 -i --tun-type gre --tun-csum"},
	"--tun-remcsum":  {"-A -f 7 -s rr", "-a -f 7 -r 10.0.0.9:80 -i --tun-type gue --tun-port 1 --tun-remcsum"},
	"-w":             {"-A -f 7 -s rr", "-a -f 7 -r 10.0.0.9:80 -w 0", "-a -f 7 -r 10.0.0.8:80 -w 65535"},
	"-n":             {"-A -t 127.0.0.1:80 -s rr"},
	"--nosort":       {"-A -t 10.0.0.9:80 -s rr", "-A -t 10.0.0.1:80 -s rr"},
	"--sort":         {"-A -t 10.0.0.9:80 -s rr", "-A -t 10.0.0.1:80 -s rr"},
	"-S":             saved,
}

// otherOptions are tested where they have a test of their own.
var otherOptions = map[string]func(*testing.T, *ipvs.Client){
	"-C": clearing, "-R": restoring, "-L": listing, "-h": helping,
	"-x": thresholds, "-y": thresholds, "--thresholds": thresholds, "--tun-info": tunnelInfo,
	"--set": setting, "--timeout": setting,
	"--start-daemon": syncing, "--stop-daemon": syncing, "--daemon": syncing, "--syncid": syncing, "--sync-maxlen": syncing,
	"--mcast-interface": syncing, "--mcast-group": syncing, "--mcast-port": syncing, "--mcast-ttl": syncing,
	"-c": connecting, "--stats": connecting, "--rate": connecting, "--exact": connecting, "--persistent-conn": connecting, "-Z": connecting,
}

func TestKernelEveryOptionOfIpvsadmGoesBothWays(t *testing.T) {
	t.Run("of the table", func(t *testing.T) {
		c := dial(t)
		for option, lines := range tableOptions {
			bothWays(t, c, option, lines)
		}
	})
	ran := map[string]bool{}
	for option, test := range otherOptions {
		if name := fmt.Sprintf("%p", test); !ran[name] {
			ran[name] = true
			t.Run(option, func(t *testing.T) { test(t, dial(t)) })
		}
	}
}

func bothWays(t *testing.T, c *ipvs.Client, option string, lines []string) {
	t.Logf("option %s", option) // which a failure below is about
	ipvstest.Command(t, "ipvsadm", "-C")
	for _, line := range lines {
		ipvstest.Command(t, "ipvsadm", strings.Fields(line)...)
	}
	theirs := ipvstest.Command(t, "ipvsadm", "-Sn")
	table, err := c.Table()
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, table.String(), theirs)
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	apply(t, c, lines...)
	sameLines(t, ipvstest.Command(t, "ipvsadm", "-Sn"), theirs)
}

// TestKernelThePageHasEveryOptionOfIpvsadm compares three lists: what the real
// ipvsadm --help prints, the rows of docs/ipvsadm.md, and the tests above.
func TestKernelThePageHasEveryOptionOfIpvsadm(t *testing.T) {
	ipvstest.Namespace(t)
	page, err := os.ReadFile("../docs/ipvsadm.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, tested := map[string]bool{}, 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `-") {
			continue
		}
		cell := strings.Split(line, " | ")[0]
		names := option.FindAllString(cell, -1)
		for _, name := range names {
			rows[name] = true
		}
		if slices.ContainsFunc(names, func(name string) bool { return tableOptions[name] != nil || otherOptions[name] != nil }) {
			tested++
			continue
		}
		t.Errorf("no test of row %s", cell)
	}
	for _, name := range option.FindAllString(ipvstest.Command(t, "ipvsadm", "--help"), -1) {
		if !rows[strings.TrimSpace(name)] {
			t.Errorf("docs/ipvsadm.md has no row for %s", name)
		}
	}
	if want := len(tableOptions) + len(otherOptions); tested != want {
		t.Errorf("%d rows, %d tests", tested, want)
	}
}

// option is a word such as -A or --add-service.
var option = regexp.MustCompile(`--[a-z][a-z0-9-]+|\B-[A-Za-z0-9]\b`)

func helping(t *testing.T, _ *ipvs.Client) {
	if !strings.Contains(ipvstest.Command(t, "ipvsadm", "-h"), "--help") {
		t.Error("no help")
	}
}

func clearing(t *testing.T, c *ipvs.Client) {
	apply(t, c, "-A -t 10.0.0.1:80 -s rr")
	ipvstest.Command(t, "ipvsadm", "-C")
	if table, err := c.Table(); err != nil || len(table) != 0 {
		t.Errorf("%v, %v", table, err)
	}
	apply(t, c, "-A -t 10.0.0.1:80 -s rr")
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if out := ipvstest.Command(t, "ipvsadm", "-Sn"); out != "" {
		t.Error(out)
	}
}

func restoring(t *testing.T, c *ipvs.Client) {
	apply(t, c, saved...)
	table, err := c.Table()
	if err != nil {
		t.Fatal(err)
	}
	ipvstest.Command(t, "ipvsadm", "-C")
	restore := exec.Command("ipvsadm", "-R")
	restore.Stdin = strings.NewReader(table.String())
	if out, err := restore.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if again, err := c.Table(); err != nil || again.String() != table.String() {
		t.Errorf("%v\n%s", err, again)
	}
}

func listing(t *testing.T, c *ipvs.Client) {
	apply(t, c, saved...)
	services, err := c.Services()
	if err != nil {
		t.Fatal(err)
	}
	var heads []string
	for line := range strings.Lines(ipvstest.Command(t, "ipvsadm", "-Ln")) {
		if regexp.MustCompile(`^(TCP|UDP|SCTP|FWM) `).MatchString(line) {
			heads = append(heads, line)
		}
	}
	if len(heads) != len(services) {
		t.Errorf("%d services, and ipvsadm lists %q", len(services), heads)
	}
}

func thresholds(t *testing.T, c *ipvs.Client) {
	ipvstest.Command(t, "ipvsadm", "-A", "-f", "7", "-s", "rr")
	ipvstest.Command(t, "ipvsadm", strings.Fields("-a -f 7 -r 10.0.0.9:80 -x 100 -y 50")...)
	apply(t, c, "-a -f 7 -r 10.0.0.8:80 -x 300 -y 299")
	list, err := c.Destinations(ipvs.MarkKey(7, ipvs.INET))
	if err != nil || len(list) != 2 || list[1].UpperThreshold != 100 || list[1].LowerThreshold != 50 {
		t.Errorf("%+v, %v", list, err)
	}
	printed(t, `10\.0\.0\.8:80 +300 +299 `, "-Ln", "--thresholds")
}

func tunnelInfo(t *testing.T, c *ipvs.Client) {
	apply(t, c, "-A -f 7 -s rr", "-a -f 7 -r 10.0.0.8:80 -i --tun-type gue --tun-port 6080 --tun-csum")
	printed(t, `10\.0\.0\.8:80 +Tunnel +gue:6080:\+c `, "-Ln", "--tun-info")
	ipvstest.Command(t, "ipvsadm", strings.Fields("-e -f 7 -r 10.0.0.8:80 -i --tun-type gre --tun-nocsum")...)
	list, err := c.Destinations(ipvs.MarkKey(7, ipvs.INET))
	if err != nil || list[0].Encapsulation != (ipvs.Encapsulation{Type: ipvs.GRE}) {
		t.Errorf("%+v, %v", list, err)
	}
}

// printed sees that ipvsadm prints what the pattern describes.
func printed(t *testing.T, pattern string, args ...string) {
	t.Helper()
	if out := ipvstest.Command(t, "ipvsadm", args...); !regexp.MustCompile(pattern).MatchString(out) {
		t.Errorf("ipvsadm %q prints\n%s", args, out)
	}
}
