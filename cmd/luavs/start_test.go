package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// mostInitialised bounds what initialisation of our packages may allocate, in
// bytes. All verbs pay for it, also those that end at once: tables that only
// some need, and patterns, are made when they are first used.
const mostInitialised = 10_000

func TestInitialisationAllocatesLittle(t *testing.T) {
	command := exec.Command(os.Args[0], "version")
	command.Env = append(os.Environ(), "LUAVS_TEST_MAIN=1", "GODEBUG=inittrace=1")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var ours []string
	total := 0
	for line := range strings.Lines(string(out)) { // init luavs/checks @1.4 ms, 0.003 ms clock, 504 bytes, 4 allocs
		words := strings.Fields(line)
		if len(words) != 11 || words[0] != "init" || !strings.HasPrefix(words[1], "luavs/") {
			continue
		}
		n, err := strconv.Atoi(words[7])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		total += n
		ours = append(ours, line)
	}
	if len(ours) < 3 || total > mostInitialised {
		t.Errorf("%d bytes are allocated, %d are the limit:\n%s", total, mostInitialised, strings.Join(ours, ""))
	}
}
