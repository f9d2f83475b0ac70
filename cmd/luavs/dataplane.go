package main

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi"
)

// dataplane adds the flag that says where services live.
func (f *flags) dataplane() *string {
	return f.String("dataplane", "kernel", "`where` services live: kernel, or memory (simulated: no traffic flows)")
}

// pathMarks adds the flag for the firewall marks of checks that ask by way of
// the service.
func (f *flags) pathMarks() *engine.Marks {
	marks := engine.PathMarks
	f.TextVar(&marks, "path-marks", engine.PathMarks, "`range` of firewall marks for checks with via = \"service\"; services of these marks are LuaVS's own")
	return &marks
}

// resyncs is the pause between readings of the kernel's table, as a flag.
type resyncs struct{ every time.Duration }

// resync adds the flag for how often the kernel's table is read anew.
func (f *flags) resync() *resyncs {
	r := &resyncs{engine.ResyncEvery}
	f.Var(r, "resync", "`pause` between readings of the kernel's table, 1s to 1m: so long may a change stand that somebody else makes of a service")
	return r
}

// String implements [flag.Value].
func (r *resyncs) String() string { return r.every.String() }

// Set implements [flag.Value].
func (r *resyncs) Set(text string) error {
	every, err := time.ParseDuration(text)
	if err != nil || every < time.Second || every > time.Minute {
		return errors.New("want 1s to 1m")
	}
	r.every = every
	return nil
}

// claimDataplane sees to it that no other luavs keeps what the flag names, and
// returns how to give that up.
func claimDataplane(name string, marks engine.Marks, log *slog.Logger) (release func(), err error) {
	if name != "kernel" {
		return func() {}, nil
	}
	c, err := claimKernel(marks, log)
	if err != nil {
		return nil, err
	}
	return c.release, nil
}

// openDataplane opens what the flag names. There is no silent fall-back: a
// kernel without IPVS is an error.
func openDataplane(name string) (luaapi.Kernel, func() error, error) {
	switch name {
	case "kernel":
		return openKernel()
	case "memory":
		return ipvs.NewMemory(), func() error { return nil }, nil
	}
	return nil, nil, usageError{fmt.Sprintf("--dataplane: %q is not kernel or memory", name)}
}

// openKernel opens the IPVS of this network namespace.
var openKernel = func() (luaapi.Kernel, func() error, error) {
	c, err := ipvs.Dial()
	if err != nil {
		return nil, nil, err
	}
	return c, c.Close, nil
}
