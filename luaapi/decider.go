package luaapi

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// decider asks a policy function who serves.
type decider struct {
	rt   *runtime
	f    *lua.LFunction
	base ipvs.Destination // what an address has that is not declared
}

// readPolicy reads the field policy: a function, or a table with a function
// decide and, to be looked at while the policy loads, a function check and a
// list adds; besides, handlers of events and a pause after which it decides
// anew. It returns nil if there is none.
func (ld *loader) readPolicy(L *lua.LState, f *args.Fields, d *declared, base ipvs.Destination) engine.Decider {
	switch v := f.Value("policy").(type) {
	case *lua.LNilType:
		return nil
	case *lua.LFunction:
		if !v.IsG && strings.HasPrefix(v.Proto.SourceName, libraryPrefix) {
			f.Mistake("policy", "%s is to be called: policy = %[1]s {}", strings.Trim(v.Proto.SourceName, "[]"))
		}
		return ld.decider(v, base)
	case *lua.LTable:
		return ld.readPolicyTable(L, f.Sub("policy"), d, base)
	default:
		f.Mistake("policy", "want a function, or what policy.standard {} makes, got %s", args.Show(v))
		return nil
	}
}

func (ld *loader) readPolicyTable(L *lua.LState, f *args.Fields, d *declared, base ipvs.Destination) engine.Decider {
	decide, check := f.Func("decide"), f.Func("check")
	if decide == nil {
		f.Mistake("decide", "is missing: the function that says who serves")
	}
	view := d.asDeclared(ld.rt.name)
	ld.readHandlers(f, d.at, view.Spec.ServiceKey)
	ld.readEvery(f, view.Spec.ServiceKey)
	if adds := f.Sub("adds"); adds != nil {
		ld.readAdds(adds, view, base)
	}
	if check != nil {
		ld.checkPolicy(L, f, check, view)
	}
	return ld.decider(decide, base)
}

func (ld *loader) decider(f *lua.LFunction, base ipvs.Destination) *decider {
	d := &decider{rt: ld.rt, f: f, base: base}
	ld.rt.vm.Hold(d, f)
	return d
}

// readAdds notes what is wrong with the servers a policy may add.
func (ld *loader) readAdds(f *args.Fields, view *engine.ServiceView, base ipvs.Destination) {
	for i, item := range f.List() {
		if item == lua.LNil {
			continue
		}
		if _, err := destination(ld.rt, item, view, base); err != nil {
			f.Mistake(strconv.Itoa(i+1), "%v", err)
		}
	}
}

// checkPolicy asks a policy what is wrong with its virtual server: its function
// check returns nothing, or a text.
func (ld *loader) checkPolicy(L *lua.LState, f *args.Fields, check *lua.LFunction, view *engine.ServiceView) {
	vs := &virtualServer{rt: ld.rt, key: view.Spec.ServiceKey, view: view}
	answer, err := vm.Call(L, check, ld.rt.objects.services.object(L, vs))
	switch {
	case err != nil:
		f.Mistake("check", "%v", err)
	case len(answer) > 0 && answer[0] != lua.LNil:
		f.Mistake("", "%s", answer[0].String())
	}
}

// readEvery has a policy decide anew at equal pauses, for what it knows from
// elsewhere than its virtual server.
func (ld *loader) readEvery(f *args.Fields, key ipvs.ServiceKey) {
	pause := f.Duration("every", 0, shortest)
	if pause == 0 {
		return
	}
	name := "policy of " + key.String()
	ld.jobs = append(ld.jobs, engine.Job{
		Name: name, Schedule: newGrid(pause, ld.rt.name+name),
		Run: func(ctx context.Context) { ld.rt.handle.Decide(ctx, key) },
	})
}

// Decide implements [engine.Decider].
func (d *decider) Decide(ctx context.Context, v *engine.ServiceView) (decision engine.Decision, err error) {
	err = d.rt.vm.Do(ctx, func(L *lua.LState) error {
		vs := &virtualServer{rt: d.rt, key: v.Spec.ServiceKey, view: v}
		answer, err := vm.Call(L, d.f, d.rt.objects.services.object(L, vs))
		if err == nil {
			decision, err = d.read(L, answer, v)
			return placed(d.f, err)
		}
		return err
	})
	if err != nil {
		return engine.Decision{}, withTrail(err)
	}
	return decision, nil
}

