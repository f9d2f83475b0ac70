package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"luavs/luaapi"
)

// showLibrary lists what is written in Lua, or prints one text of it, or writes
// the definitions for a language server.
func showLibrary(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	stubs := f.String("stubs", "", "write the definitions for the Lua language server into `folder`")
	names, err := f.parse(args)
	switch {
	case err != nil:
		return err
	case *stubs != "" && len(names) > 0:
		return usageError{fmt.Sprintf("lib: --stubs writes all there is, and takes no name such as %q", names[0])}
	case *stubs != "":
		return writeStubs(*stubs, s.out)
	case len(names) > 1:
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

// writeStubs writes the definitions into a folder, which is made if it is missing.
func writeStubs(folder string, out io.Writer) error {
	stubs, err := luaapi.Stubs()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("lib: %w", err)
	}
	names := make([]string, 0, len(stubs))
	for name, text := range stubs {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return fmt.Errorf("lib: %w", err)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintln(out, filepath.Join(folder, name))
	}
	return nil
}
