package luaapi

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// maxWaiting is how many events of one server may wait for its handlers.
const maxWaiting = 256

// policyEvents happen to a policy, serviceEvents to one of its virtual servers.
var (
	policyEvents = []string{
		string(engine.EventStart), string(engine.EventReload), string(engine.EventStop),
		string(engine.EventIsolated), string(engine.EventConnected),
	}
	serviceEvents = []string{
		string(engine.EventUp), string(engine.EventDown),
		string(engine.EventChange), string(engine.EventDrift),
		string(engine.EventQuorumLost), string(engine.EventQuorumGained),
		string(engine.EventAdded), string(engine.EventRemoved), string(engine.EventDrained),
	}
)

// handler is a function that hears of one kind of event.
type handler struct {
	kind     engine.EventKind
	f        *lua.LFunction
	service  *ipvs.ServiceKey // whose events; nil: everybody's
	at       position
	canceled atomic.Bool
}

// String names the handler in messages.
func (h *handler) String() string { return fmt.Sprintf(`on("%s") at %s`, h.kind, h.at) }

func handlerClass() *class[*handler] {
	return &class[*handler]{
		name: "handler",
		methods: map[string]func(*lua.LState, *handler) int{
			"cancel": func(_ *lua.LState, h *handler) int { h.canceled.Store(true); return 0 },
		},
		print: (*handler).String,
	}
}

// on is on(EVENT, f).
func (ld *loader) on(L *lua.LState) int {
	ld.declaring(L, "on")
	h := &handler{at: here(L)}
	L.Push(ld.rt.objects.handlers.object(L, h))
	events := slices.Concat(policyEvents, serviceEvents)
	name, named := L.Get(1).(lua.LString)
	f, ok := L.Get(2).(*lua.LFunction)
	switch {
	case !named:
		ld.misuse(L, `on: want the name of an event first, as in on("down", f), got %s`, args.Show(L.Get(1)))
	case !slices.Contains(events, string(name)):
		ld.misuse(L, "on: unknown event %s%s; there are %s", args.Show(name), args.Hint(string(name), events), strings.Join(events, ", "))
	case !ok:
		ld.misuse(L, "on: want a function as the second argument, got %s", args.Show(L.Get(2)))
	default:
		h.kind, h.f = engine.EventKind(name), f
		ld.listen(h)
	}
	return 1
}

func (ld *loader) listen(h *handler) {
	ld.rt.vm.Hold(h, h.f)
	ld.handlers[h.kind] = append(ld.handlers[h.kind], h)
}

// readHandlers reads the field on of a virtual server.
func (ld *loader) readHandlers(f *args.Fields, at position, key ipvs.ServiceKey) {
	on := f.Sub("on")
	if on == nil {
		return
	}
	for _, kind := range serviceEvents {
		if h := on.Func(kind); h != nil {
			ld.listen(&handler{kind: engine.EventKind(kind), f: h, service: &key, at: at})
		}
	}
}

// A dispatcher hands events to the policy's handlers. Each event is a task of
// its own. Those of one server run one after another, in the order in which
// they happened; those of different servers run beside each other. It owns the
// events that wait.
type dispatcher struct {
	rt       *runtime
	handlers map[engine.EventKind][]*handler
	tasks    sync.WaitGroup

	mu    sync.Mutex
	lanes map[lane][]engine.Event // those that wait, of each server whose handlers are at work
}

// lane is what events keep their order for: a server, a virtual server or the
// policy.
type lane struct {
	service ipvs.ServiceKey
	server  netip.AddrPort
}

func laneOf(e engine.Event) lane {
	var l lane
	if e.Service != nil {
		l.service = e.Service.Spec.ServiceKey
	}
	if e.Server != nil {
		l.server = e.Server.Destination.Addr
	}
	return l
}

// Hears implements [engine.Observer].
func (d *dispatcher) Hears(kind engine.EventKind, of ipvs.ServiceKey) bool {
	return len(d.listeners(kind, of)) > 0
}

// Observe implements [engine.Observer].
func (d *dispatcher) Observe(e engine.Event) {
	l := laneOf(e)
	d.mu.Lock()
	defer d.mu.Unlock()
	waiting, atWork := d.lanes[l]
	switch {
	case !atWork:
		d.lanes[l] = nil
		d.tasks.Go(func() { d.drain(l, e) })
	case len(waiting) == maxWaiting:
		d.rt.log().Error("an event is lost: the handlers of those before it take too long",
			"event", e.Kind, "of", titleOf(e), "waiting", maxWaiting)
	default:
		d.lanes[l] = append(waiting, e)
	}
}

// listeners returns the handlers of events of a kind, of a virtual server or of
// the policy, in the order of the file.
func (d *dispatcher) listeners(kind engine.EventKind, of ipvs.ServiceKey) []*handler {
	var found []*handler
	for _, h := range d.handlers[kind] {
		if !h.canceled.Load() && (h.service == nil || *h.service == of) {
			found = append(found, h)
		}
	}
	return found
}

