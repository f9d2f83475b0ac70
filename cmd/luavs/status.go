package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"luavs/engine"
	"luavs/engine/admin"
)

// showStatus prints what the daemon knows.
func showStatus(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	socket := f.listen()
	asJSON := f.Bool("json", false, "print JSON; fields are added in later versions, never renamed")
	asMetrics := f.Bool("metrics", false, "print figures as text for Prometheus, those that policies count included")
	if err := f.nothing(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client := admin.NewClient(*socket)
	if *asMetrics {
		text, err := client.Metrics(ctx)
		s.out.Write(text)
		return err
	}
	status, err := client.Status(ctx)
	if err != nil {
		return err
	}
	if *asJSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(status)
	}
	printStatus(s.out, status, time.Now())
	return nil
}

// printStatus prints a status for a person.
func printStatus(w io.Writer, status engine.Status, now time.Time) {
	for _, p := range status.Problems {
		fmt.Fprintf(w, "NOT IN FORCE %s\n", p)
	}
	if status.State != "" {
		fmt.Fprintf(w, "PROBLEM state: %s\n", safe(status.State))
	}
	for _, p := range status.Policies {
		printPolicy(w, p, now)
		if p.Problem != "" {
			fmt.Fprintf(w, "  PROBLEM %s\n", safe(p.Problem))
		}
		for _, s := range p.Services {
			printService(w, s, now)
		}
	}
	if len(status.Policies) == 0 {
		fmt.Fprintln(w, "no policies in force")
	}
}

func printService(w io.Writer, s engine.ServiceStatus, now time.Time) {
	fmt.Fprintf(w, "\n%s %s", s.Service, s.Scheduler)
	if s.Name != s.Service {
		fmt.Fprintf(w, " %q", s.Name)
	}
	if s.Leaving {
		fmt.Fprint(w, ", not declared any more: deleted when all is drained")
	} else if !s.Settled {
		fmt.Fprint(w, ", first checks are under way")
	}
	if s.Quorum != "" {
		fmt.Fprintf(w, ", quorum %s", s.Quorum)
	}
	fmt.Fprintln(w)
	if s.Problem != "" {
		fmt.Fprintf(w, "  PROBLEM %s\n", safe(s.Problem))
	}
	for _, src := range s.Sources {
		if src.Problem != "" {
			fmt.Fprintf(w, "  PROBLEM %s: %s\n", safe(src.Source), safe(src.Problem))
		}
	}
	printMembers(w, s)
	printDraining(w, s, now)
	if s.Leaving {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  SERVER\tSTATE\tFOR\tWEIGHT\tACTIVE\tINACTIVE\tREASON")
	for _, srv := range s.Servers {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%d\t%d\t%s\n",
			label(srv), srv.State, since(srv.Since, now), weight(srv), srv.Active, srv.Inactive, srv.Reason)
	}
	t.Flush()
}

// maxMembers is how many of those who serve are printed: a screen of lines.
const maxMembers = 100

// printMembers prints who serves, which is not always who is up.
func printMembers(w io.Writer, s engine.ServiceStatus) {
	if len(s.Members) == 0 {
		fmt.Fprintln(w, "  nobody serves")
		return
	}
	fmt.Fprint(w, "  serving:")
	for i, m := range s.Members {
		if i == maxMembers {
			fmt.Fprintf(w, " and %d more", len(s.Members)-i)
			break
		}
		if i > 0 {
			fmt.Fprint(w, ",")
		}
		fmt.Fprintf(w, " %s %s weight %d", m.Addr, m.Forward, m.Weight)
	}
	fmt.Fprintln(w)
}

// weight is what a server serves with, and of how much if that is another.
func weight(s engine.ServerStatus) string {
	if s.Serves == s.Weight {
		return strconv.Itoa(s.Weight)
	}
	return fmt.Sprintf("%d of %d", s.Serves, s.Weight)
}

// label is the name of a server, with its address if that is another.
func label(s engine.ServerStatus) string {
	if s.Name == s.Addr {
		return s.Addr
	}
	return s.Name + " " + s.Addr
}

// safe is what a terminal may be given of a text that scripts have made.
func safe(text string) string {
	const most = 1000
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, text)
}

// since returns how long ago a time was, in two units at most.
func since(t, now time.Time) string {
	d := max(0, now.Sub(t))
	switch {
	case t.IsZero():
		return "-"
	case d < time.Minute:
		return d.Truncate(time.Second).String()
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}
