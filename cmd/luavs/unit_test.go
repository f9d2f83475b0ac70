package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const unitFile = "../../docs/luavs.service"

// unit returns the settings of a section of docs/luavs.service.
func unit(t *testing.T, section string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	in := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = strings.Trim(line, "[]")
		} else if name, value, ok := strings.Cut(line, "="); ok && in == section && !strings.HasPrefix(name, "#") {
			found[name] = value
		}
	}
	return found
}

func TestTheUnitRunsWithTwoCapabilitiesAndWithoutRoot(t *testing.T) {
	u := unit(t, "Service")
	for _, name := range []string{"AmbientCapabilities", "CapabilityBoundingSet"} {
		if u[name] != "CAP_NET_ADMIN CAP_NET_RAW" {
			t.Errorf("%s=%s", name, u[name])
		}
	}
	if u["User"] == "" || u["User"] == "root" || u["NoNewPrivileges"] != "yes" {
		t.Errorf("User=%s, NoNewPrivileges=%s", u["User"], u["NoNewPrivileges"])
	}
	if u["Type"] != "notify" || u["WatchdogSec"] == "" {
		t.Errorf("Type=%s, WatchdogSec=%s", u["Type"], u["WatchdogSec"])
	}
}

// A start that fails is tried again for ever, and the end has the time it takes.
func TestTheUnitIsStartedAgainHoweverOftenItFails(t *testing.T) {
	u, s := unit(t, "Unit"), unit(t, "Service")
	if u["StartLimitIntervalSec"] != "0" || s["Restart"] != "always" {
		t.Errorf("StartLimitIntervalSec=%s in [Unit], Restart=%s", u["StartLimitIntervalSec"], s["Restart"])
	}
	for _, name := range []string{"RestartSec", "TimeoutStopSec"} {
		if d, err := time.ParseDuration(s[name]); err != nil || d < time.Second || d > 10*time.Second {
			t.Errorf("%s=%s", name, s[name])
		}
	}
	if d, _ := time.ParseDuration(s["TimeoutStopSec"]); d <= 2*endWithin {
		t.Errorf("TimeoutStopSec=%v, and an end may take %v and a little more", d, endWithin)
	}
}

// The steps at the top of the unit are those of docs/operations.md.
func TestTheStepsOfTheInstallationAreInTheGuide(t *testing.T) {
	unit, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for line := range strings.Lines(string(unit)) {
		if step, ok := strings.CutPrefix(line, "#   "); ok {
			if steps++; !strings.Contains(string(guide), "\n    "+step) {
				t.Errorf("docs/operations.md lacks %q", step)
			}
		}
	}
	if steps < 6 {
		t.Errorf("%d steps", steps)
	}
}

// The command of the unit is one that this luavs takes, and its folders are
// those that the unit makes.
func TestTheCommandOfTheUnitIsTaken(t *testing.T) {
	u := unit(t, "Service")
	words := strings.Fields(u["ExecStart"])
	if len(words) < 3 || words[0] != "/usr/local/bin/luavs" || words[1] != "run" {
		t.Fatalf("ExecStart=%s", u["ExecStart"])
	}
	f := newFlags(verbs()[0], nil)
	socket, state := f.listen(), f.state()
	paths, err := f.paths(words[2:])
	if err != nil || !slices.Equal(paths, []string{"/etc/luavs"}) {
		t.Errorf("paths %v, %v", paths, err)
	}
	if *socket != defaultSocket || "/run/"+u["RuntimeDirectory"]+"/luavs.sock" != *socket {
		t.Errorf("socket %s, RuntimeDirectory=%s", *socket, u["RuntimeDirectory"])
	}
	if *state != defaultState || "/var/lib/"+u["StateDirectory"] != *state {
		t.Errorf("state %s, StateDirectory=%s", *state, u["StateDirectory"])
	}
}
