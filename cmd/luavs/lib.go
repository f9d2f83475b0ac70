package main

import (
	"fmt"

	"luavs/luaapi"
)

// showLibrary lists what is written in Lua, or prints one text of it.
func showLibrary(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	names, err := f.parse(args)
	if err != nil {
		return err
	}
	if len(names) > 1 {
		return usageError{fmt.Sprintf("lib: takes one name, not %q", names)}
	}
	if len(names) == 0 {
		for _, name := range luaapi.Library() {
			fmt.Fprintln(s.out, name)
		}
		return nil
	}
	text, err := luaapi.LibraryText(names[0])
	if err != nil {
		return usageError{fmt.Sprintf("lib: %v; luavs lib lists what there is", err)}
	}
	_, err = s.out.Write(text)
	return err
}