// read reads what a policy function returned: who serves, and perhaps a table
// that says what became of the quorum.
func (d *decider) read(L *lua.LState, answer []lua.LValue, v *engine.ServiceView) (engine.Decision, error) {
	answer = append(answer, lua.LNil, lua.LNil)
	members, err := d.members(L, answer[0], v)
	if err != nil || answer[1] == lua.LNil {
		return engine.Decision{Members: members}, err
	}
	t, ok := answer[1].(*lua.LTable)
	if !ok {
		return engine.Decision{}, fmt.Errorf(`a policy function returned %s as its second value; want nothing, or a table such as { quorum = "lost" }`, args.Show(answer[1]))
	}
	f := args.Table(L, t, "policy")
	quorum := f.Enum("quorum", "", string(engine.QuorumLost), string(engine.QuorumGained))
	if mistakes := f.Done(); len(mistakes) > 0 {
		return engine.Decision{}, fmt.Errorf("a policy function returned a second table that cannot be used: %s", mistakes[0].Text)
	}
	return engine.Decision{Members: members, Quorum: engine.Quorum(quorum)}, nil
}

// withTrail adds to a Lua error by which way the code came to it.
func withTrail(err error) error {
	var e *vm.Error
	if !errors.As(err, &e) || len(e.Traceback) < 2 {
		return err
	}
	return fmt.Errorf("%w (%s)", err, strings.Join(e.Traceback, ", from "))
}

// members reads the list that a policy function returned.
func (d *decider) members(L *lua.LState, answer lua.LValue, v *engine.ServiceView) ([]ipvs.Destination, error) {
	t, ok := answer.(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("a policy function returned %s; want a list of who serves, such as vs:up() or {} for nobody", args.Show(answer))
	}
	f := args.Table(L, t, "policy")
	members := []ipvs.Destination{}
	place := map[netip.AddrPort]int{}
	for i, item := range f.List() {
		dest, err := destination(d.rt, item, v, d.base)
		first := place[dest.Addr]
		switch {
		case item == lua.LNil:
		case err != nil:
			f.Mistake(strconv.Itoa(i+1), "%v", err)
		case first > 0:
			f.Mistake(strconv.Itoa(i+1), "%s is item %d already", dest.Addr, first)
		default:
			place[dest.Addr] = i + 1
			members = append(members, dest)
		}
	}
	return members, joinMistakes(f.Done())
}

// joinMistakes makes one error of what is wrong with a decision.
func joinMistakes(mistakes []args.Mistake) error {
	if len(mistakes) == 0 {
		return nil
	}
	texts := make([]string, len(mistakes))
	for i, m := range mistakes {
		texts[i] = m.Text
	}
	return fmt.Errorf("a policy function returned a list that cannot be used: %s", strings.Join(texts, "; "))
}

// destination reads one who serves: a server object, its address, or a table
// with either and other settings than the declared ones.
func destination(rt *runtime, item lua.LValue, v *engine.ServiceView, base ipvs.Destination) (ipvs.Destination, error) {
	dest, err := bareDestination(rt, item, v, base)
	if t, ok := item.(*lua.LTable); ok {
		dest, err = changedDestination(rt, t, v, base)
	}
	if err != nil {
		return dest, err
	}
	return dest, dest.Validate(v.Spec)
}

func bareDestination(rt *runtime, item lua.LValue, v *engine.ServiceView, base ipvs.Destination) (ipvs.Destination, error) {
	if rs, ok := rt.objects.servers.value(item); ok {
		if sv := v.Server(rs.dest.Addr); sv != nil && !rs.member {
			return sv.Destination, nil
		}
		return rs.dest, nil
	}
	text, ok := item.(lua.LString)
	if !ok {
		return base, fmt.Errorf(`want a server, or an address and port such as "192.168.0.1:80", got %s`, args.Show(item))
	}
	addr, err := parseServer(string(text))
	if err != nil {
		return base, err
	}
	if sv := v.Server(addr); sv != nil {
		return sv.Destination, nil
	}
	base.Addr = addr
	return base, nil
}

// changedDestination reads { "ADDR:PORT" or server, weight = ..., ... }.
func changedDestination(rt *runtime, t *lua.LTable, v *engine.ServiceView, base ipvs.Destination) (ipvs.Destination, error) {
	f := args.Table(nil, t, "policy")
	items := f.List()
	if len(items) != 1 {
		return base, fmt.Errorf(`want one server or address in the table, as in { "192.168.0.1:80", weight = 2 }, got %d`, len(items))
	}
	dest, err := bareDestination(rt, items[0], v, base)
	if err != nil {
		return dest, err
	}
	readDestination(f, &dest)
	if mistakes := f.Done(); len(mistakes) > 0 {
		return dest, fmt.Errorf("%s", mistakes[0].Text)
	}
	return dest, nil
}
