package main

import (
	"fmt"
	"io"
	"time"

	"luavs/engine"
)

// printPolicy prints which policy it is, and for how long it has been so.
func printPolicy(w io.Writer, p engine.PolicyStatus, now time.Time) {
	if p.Removed {
		fmt.Fprintf(w, "policy %s, removed %s ago: its services are drained\n", p.Name, since(p.Since, now))
		return
	}
	fmt.Fprintf(w, "policy %s, in force for %s", p.Name, since(p.Since, now))
	if p.Figures.LateP99 > 0 {
		fmt.Fprintf(w, ", 99 %% of its checks begin within %.3g ms of their time", p.Figures.LateP99)
	}
	fmt.Fprintln(w)
	if p.Restarted != "" {
		fmt.Fprintf(w, "  RESTARTED %s\n", safe(p.Restarted))
	}
}

// printDraining prints who is on the way out.
func printDraining(w io.Writer, s engine.ServiceStatus, now time.Time) {
	hint := ""
	for i, d := range s.Draining {
		if hint = d.Hint; i == maxMembers {
			fmt.Fprintf(w, "  draining: and %d more\n", len(s.Draining)-i)
			break
		}
		fmt.Fprintf(w, "  draining: %s for %s, %d active connections, ", d.Addr, since(d.Since, now), d.Active)
		if d.Until.IsZero() {
			fmt.Fprint(w, "as long as they last")
		} else {
			fmt.Fprint(w, cutOff(d.Until, now))
		}
		fmt.Fprintf(w, ": %s\n", safe(d.Why))
	}
	if hint != "" {
		fmt.Fprintf(w, "  HINT %s\n", hint)
	}
}
