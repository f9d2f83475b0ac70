package luaapi

import (
	"context"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/engine"
	"luavs/luaapi/args"
)

// checkGroup makes one check of several: enough of its parts must be up, or a
// function says.
type checkGroup struct {
	least int
	parts []*checkSpec
	says  *lua.LFunction // instead of least
}

// groupReaders read the kinds of groups.
func (ld *loader) groupReaders() map[string]checkReader {
	return map[string]checkReader{
		"all": func(f *args.Fields, c *checkSpec) {
			c.group = ld.readParts(f, f.List(), 0)
			c.group.least = len(c.group.parts)
		},
		"any": func(f *args.Fields, c *checkSpec) {
			c.group = ld.readParts(f, f.List(), 0)
			c.group.least = 1
		},
		"at_least": ld.readAtLeast,
		"combine":  ld.readCombine,
	}
}

// readParts reads the checks of a list of which some items came before.
func (ld *loader) readParts(f *args.Fields, items []lua.LValue, before int) *checkGroup {
	g := &checkGroup{}
	for i, item := range items {
		part, ok := ld.rt.objects.checks.value(item)
		place := strconv.Itoa(before + i + 1)
		switch {
		case item == lua.LNil:
		case !ok:
			f.Mistake(place, "want a check such as check.tcp {}, got %s", args.Show(item))
		case part.group != nil && part.group.says != nil:
			f.Mistake(place, "check.combine says all of its server, and cannot be a part of something else")
		default:
			g.parts = append(g.parts, part)
			ld.inUse[part] = true
		}
	}
	if len(items) == 0 {
		f.Mistake("", "has no checks: want a list of them, as in check.any { check.tcp {}, check.http {} }")
	}
	return g
}

// readAtLeast reads check.at_least { 2, a, b, c }.
func (ld *loader) readAtLeast(f *args.Fields, c *checkSpec) {
	items := f.List()
	if len(items) == 0 {
		items = []lua.LValue{lua.LNil}
	}
	c.group = ld.readParts(f, items[1:], 1)
	n, ok := args.Whole(items[0], 1, len(c.group.parts))
	if !ok && len(items) > 1 {
		f.Mistake("1", "want how many of the checks must be up, from 1 to %d, got %s", len(c.group.parts), args.Show(items[0]))
	}
	c.group.least = max(n, 1)
}

// readCombine reads check.combine { a, b, function(results, rs) ... end }.
func (ld *loader) readCombine(f *args.Fields, c *checkSpec) {
	items := f.List()
	last := len(items) - 1
	if last < 0 || items[last].Type() != lua.LTFunction {
		f.Mistake("", "want checks and then a function, as in check.combine { check.tcp {}, check.http {}, function(results) return results[1].state == \"up\" end }")
		c.group = &checkGroup{}
		return
	}
	c.group = ld.readParts(f, items[:last], 0)
	c.group.says = items[last].(*lua.LFunction)
	for i, part := range c.group.parts {
		if part.group != nil {
			f.Mistake(strconv.Itoa(i+1), "want a check that asks something: the function sees each by itself")
		}
	}
}

// A panel is the checks of a server, and what makes one verdict of them. It
// never changes.
type panel struct {
	checks   []engine.Check
	rule     *engine.Rule
	combiner engine.Combiner
	scripted bool // it is of one server, which its Lua code is asked about; else it does for any
}

// panelOf makes the panel of a server: a list is a group of which all must be up.
func panelOf(rs *realServer, specs []*checkSpec) *panel {
	top := &checkGroup{least: len(specs), parts: specs}
	if len(specs) == 1 && specs[0].group != nil {
		top = specs[0].group
	}
	p := placing{rs: rs, place: map[*checkSpec]int{}}
	rule := p.ruleOf(top)
	switch {
	case top.says != nil:
		p.combiner, p.scripted = &scriptCombiner{rs: rs, f: top.says}, true
	case p.nested || rule.Least < len(rule.Parts):
		p.rule = rule
	}
	return &p.panel
}

// placing puts the checks of groups on a panel, each once.
type placing struct {
	panel
	rs     *realServer
	place  map[*checkSpec]int
	nested bool
}

func (p *placing) ruleOf(g *checkGroup) *engine.Rule {
	r := &engine.Rule{Least: g.least}
	for _, spec := range g.parts {
		if spec.group != nil {
			p.nested = true
			r.Parts = append(r.Parts, engine.Part{Rule: p.ruleOf(spec.group)})
			continue
		}
		n, there := p.place[spec]
		if !there {
			n = len(p.checks)
			p.place[spec] = n
			p.checks = append(p.checks, spec.on(p.rs, n+1))
			p.scripted = p.scripted || spec.script != nil
		}
		r.Parts = append(r.Parts, engine.Part{Check: n})
	}
	return r
}

// scriptCombiner asks a function of the policy what the checks of a server mean
// together.
type scriptCombiner struct {
	rs *realServer
	f  *lua.LFunction
}

// Combine implements [engine.Combiner].
func (c *scriptCombiner) Combine(ctx context.Context, v *engine.ServerView) checks.Result {
	return c.rs.rt.askFunction(ctx, "check.combine", c.rs, c.f, func(L *lua.LState, rs lua.LValue) []lua.LValue {
		return []lua.LValue{checkList(L, v), rs}
	})
}
