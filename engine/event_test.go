package engine

import (
	"testing"
	"time"

	"luavs/checks"
	"luavs/ipvs"
)

// listener hears of one kind of event of one service.
type listener struct {
	kind EventKind
	of   ipvs.ServiceKey
	told []Event
}

func (o *listener) Hears(kind EventKind, of ipvs.ServiceKey) bool {
	return kind == o.kind && of == o.of
}

func (o *listener) Observe(e Event) { o.told = append(o.told, e) }

// TestEventsThatNobodyHearsMakeNoViews has all servers of two services come up.
func TestEventsThatNobodyHearsMakeNoViews(t *testing.T) {
	c := sharingFarm(2, 3, tcpCheck(0))
	heard, other := c.Services[1].Spec.ServiceKey, c.Services[0].Spec.ServiceKey
	o := &listener{kind: EventUp, of: heard}
	c.Observer = o
	l := idleLoop(t.Context())
	l.replace(c)
	l.settle()
	for _, srv := range l.services[heard].servers {
		l.answer(srv.checks[0], checks.Result{Outcome: checks.Pass}, time.Now())
	}
	l.settle()
	if len(o.told) != 3 {
		t.Errorf("told of %d events, want the three of one service", len(o.told))
	}
	for _, e := range o.told {
		if e.Service.Spec.ServiceKey != heard || e.Server == nil || e.New != StateUp {
			t.Errorf("told of %v of %v", e.Kind, e.Service.Spec.ServiceKey)
		}
	}
	for _, srv := range l.services[other].servers {
		if srv.state != StateUp || srv.view != nil {
			t.Errorf("a server of the other service is %v and has a view: %v", srv.state, srv.view != nil)
		}
	}
}
