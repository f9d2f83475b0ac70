package luaapi

import (
	"net/http"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readHTTPCheck reads check.http {...} and check.https {...}.
func readHTTPCheck(f *args.Fields, c *checkSpec, tls bool) {
	set := checks.HTTP{
		Route:        readTCPRoute(f, c),
		Method:       f.String("method", ""),
		Path:         f.String("path", ""),
		Host:         f.String("host", ""),
		Header:       http.Header{},
		RequestBody:  []byte(f.String("request_body", "")),
		Status:       readStatus(f),
		BodyContains: f.String("body", ""),
		BodyMatch:    readPattern(f, "body_match"),
		BodyLimit:    f.Int("body_limit", 0, 1, 16<<20),
		TLS:          tls,
	}
	for name, value := range f.StringMap("headers") {
		set.Header.Set(name, value)
	}
	if tls {
		set.ServerName = f.String("server_name", "")
		set.InsecureSkipVerify = !f.Bool("verify", true)
		set.RootCAs = []byte(f.String("roots", ""))
	}
	probe, err := checks.NewHTTP(set)
	if err != nil {
		for text := range strings.Lines(err.Error()) {
			noteSetting(f, strings.TrimSpace(text))
		}
		return
	}
	c.id, c.probe = probe.String(), probe
}

// noteSetting notes a mistake that a check found in its settings. Its text
// begins with what it calls the setting.
func noteSetting(f *args.Fields, text string) {
	for _, name := range []string{"method", "path", "host", "server_name", "body_limit", "header", "root"} {
		if !strings.HasPrefix(text, strings.ReplaceAll(name, "_", " ")) {
			continue
		}
		switch name {
		case "header":
			name = "headers"
		case "root":
			name = "roots"
		}
		f.Mistake(name, "%s", text)
		return
	}
	f.Mistake("", "%s", text)
}

// readStatus reads status: 200, "200-299,301", or a list of these.
func readStatus(f *args.Fields) checks.StatusSet {
	var text string
	switch v := f.Value("status").(type) {
	case *lua.LNilType:
		return checks.StatusSet{}
	case lua.LString:
		text = string(v)
	case lua.LNumber:
		text = v.String()
	case *lua.LTable:
		var items []string
		for i, item := range f.Sub("status").List() {
			if !lua.LVCanConvToString(item) {
				f.Sub("status").Mistake(strconv.Itoa(i+1), `want a status such as 200 or "200-299", got %s`, args.Show(item))
				continue
			}
			items = append(items, item.String())
		}
		text = strings.Join(items, ",")
	}
	set, err := checks.ParseStatusSet(text)
	if err != nil {
		f.Mistake("status", "%v", err)
	}
	return set
}
