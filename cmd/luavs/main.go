// Luavs keeps Linux Virtual Server (IPVS) as Lua policies want it.
//
// Each verb has a file of its own here, which reads flags and connects the
// parts; what they do is in the packages below. Exit codes: 0 well, 1 the work
// failed or a policy has mistakes, 2 wrong usage.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr})) }

// stdio is where a verb reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// A verb is what the first word of the command line names.
type verb struct {
	name, args, about string
	run               func(v verb, args []string, s stdio) error
}

// verbs returns them in the order of the usage text.
func verbs() []verb {
	return []verb{
		{"run", "PATH...", "keep the kernel as the policies in PATH want it", runDaemon},
		{"check", "PATH...", "look for mistakes in policies, touching nothing", checkPolicies},
		{"plan", "PATH...", "show what would change in the kernel, changing nothing", planPolicies},
		{"exec", "FILE | -e CODE", "run a Lua script once against the kernel", execScript},
		{"lib", "[NAME | --stubs DIR]", "list the checks and policies that are written in Lua, or print one", showLibrary},
		{"status", "", "show what is up and down, why, and since when", showStatus},
		{"reload", "", "have the daemon load its policies anew", reloadDaemon},
		{"drain", "ADDR", "give a server no new connections, and take it out when it has none", takeOut},
		{"maintenance", "ADDR", "take a server out", takeOut},
		{"resume", "ADDR", "end the drain or the maintenance of a server", putBack},
		{"report", "ADDR pass|degraded|fail [TEXT]", "say how a server is, to its check.ttl", report},
		{"version", "", "print the version", printVersion},
	}
}

// run runs the verb that the arguments name and returns the exit code.
func run(args []string, s stdio) int {
	if len(args) == 0 {
		usage(s.err)
		return exitUsage
	}
	switch args[0] {
	case "-version", "--version":
		args = []string{"version"}
	case "-h", "-help", "--help", "help":
		if len(args) == 1 {
			usage(s.out)
			return exitOK
		}
		args = []string{args[1], "-h"}
	}
	for _, v := range verbs() {
		if v.name == args[0] {
			return exitCode(v.run(v, args[1:], s), s.err)
		}
	}
	fmt.Fprintf(s.err, "luavs: unknown command %q; luavs help lists them\n", args[0])
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "LuaVS keeps Linux Virtual Server (IPVS) as Lua policies want it.\n\nusage:\n")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-28s %s\n", "luavs "+strings.TrimSpace(v.name+" "+v.args), v.about)
	}
	fmt.Fprint(w, "\nluavs COMMAND -h shows its flags.\n")
}

// A usageError is a command line that makes no sense.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// errReported is a failure about which all has been said.
var errReported = errors.New("reported")

// exitCode prints an error and returns the exit code for it.
func exitCode(err error, w io.Writer) int {
	var misuse usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &misuse):
		fmt.Fprintln(w, "luavs:", misuse)
		return exitUsage
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(w, "luavs:", strings.TrimSuffix(line, "\n"))
	}
	return exitFailed
}
