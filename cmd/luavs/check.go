package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi"
	"luavs/luaapi/reload"
)

// checkPolicies loads policies without touching anything and shows all their
// mistakes.
func checkPolicies(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	allowed := f.allow()
	paths, err := f.paths(args)
	if err != nil {
		return err
	}
	policies, err := loadDry(paths, luaapi.Options{Kernel: ipvs.NewMemory(), Allow: permissions(allowed)}, s)
	defer closePolicies(policies)
	if err != nil {
		return err
	}
	for _, p := range policies {
		c := p.Config()
		fmt.Fprintf(s.out, "%s: ok, %s, %s\n", c.Name, count(len(c.Services), "virtual server"), count(servers(c), "real server"))
	}
	return nil
}

// loadDry loads policies that will not be put in force. Mistakes are printed.
func loadDry(paths []string, o luaapi.Options, s stdio) ([]*reload.Policy, error) {
	o.Log = slog.New(slog.NewTextHandler(s.err, nil))
	policies, err := reload.Load(context.Background(), paths, o)
	var configs []engine.Config
	for _, p := range policies {
		configs = append(configs, p.Config())
	}
	if err := errors.Join(err, engine.Conflicts(configs...)); err != nil {
		return policies, printMistakes(err, s.err)
	}
	return policies, nil
}

func closePolicies(policies []*reload.Policy) {
	for _, p := range policies {
		p.Close(context.Background())
	}
}

// printMistakes prints the mistakes of policies with the lines they are in, and
// returns that all has been said. Another error is returned as it is.
func printMistakes(err error, w io.Writer) error {
	found := false
	for _, one := range split(err) {
		var m *luaapi.Mistakes
		if errors.As(one, &m) {
			found = true
			fmt.Fprintln(w, strings.TrimRight(m.Excerpts(), "\n"))
		}
	}
	if !found {
		return err
	}
	for _, one := range split(err) {
		var m *luaapi.Mistakes
		if !errors.As(one, &m) {
			fmt.Fprintln(w, "luavs:", one)
		}
	}
	return errReported
}

// split returns the errors that were joined into one.
func split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, split(one)...)
	}
	return all
}

func servers(c engine.Config) (n int) {
	for _, s := range c.Services {
		n += len(s.Servers)
	}
	return n
}

// count returns "1 word" or "N words".
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
