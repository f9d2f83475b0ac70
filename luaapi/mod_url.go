package luaapi

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/luaapi/args"
	"luavs/luaapi/vm"
)

// newURL returns the module url (RFC 3986).
func newURL(L *lua.LState) *lua.LTable {
	return L.SetFuncs(L.NewTable(), map[string]lua.LGFunction{
		"parse": func(L *lua.LState) int {
			u, err := url.Parse(argText(L, 1, "url.parse"))
			if err != nil {
				return refuse(L, urlReason(err))
			}
			return pushURL(L, u)
		},
		"build": urlBuild,
		"escape": func(L *lua.LState) int {
			L.Push(lua.LString(strings.ReplaceAll(url.QueryEscape(argText(L, 1, "url.escape")), "+", "%20")))
			return 1
		},
		"unescape": func(L *lua.LState) int {
			text, err := url.PathUnescape(argText(L, 1, "url.unescape"))
			if err != nil {
				return refuse(L, err)
			}
			L.Push(lua.LString(text))
			return 1
		},
	})
}

// urlReason leaves out of an error what repeats the text.
func urlReason(err error) error {
	if e, ok := err.(*url.Error); ok {
		return fmt.Errorf("no URL: %w", e.Err)
	}
	return err
}

// pushURL returns the parts of a URL as a table. What is not there is nil.
func pushURL(L *lua.LState, u *url.URL) int {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return refuse(L, fmt.Errorf("the query: %w", err))
	}
	t := L.NewTable()
	password, _ := u.User.Password()
	for name, text := range map[string]string{
		"scheme": u.Scheme, "user": u.User.Username(), "password": password,
		"host": u.Hostname(), "path": u.Path, "fragment": u.Fragment, "opaque": u.Opaque,
	} {
		if text != "" {
			t.RawSetString(name, lua.LString(text))
		}
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		t.RawSetString("port", lua.LNumber(port))
	}
	t.RawSetString("query", queryTable(L, query))
	L.Push(t)
	return 1
}

// queryTable makes a table of a query: a text, or a list of them for a name that
// comes several times.
func queryTable(L *lua.LState, query url.Values) *lua.LTable {
	t := L.NewTable()
	for name, values := range query {
		if len(values) == 1 {
			t.RawSetString(name, lua.LString(values[0]))
		} else {
			t.RawSetString(name, textList(L, values))
		}
	}
	return t
}

// urlBuild is url.build { scheme =, host =, path =, query =, ... }.
func urlBuild(L *lua.LState) int {
	const what = "url.build"
	if _, ok := L.Get(1).(*lua.LTable); !ok {
		L.RaiseError(`%s: argument 1: want a table such as { scheme = "http", host = "10.0.0.1", path = "/" }, got %s`, what, args.Show(L.Get(1)))
	}
	f := args.Optional(L, 1, what)
	u := url.URL{
		Scheme: f.String("scheme", ""), Path: f.String("path", ""), Fragment: f.String("fragment", ""), Opaque: f.String("opaque", ""),
		Host:     readHostPort(f),
		RawQuery: readValues(f, "query").Encode(),
	}
	if user := f.String("user", ""); user != "" {
		u.User = url.User(user)
		if f.Has("password") {
			u.User = url.UserPassword(user, f.String("password", ""))
		}
	} else if f.Has("password") {
		f.Mistake("password", "is of no use without user")
	}
	if u.Host != "" && u.Path != "" && !strings.HasPrefix(u.Path, "/") {
		f.Mistake("path", "want a path that begins with a slash behind a host, got %q", u.Path)
	}
	f.Raise()
	text := u.String()
	if len(text) > vm.MaxString {
		L.RaiseError("%s: the result is longer than %d bytes", what, vm.MaxString)
	}
	L.Push(lua.LString(text))
	return 1
}

// readHostPort reads a host and its port; IPv6 gets its brackets.
func readHostPort(f *args.Fields) string {
	host, port := f.String("host", ""), f.Int("port", 0, 1, 65535)
	switch {
	case host == "" && port > 0:
		f.Mistake("port", "is of no use without host")
	case strings.ContainsAny(host, "/?#@[] "):
		f.Mistake("host", "want a name or an address, got %q", host)
	case port > 0:
		return net.JoinHostPort(host, strconv.Itoa(port))
	case strings.Contains(host, ":"):
		return "[" + host + "]"
	}
	return host
}

// readValues reads a query or a form: for each name a text, or a list of them, of
// vm.MaxString bytes together.
func readValues(f *args.Fields, name string) url.Values {
	values := url.Values{}
	sub := f.Sub(name)
	if sub == nil {
		return values
	}
	size := 0
	sub.Each(func(name string) {
		values[name] = sub.Strings(name)
		for _, text := range values[name] {
			size += len(name) + len(text)
		}
	})
	if size > vm.MaxString {
		f.Mistake(name, "is longer than %d bytes", vm.MaxString)
		return nil
	}
	return values
}