// drain runs the handlers of an event, and of those that came after it.
func (d *dispatcher) drain(l lane, e engine.Event) {
	for ok := true; ok; e, ok = d.next(l) {
		d.run(context.Background(), e)
	}
}

// run runs the handlers of an event, one after another.
func (d *dispatcher) run(ctx context.Context, e engine.Event) {
	for _, h := range d.listeners(e.Kind, laneOf(e).service) {
		d.rt.ended(h.String, d.rt.vm.Do(ctx, func(L *lua.LState) error {
			_, err := vm.Call(L, h.f, d.rt.objects.events.object(L, &occasion{d.rt, e}))
			return err
		}))
	}
}

// next takes the event that has waited longest; false if none waits.
func (d *dispatcher) next(l lane) (engine.Event, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	waiting := d.lanes[l]
	if len(waiting) == 0 {
		delete(d.lanes, l)
		return engine.Event{}, false
	}
	d.lanes[l] = waiting[1:]
	return waiting[0], true
}

func titleOf(e engine.Event) string {
	switch {
	case e.Server != nil:
		return e.Server.Destination.Addr.String()
	case e.Service != nil:
		return e.Service.Spec.ServiceKey.String()
	}
	return "the policy"
}

// occasion is an event as its handlers see it.
type occasion struct {
	rt    *runtime
	event engine.Event
}

func eventClass() *class[*occasion] {
	return &class[*occasion]{
		name: "event",
		fields: map[string]func(*lua.LState, *occasion) lua.LValue{
			"kind":    func(_ *lua.LState, o *occasion) lua.LValue { return lua.LString(o.event.Kind) },
			"at":      func(_ *lua.LState, o *occasion) lua.LValue { return lua.LNumber(float64(o.event.At.UnixNano()) / 1e9) },
			"service": func(L *lua.LState, o *occasion) lua.LValue { return o.service(L) },
			"server":  func(L *lua.LState, o *occasion) lua.LValue { return o.server(L) },
			"old":     ofServer(func(e engine.Event) lua.LValue { return lua.LString(e.Old.String()) }),
			"new":     ofServer(func(e engine.Event) lua.LValue { return lua.LString(e.Server.State.String()) }),
			"cause":   ofServer(func(e engine.Event) lua.LValue { return textOrNil(string(e.Result.Cause)) }),
			"reason":  ofServer(func(e engine.Event) lua.LValue { return textOrNil(cmp.Or(e.Reason, e.Server.Reason)) }),
			"result":  func(L *lua.LState, o *occasion) lua.LValue { return o.result(L) },
			"drift":   func(L *lua.LState, o *occasion) lua.LValue { return driftOf(L, o.event) },
			"changes": func(L *lua.LState, o *occasion) lua.LValue {
				return list(L, o.event.Changes, func(line string) lua.LValue { return lua.LString(line) })
			},
		},
		print: func(o *occasion) string { return fmt.Sprintf("%s of %s", o.event.Kind, titleOf(o.event)) },
	}
}

// ofServer makes the reader of a field that only events of servers have.
func ofServer(read func(engine.Event) lua.LValue) func(*lua.LState, *occasion) lua.LValue {
	return func(_ *lua.LState, o *occasion) lua.LValue {
		if o.event.Server == nil {
			return lua.LNil
		}
		return read(o.event)
	}
}

// about returns the virtual server the event is about: as it is now, or as it
// was last if it is not declared any more.
func (o *occasion) about() *virtualServer {
	vs := &virtualServer{rt: o.rt, key: o.event.Service.Spec.ServiceKey}
	if o.event.Service.Leaving {
		vs.view = o.event.Service
	}
	return vs
}

func (o *occasion) service(L *lua.LState) lua.LValue {
	if o.event.Service == nil {
		return lua.LNil
	}
	return o.rt.objects.services.object(L, o.about())
}

// server returns the real server the event is about, as it is now.
func (o *occasion) server(L *lua.LState) lua.LValue {
	sv := o.event.Server
	if sv == nil {
		return lua.LNil
	}
	return o.about().server(L, sv)
}

// result returns the answer that turned the server, or nil of other events.
func (o *occasion) result(L *lua.LState) lua.LValue {
	if o.event.Kind != engine.EventUp && o.event.Kind != engine.EventDown {
		return lua.LNil
	}
	r := o.event.Result
	return view(L, "result", eventResult{
		Outcome: r.Outcome.String(), Cause: string(r.Cause), Reason: r.Reason, Took: r.Took.Seconds(), Advice: r.Advice.String(),
	})
}

// eventResult is the answer of a check as the handler of an event sees it.
type eventResult struct {
	Outcome string  // "pass", "fail", "degraded" or "unknown"
	Cause   string  // the class of what is no pass; empty for a pass
	Reason  string  // for a person
	Took    float64 // seconds
	Advice  string  // on the weight, such as "weight 50 %"; empty for none
}
