package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
)

// report tells the daemon how a server is, for the checks that wait for that.
func report(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	socket := f.listen()
	var r engine.Report
	f.StringVar(&r.Service, "service", "", "only in this `service`, such as \"tcp 10.0.0.1:80\" or its name; else in all")
	f.StringVar(&r.Check, "check", "", "`name` of the check, if the server has several check.ttl")
	f.StringVar(&r.Weight, "weight", "", "`weight` that the server should have, such as 50 or 50%")
	words, err := f.parse(args)
	if err != nil {
		return err
	}
	if len(words) < 2 {
		return usageError{fmt.Sprintf("report: of which server, and what? usage: luavs report %s", v.args)}
	}
	r.Server, r.Outcome, r.Text = words[0], words[1], strings.Join(words[2:], " ")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	reached, err := admin.NewClient(*socket).Report(ctx, r)
	if err != nil {
		return err
	}
	for _, check := range reached {
		fmt.Fprintln(s.out, "reported to", check)
	}
	return nil
}
