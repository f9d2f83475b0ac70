package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// unit returns the settings of docs/luavs.service.
func unit(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/luavs.service")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			found[name] = value
		}
	}
	return found
}

func TestTheUnitRunsWithTwoCapabilitiesAndWithoutRoot(t *testing.T) {
	u := unit(t)
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

// The command of the unit is one that this luavs takes, and its folders are
// those that the unit makes.
func TestTheCommandOfTheUnitIsTaken(t *testing.T) {
	u := unit(t)
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
