package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the released version; the build sets it for releases.
var version = "0.1.0"

// printVersion prints the version, the commit if the build knows it, and what
// it was built with.
func printVersion(v verb, args []string, s stdio) error {
	if err := newFlags(v, s.out).nothing(args); err != nil {
		return err
	}
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
				commit = " (" + setting.Value[:12] + ")"
			}
		}
	}
	fmt.Fprintf(s.out, "luavs %s%s %s %s/%s\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
