//go:build kernel

package main

import (
	"context"
	"time"

	"luavs/engine"
	"luavs/engine/admin"
)

// drainFor is how long the connections of who drains may stay.
const drainFor = time.Hour

// A killOrder was sent, and perhaps not answered.
type killOrder struct {
	server *killServer
	engine.Order
	sent   time.Time
	answer chan error
}

func (o *killOrder) String() string { return o.Do + " " + o.server.name }

// send sends the order that makes sense for a server: to resume one that drains,
// to drain another.
func (k *killings) send(s *killServer) *killOrder {
	s.touched = true
	o := &killOrder{
		server: s, sent: time.Now(), answer: make(chan error, 1),
		Order: engine.Order{Do: "drain", Server: "192.168.31." + web[s.name] + ":80", Why: "told so", Deadline: drainFor.String()},
	}
	if s.mark != nil {
		o.Order = engine.Order{Do: "resume", Server: o.Server}
	}
	client := admin.NewClient(k.d.socket)
	go func() {
		_, err := client.Order(context.Background(), o.Order)
		o.answer <- err
	}()
	return o
}

// obey waits for the answer to an order, which must be obeyed.
func (k *killings) obey(o *killOrder) string {
	k.t.Helper()
	if err := <-o.answer; err != nil {
		k.t.Errorf("%v: %v", o, err)
	}
	k.obeyed(o)
	return o.String()
}

// settle finds out whether an order has been obeyed that the daemon may not have
// answered before it was killed. One that was answered must have been.
func (k *killings) settle(o *killOrder) {
	k.t.Helper()
	if err := <-o.answer; err == nil {
		k.obeyed(o)
		return
	}
	k.orders.open++
	marked := false
	eventually(k.t, soon, "the status has "+o.server.name, func() bool {
		s, ok := k.status()
		for _, srv := range s.Servers {
			if srv.Addr == o.Server {
				marked = srv.Mark != nil
				return ok
			}
		}
		return false
	})
	if marked == (o.Do == "drain") {
		k.orders.done++
		o.done()
	}
}

// obeyed notes an order that was answered.
func (k *killings) obeyed(o *killOrder) {
	k.orders.answered++
	o.done()
}

// done notes what an order has made of its server.
func (o *killOrder) done() {
	o.server.mark = nil
	if o.Do == "drain" {
		o.server.mark = &killMark{o.sent.Add(drainFor), time.Now().Add(drainFor)}
	}
}
