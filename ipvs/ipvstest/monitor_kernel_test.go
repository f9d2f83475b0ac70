//go:build kernel

package ipvstest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"luavs/ipvs"
)

// monitored returns a client and a monitor of a fresh network namespace.
func monitored(t *testing.T) (*ipvs.Client, *Monitor) {
	t.Helper()
	Namespace(t)
	c, err := ipvs.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, NewMonitor(t)
}

// atOnce makes changes with one datagram.
func atOnce(t *testing.T, c *ipvs.Client, lines ...string) {
	t.Helper()
	var changes []ipvs.Change
	for _, line := range lines {
		change, err := ipvs.ParseChange(line)
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, change)
	}
	if errs := c.Apply(changes); errs != nil {
		t.Fatal(errors.Join(errs...))
	}
}

// brief are the moments of a monitor: the table in one line, and what led there.
func brief(moments []Moment) (all []string) {
	for _, m := range moments {
		table := strings.ReplaceAll(strings.TrimSpace(m.Table.String()), "\n", "; ")
		all = append(all, table+" < "+m.Request)
	}
	return all
}

// Of one datagram each request is a moment, though nobody who reads the table ever
// finds it so.
func TestKernelMonitorKnowsTheTablesWithinADatagram(t *testing.T) {
	c, m := monitored(t)
	atOnce(t, c,
		"-A -t 10.0.0.1:80 -s rr",
		"-a -t 10.0.0.1:80 -r 10.0.0.8:80 -m -w 1",
		"-d -t 10.0.0.1:80 -r 10.0.0.8:80",
		"-a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 1",
	)
	Command(t, "ipvsadm", "-e", "-t", "10.0.0.1:80", "-r", "10.0.0.9:80", "-m", "-w", "0")
	Command(t, "ipvsadm", "-Ln") // which changes nothing
	Command(t, "ipvsadm", "-C")
	want := []string{
		" < ",
		"-A -t 10.0.0.1:80 -s rr < add service tcp 10.0.0.1:80",
		"-A -t 10.0.0.1:80 -s rr; -a -t 10.0.0.1:80 -r 10.0.0.8:80 -m -w 1 < add destination 10.0.0.8:80 to tcp 10.0.0.1:80",
		"-A -t 10.0.0.1:80 -s rr < delete destination 10.0.0.8:80 from tcp 10.0.0.1:80",
		"-A -t 10.0.0.1:80 -s rr; -a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 1 < add destination 10.0.0.9:80 to tcp 10.0.0.1:80",
		"-A -t 10.0.0.1:80 -s rr; -a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 0 < set destination 10.0.0.9:80 of tcp 10.0.0.1:80",
		" < delete all services",
	}
	if got := brief(m.Moments()); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The monitor begins with what is there, and a request that is refused is heard
// and leaves the table as it is.
func TestKernelMonitorHearsWhatIsRefused(t *testing.T) {
	Namespace(t)
	Command(t, "ipvsadm", "-A", "-f", "7", "-s", "rr")
	Command(t, "ipvsadm", "-a", "-f", "7", "-r", "10.0.0.9:80", "-g", "-w", "3")
	m := NewMonitor(t)
	change, err := ipvs.ParseChange("-A -f 7 -s rr")
	if err != nil {
		t.Fatal(err)
	}
	if m.client.Apply([]ipvs.Change{change}) == nil {
		t.Error("the kernel took the same service twice")
	}
	const there = "-A -f 7 -s rr; -a -f 7 -r 10.0.0.9:80 -g -w 3 < "
	if got, want := brief(m.Moments()), []string{there, there + "add service fwmark 7 inet"}; !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Whatever is asked of the kernel, in the end the monitor knows what it holds: it
// looks for that by itself.
func TestKernelMonitorUnderstandsEveryRequest(t *testing.T) {
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			c, m := monitored(t)
			runAtOnce(t, c, s.text)
			if len(m.Moments()) < 2 {
				t.Error("it has heard nothing")
			}
		})
	}
}
