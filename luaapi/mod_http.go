package luaapi

import (
	"context"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
	luar "layeh.com/gopher-luar"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// An httpResult is what Lua sees of an answer.
type httpResult struct {
	Status  int
	Body    string
	Headers *lua.LTable // by name in lower case; a lookup ignores case
	OK      bool        // the status is 200 to 299
	URL     string      // that answered: another than was asked if redirects were followed
	Took    float64     // seconds

	codec *jsonCodec
}

// JSON returns the body decoded, or nil and a reason.
func (r httpResult) JSON(L *luar.LState) int {
	v, err := r.codec.decode(L.LState, r.Body)
	if err != nil {
		return refuse(L.LState, err)
	}
	L.Push(v)
	return 1
}

// newHTTP returns the module http.
func newHTTP(rt *runtime, L *lua.LState, c *httpClients, codec *jsonCodec) *lua.LTable {
	t := L.SetFuncs(L.CreateTable(0, 8), map[string]lua.LGFunction{
		"request": func(L *lua.LState) int {
			const what = "http.request"
			rt.running(L, what)
			if _, ok := L.Get(1).(*lua.LTable); !ok {
				L.RaiseError(`%s: argument 1: want a table such as { method = "GET", url = "http://..." }, got %s`, what, args.Show(L.Get(1)))
			}
			f := args.Optional(L, 1, what)
			method := strings.ToUpper(f.String("method", "GET"))
			return exchange(rt, L, codec, readRequest(f, method, f.String("url", ""), c, codec))
		},
	})
	for _, name := range []string{"get", "head", "post", "put", "patch", "delete"} {
		what := "http." + name
		t.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			rt.running(L, what)
			url := argText(L, 1, what)
			return exchange(rt, L, codec, readRequest(args.Optional(L, 2, what), strings.ToUpper(name), url, c, codec))
		}))
	}
	return t
}

// exchange sends a request and returns the answer to Lua.
func exchange(rt *runtime, L *lua.LState, codec *jsonCodec, r *httpRequest) int {
	var answer httpAnswer
	var err error
	start := time.Now()
	vm.Wait(L, func(ctx context.Context) {
		err = rt.limits.sockets.use(func() (err error) { answer, err = r.do(ctx); return err })
	})
	if err != nil {
		return refuse(L, err)
	}
	L.Push(view(L, "http result", httpResult{
		Status:  answer.status,
		Body:    string(answer.body),
		Headers: headerTable(L, answer.header),
		OK:      answer.status >= 200 && answer.status < 300,
		URL:     answer.url,
		Took:    time.Since(start).Seconds(),
		codec:   codec,
	}))
	return 1
}

// headerTable makes a table of header fields by name in lower case. A field
// that came several times is joined with commas (RFC 9110, 5.3).
func headerTable(L *lua.LState, header map[string][]string) *lua.LTable {
	t, meta := L.NewTable(), L.NewTable()
	for name, values := range header {
		t.RawSetString(strings.ToLower(name), lua.LString(strings.Join(values, ", ")))
	}
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		L.Push(t.RawGetString(strings.ToLower(lua.LVAsString(L.Get(2)))))
		return 1
	}))
	t.Metatable = meta
	return t
}
