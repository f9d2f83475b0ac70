package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"luavs/luaapi"
)

// maxScript bounds a script.
const maxScript = 1 << 20

// execScript runs a Lua script once, at the kernel level.
func execScript(v verb, args []string, s stdio) error {
	growStack(false)
	f := newFlags(v, s.out)
	dataplane, allowed := f.dataplane(), f.allow()
	var code *string // nil without -e
	f.Func("e", "run this `code` instead of a file", func(text string) error { code = &text; return nil })
	words, err := f.parse(args)
	if err != nil {
		return err
	}
	name, text, err := script(code, words, s.in)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	kernel, closeKernel, err := openDataplane(*dataplane)
	if err != nil {
		return err
	}
	defer closeKernel()
	err = luaapi.Exec(ctx, name, text, luaapi.Options{
		Kernel: kernel,
		Allow:  permissions(allowed),
		Log:    slog.New(slog.NewTextHandler(s.err, nil)),
		Print:  func(line string) { fmt.Fprintln(s.out, line) },
	})
	if err != nil {
		return printMistakes(err, s.err)
	}
	return nil
}

// growStack has the stack grow at once to what a script takes. When it grows
// later, many functions are on it, and what the runtime has to know of each of
// them comes from all over the program's file: 60 pages of it.
//
//go:noinline
func growStack(use bool) (b byte) {
	if use { // never: it is enough that there would be room
		var room [24 << 10]byte
		for i := range room {
			b += room[i]
		}
	}
	return b
}

// script returns the name and text of what is to be run: code, a file, or "-"
// for standard input.
func script(code *string, words []string, in io.Reader) (name string, text []byte, err error) {
	switch {
	case code != nil && len(words) > 0:
		return "", nil, usageError{"exec: either a file or -e CODE, not both"}
	case code != nil:
		return "-e", []byte(*code), nil
	case len(words) != 1:
		return "", nil, usageError{"exec: which script? usage: luavs exec FILE | -e CODE"}
	case words[0] != "-":
		file, err := os.Open(words[0])
		if err != nil {
			return "", nil, fmt.Errorf("script: %w", err)
		}
		defer file.Close()
		in = file
	}
	text, err = io.ReadAll(io.LimitReader(in, maxScript+1))
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("script %s: %w", words[0], err)
	case len(text) > maxScript:
		return "", nil, fmt.Errorf("script %s: is over %d bytes", words[0], maxScript)
	}
	return words[0], text, nil
}
