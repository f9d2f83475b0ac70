package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary luavs itself when a test asks for it, so that
// tests run the real program as processes of its own.
func TestMain(m *testing.M) {
	if marks := os.Getenv("LUAVS_TEST_CLAIM"); marks != "" {
		holdClaim(marks)
	}
	if os.Getenv("LUAVS_TEST_MAIN") != "" {
		breakDataplane(os.Getenv(faultsVariable))
		main()
	}
	testscript.Main(m, map[string]func(){"luavs": main})
}

// holdClaim claims a range of marks until its standard input ends, whatever the
// process may do.
func holdClaim(marks string) {
	l, err := net.Listen("unix", claimName+marks)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("claimed")
	io.Copy(io.Discard, os.Stdin)
	l.Close()
	os.Exit(0)
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"until-status":    func(ts *testscript.TestScript, _ bool, args []string) { untilStatus(ts, args[0], true) },
			"until-no-status": func(ts *testscript.TestScript, _ bool, args []string) { untilStatus(ts, args[0], false) },
		},
	})
}

// untilStatus waits until the status of the daemon on $WORK/d.sock matches a
// pattern, or does not.
func untilStatus(ts *testscript.TestScript, pattern string, match bool) {
	want := regexp.MustCompile(pattern)
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := ts.Exec("luavs", "status", "--listen", ts.MkAbs("d.sock"))
		if text := ts.ReadFile("stdout"); err == nil && want.MatchString(text) == match {
			return
		} else if time.Now().After(deadline) {
			ts.Fatalf("the status never came to be so (%s: %v):\n%s", pattern, match, text)
		}
	}
}
