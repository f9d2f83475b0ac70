package luaapi

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	goruntime "runtime"
	"time"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"

	"luavs/luaapi/vm"
)

// Limits of re. A search takes time in proportion to the text and the expression;
// many of them in one text may take the square of that.
const (
	maxExpression = 8 << 10 // bytes
	maxSize       = 10_000  // steps of one, with all repetitions
	maxCompiled   = 256     // expressions kept by one policy
	maxSearch     = 1 << 24 // bytes of text times steps of the expression
	maxFound      = 1 << 14 // texts found at once, groups included
	searchWithin  = 250 * time.Millisecond
)

// expressions are the compiled regular expressions of one VM, guarded by its
// baton.
type expressions map[string]*expression

// An expression is compiled; size is about how many steps it has.
type expression struct {
	*regexp.Regexp
	size int
}

// newRE returns the module re: Go's regular expressions
// (https://github.com/google/re2/wiki/Syntax).
func newRE(L *lua.LState) *lua.LTable {
	cache := expressions{}
	with := func(name string, f func(L *lua.LState, text string, e *expression) int) lua.LGFunction {
		what := "re." + name
		return func(L *lua.LState) int { return f(L, argText(L, 1, what), cache.argument(L, what)) }
	}
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"match":    with("match", reMatch),
		"captures": with("captures", reCaptures),
		"find_all": with("find_all", reFindAll),
		"replace":  with("replace", reReplace),
		"split":    with("split", reSplit),
		"quote": func(L *lua.LState) int {
			L.Push(lua.LString(regexp.QuoteMeta(argText(L, 1, "re.quote"))))
			return 1
		},
	})
}

// argument returns the expression in argument 2.
func (cache expressions) argument(L *lua.LState, what string) *expression {
	text := argText(L, 2, what)
	e, err := cache.compile(text)
	if err != nil {
		L.RaiseError("%s: argument 2: %v", what, err)
	}
	if size := len(argText(L, 1, what)); size*e.size > maxSearch {
		L.RaiseError("%s: the expression is too large for a text of %d bytes", what, size)
	}
	vm.Work(L, len(argText(L, 1, what))*e.size/16)
	return e
}

// compile compiles an expression, or takes it from the cache. A script that
// makes up new ones all the time must not pile them up.
func (cache expressions) compile(text string) (*expression, error) {
	if e := cache[text]; e != nil {
		return e, nil
	}
	if len(text) > maxExpression {
		return nil, fmt.Errorf("the expression is longer than %d bytes", maxExpression)
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	size := sizeOf(parsed)
	if size > maxSize {
		return nil, fmt.Errorf("the expression repeats too much: it has more than %d steps", maxSize)
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	if len(cache) >= maxCompiled {
		clear(cache)
	}
	cache[text] = &expression{compiled, size}
	return cache[text], nil
}

// sizeOf is about how many steps an expression has, or more than maxSize.
func sizeOf(e *syntax.Regexp) int {
	size := 1 + len(e.Rune)/2
	for _, part := range e.Sub {
		size = min(size+sizeOf(part), maxSize+1)
	}
	if e.Op == syntax.OpRepeat {
		size = min(size*max(1, e.Min, e.Max), maxSize+1)
	}
	return size
}

// all finds up to most places where the expression matches, and raises an error
// if that takes too long. Nothing can stop a search, so each asks for twice as
// many places as the one before.
func (e *expression) all(L *lua.LState, text string, most int) [][]int {
	goruntime.LockOSThread() // whose time is measured, whatever else the machine does
	defer goruntime.UnlockOSThread()
	began := threadTime()
	limit := maxFound / (1 + e.NumSubexp())
	for n := 1; ; n *= 2 {
		found := e.FindAllStringSubmatchIndex(text, min(n, most))
		if len(found) > limit {
			L.RaiseError("re: the expression %q matches more than %d times", e, limit)
		}
		if len(found) < n || n >= most {
			return found
		}
		if threadTime()-began > searchWithin {
			L.RaiseError("re: the expression %q takes too long on a text of %d bytes", e, len(text))
		}
	}
}

// threadTime is the CPU time that this thread has used.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// group is the nth part of a place that was found; nil if it is no part of it.
func group(text string, at []int, n int) lua.LValue {
	if at[2*n] < 0 {
		return lua.LNil
	}
	return lua.LString(text[at[2*n]:at[2*n+1]])
}

// reMatch is re.match(text, expression): what its groups match, or the whole if
// it has none; nil if there is no match.
func reMatch(L *lua.LState, text string, e *expression) int {
	at := e.FindStringSubmatchIndex(text)
	if at == nil {
		L.Push(lua.LNil)
		return 1
	}
	if e.NumSubexp() == 0 {
		L.Push(group(text, at, 0))
		return 1
	}
	for n := 1; n <= e.NumSubexp(); n++ {
		L.Push(group(text, at, n))
	}
	return e.NumSubexp()
}

// reCaptures is re.captures(text, expression): the same as a table.
func reCaptures(L *lua.LState, text string, e *expression) int {
	at := e.FindStringSubmatchIndex(text)
	if at == nil {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(e.captures(L, text, at))
	return 1
}

// captures is a table of what an expression matched: 0 is the whole, 1 and so on
// the groups, those with a name also by it.
func (e *expression) captures(L *lua.LState, text string, at []int) *lua.LTable {
	t := L.NewTable()
	for n, name := range e.SubexpNames() {
		t.RawSetInt(n, group(text, at, n))
		if name != "" {
			t.RawSetString(name, group(text, at, n))
		}
	}
	return t
}

// reFindAll is re.find_all(text, expression [, most]): a list of texts, or of
// tables as re.captures makes them if the expression has groups.
func reFindAll(L *lua.LState, text string, e *expression) int {
	most := countOr(L, 3, "re.find_all", len(text)+1)
	t := L.NewTable()
	for _, at := range e.all(L, text, most) {
		if e.NumSubexp() == 0 {
			t.Append(group(text, at, 0))
		} else {
			t.Append(e.captures(L, text, at))
		}
	}
	L.Push(t)
	return 1
}

// reReplace is re.replace(text, expression, with [, most]). In with, $1 and
// ${name} are what a group matched, $$ is a dollar.
func reReplace(L *lua.LState, text string, e *expression) int {
	const what = "re.replace"
	with, most := argText(L, 3, what), countOr(L, 4, what, len(text)+1)
	var out []byte
	end := 0
	for _, at := range e.all(L, text, most) {
		out = append(out, text[end:at[0]]...)
		out = e.ExpandString(out, with, text, at)
		end = at[1]
		if len(out)+len(text)-end > vm.MaxString {
			L.RaiseError("%s: the result is longer than %d bytes", what, vm.MaxString)
		}
	}
	L.Push(lua.LString(append(out, text[end:]...)))
	return 1
}

// reSplit is re.split(text, expression [, most]): the parts between what
// matches, at most so many; the last has the rest.
func reSplit(L *lua.LState, text string, e *expression) int {
	most := countOr(L, 3, "re.split", len(text)+2)
	t, begin := L.NewTable(), 0
	for _, at := range e.all(L, text, most) {
		if t.Len() == most-1 || at[1] == 0 || at[0] == len(text) && at[0] == at[1] {
			continue // nothing stands before an empty match at the beginning, or after one at the end
		}
		t.Append(lua.LString(text[begin:at[0]]))
		begin = at[1]
	}
	t.Append(lua.LString(text[begin:]))
	L.Push(t)
	return 1
}
