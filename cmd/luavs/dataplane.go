package main

import (
	"fmt"

	"luavs/ipvs"
	"luavs/luaapi"
)

// dataplane adds the flag that says where services live.
func (f *flags) dataplane() *string {
	return f.String("dataplane", "kernel", "`where` services live: kernel, or memory (simulated: no traffic flows)")
}

// openDataplane opens what the flag names. There is no silent fall-back: a
// kernel without IPVS is an error.
func openDataplane(name string) (luaapi.Kernel, func() error, error) {
	switch name {
	case "kernel":
		c, err := ipvs.Dial()
		if err != nil {
			return nil, nil, err
		}
		return c, c.Close, nil
	case "memory":
		return ipvs.NewMemory(), func() error { return nil }, nil
	}
	return nil, nil, usageError{fmt.Sprintf("--dataplane: %q is not kernel or memory", name)}
}
