package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
)

// lookEvery is how often --wait looks.
const lookEvery = 500 * time.Millisecond

// takeOut has the daemon drain a server, or keep it out for maintenance.
func takeOut(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	socket, o := f.listen(), f.order()
	f.StringVar(&o.Why, "why", "", "the `reason`, for people")
	f.StringVar(&o.Deadline, "deadline", "", "`time` such as 5m after which connections that are left are cut off")
	wait := f.Bool("wait", false, "wait until the server is out of the kernel's table")
	client, servers, err := f.send(socket, o, args, s.out)
	if err != nil || !*wait {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	for _, server := range servers {
		if err := untilOut(ctx, client, server); err != nil {
			return err
		}
		fmt.Fprintln(s.out, server.Server, "is out of", server.Service)
	}
	return nil
}

// putBack has the daemon resume a server.
func putBack(v verb, args []string, s stdio) error {
	f := newFlags(v, s.out)
	socket, o := f.listen(), f.order()
	_, _, err := f.send(socket, o, args, s.out)
	return err
}

// order adds the flag that all orders have.
func (f *flags) order() *engine.Order {
	o := &engine.Order{Do: f.verb.name}
	f.StringVar(&o.Service, "service", "", "only in this `service`, such as 10.0.0.1:80 or its name; else in all that have the server")
	return o
}

// send reads the arguments, sends the order and prints what came of it.
func (f *flags) send(socket *string, o *engine.Order, args []string, w io.Writer) (*admin.Client, []engine.Ordered, error) {
	words, err := f.parse(args)
	if err != nil {
		return nil, nil, err
	}
	if len(words) != 1 {
		return nil, nil, usageError{fmt.Sprintf("%s: which server? usage: luavs %s %s", f.verb.name, f.verb.name, f.verb.args)}
	}
	o.Server = words[0]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client := admin.NewClient(*socket)
	servers, err := client.Order(ctx, *o)
	for _, server := range servers {
		fmt.Fprintln(w, ordered(server, time.Now()))
	}
	return client, servers, err
}

// ordered says how a server is after an order.
func ordered(o engine.Ordered, now time.Time) string {
	text := fmt.Sprintf("%s in %s: %s", o.Server, o.Service, o.State)
	if o.State != engine.StateDraining && o.State != engine.StateMaintenance {
		return text + ", " + safe(o.Reason)
	}
	text += fmt.Sprintf(", %d active connections", o.Active)
	if !o.Until.IsZero() {
		text += ", " + cutOff(o.Until, now)
	}
	return text
}

// cutOff says when connections that are left are cut off.
func cutOff(t, now time.Time) string {
	if !t.After(now) {
		return "cut off now"
	}
	return "cut off in " + since(now, t)
}

// untilOut waits until a marked server is out of the kernel's table.
func untilOut(ctx context.Context, client *admin.Client, o engine.Ordered) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		status, err := client.Status(ctx)
		if err != nil {
			return err
		}
		out, err := isOut(status, o)
		if out || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("not waited for any longer; it goes on")
		}
	}
}

// isOut tells whether a marked server is out of the kernel's table; an error if
// it is not marked any more.
func isOut(status engine.Status, o engine.Ordered) (bool, error) {
	for _, p := range status.Policies {
		for _, s := range p.Services {
			for _, srv := range s.Servers {
				if s.Service == o.Service && srv.Addr == o.Server && srv.Mark != nil {
					return !srv.Mark.Out.IsZero(), nil
				}
			}
		}
	}
	return false, fmt.Errorf("%s in %s: somebody has resumed it, or taken it out of the policy", o.Server, o.Service)
}
