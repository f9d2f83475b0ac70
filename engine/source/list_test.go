package source

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"luavs/engine"
)

// brief writes members as "192.168.0.1:80*1 192.168.0.2:80*3(web2)".
func brief(members []engine.Member) string {
	var all []string
	for _, m := range members {
		text := fmt.Sprintf("%v*%d", m.Addr, m.Weight)
		if m.Name != "" {
			text += "(" + m.Name + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

var texts = []struct{ name, json, want string }{
	{"addresses", `["192.168.0.1:80", "[2001:db8::1]:81"]`, "192.168.0.1:80*1 [2001:db8::1]:81*1"},
	{"an address without a port", `["192.168.0.1", "2001:db8::1"]`, "192.168.0.1:0*1 [2001:db8::1]:0*1"},
	{"objects", `[{"addr": "192.168.0.1:80"}, {"addr": "192.168.0.2", "port": 81, "weight": 3, "name": "web2"}]`, "192.168.0.1:80*1 192.168.0.2:81*3(web2)"},
	{"an object around the list", `{"servers": ["192.168.0.1:80"]}`, "192.168.0.1:80*1"},
	{"nobody", `[]`, ""},
	{"a mapped address", `["::ffff:192.168.0.1"]`, "192.168.0.1:0*1"},
	{"weight 0", `[{"addr": "192.168.0.1:80", "weight": 0}]`, "192.168.0.1:80*0"},

	{"no list", `"192.168.0.1:80"`, `! want a list of servers such as`},
	{"another object", `{"nodes": []}`, `! or an object with it as its one field "servers"`},
	{"an object with more", `{"servers": [], "more": 1}`, `! its one field "servers"`},
	{"a name", `["192.168.0.1:80", "web1:80"]`, `! entry 2: want an address such as "192.168.0.1:80", "[2001:db8::1]:80" or one without a port, got "web1:80": names are not resolved`},
	{"an address with a zone", `["fe80::1%eth0"]`, `! entry 1: want an address`},
	{"a number", `[7]`, `! entry 1: want "192.168.0.1:80" or {"addr": "192.168.0.1:80"}, got 7`},
	{"a null", `[null]`, `! entry 1: want "192.168.0.1:80"`},
	{"a misspelt field", `[{"addr": "192.168.0.1:80", "wieght": 1}]`, `! entry 1: unknown field "wieght"; there are addr, port, weight and name`},
	{"no address", `[{"weight": 1}]`, `! entry 1: want a field addr`},
	{"a weight that is none", `[{"addr": "192.168.0.1:80", "weight": 1.5}]`, `! entry 1: field weight: want a whole number from 0 to 2147483647, got 1.5`},
	{"a weight that is a text", `[{"addr": "192.168.0.1:80", "weight": "3"}]`, `! entry 1: field weight: want a whole number`},
	{"two ports", `[{"addr": "192.168.0.1:80", "port": 81}]`, `! entry 1: field port: want a port from 1 to 65535 of an address that has none, got 81`},
	{"a large port", `[{"addr": "192.168.0.1", "port": 65536}]`, `! entry 1: field port`},
	{"a name that is none", `[{"addr": "192.168.0.1:80", "name": 3}]`, `! entry 1: field name: want a text, got 3`},
	{"nothing", ``, `! is empty; a list without servers is []`},
}

func TestJSONAndYAMLSayTheSame(t *testing.T) {
	for _, tt := range texts {
		for kind, parse := range map[string]func([]byte) ([]engine.Member, error){"JSON": parseJSON, "YAML": parseYAML} {
			t.Run(tt.name+" in "+kind, func(t *testing.T) { expect(t, parse, tt.json, tt.want) })
		}
	}
}

// expect parses a text and compares what comes of it with brief, or with the
// beginning or the end of the error after "! ".
func expect(t *testing.T, parse func([]byte) ([]engine.Member, error), text, want string) {
	t.Helper()
	members, err := parse([]byte(text))
	if wrong, refused := strings.CutPrefix(want, "! "); refused {
		if err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("got %v, want an error with %q", err, wrong)
		}
		return
	}
	if got := brief(members); err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestTextsOfOneFormatOnly(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"half a list", `["192.168.0.1:80", `, "! is no JSON"},
		{"two lists", `[] []`, "! something comes after the list"},
		{"a comma at the end", `["192.168.0.1:80",]`, "! is no JSON"},
		{"tabs", "[\n\t\"192.168.0.1:80\"\n]", "192.168.0.1:80*1"},
	} {
		t.Run("JSON: "+tt.name, func(t *testing.T) { expect(t, parseJSON, tt.text, tt.want) })
	}
	for _, tt := range []struct{ name, text, want string }{
		{"a block", "# web\n- 192.168.0.1:80\n- addr: 192.168.0.2\n  weight: 3\n  name: web2\n", "192.168.0.1:80*1 192.168.0.2:0*3(web2)"},
		{"an object around a block", "servers:\n- 192.168.0.1:80\n", "192.168.0.1:80*1"},
		{"an address in sixty", "- 1:80\n", "! entry 1: want "},
		{"a field twice", "- {addr: 192.168.0.1, addr: 192.168.0.2}\n", "! is no YAML"},
		{"a comment alone", "# nothing yet\n", "! is empty"},
		{"text that is none", "servers: [\n", "! is no YAML"},
		{"a document that grows", "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nservers: *c\n", "! its one field"},
	} {
		t.Run("YAML: "+tt.name, func(t *testing.T) { expect(t, parseYAML, tt.text, tt.want) })
	}
}

func TestAListIsLimited(t *testing.T) {
	if _, err := readText(strings.NewReader(strings.Repeat(" ", maxText+1))); err == nil || err.Error() != "larger than 2097152 bytes" {
		t.Errorf("got %v", err)
	}
	if text, err := readText(strings.NewReader(strings.Repeat(" ", maxText))); err != nil || len(text) != maxText {
		t.Errorf("got %d bytes, %v", len(text), err)
	}
}

func FuzzLists(f *testing.F) {
	for _, tt := range texts {
		f.Add([]byte(tt.json))
	}
	f.Add([]byte("- 192.168.0.1:80\n- addr: 192.168.0.2\n  weight: 3\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, parse := range []func([]byte) ([]engine.Member, error){parseJSON, parseYAML} {
			members, err := parse(text)
			for _, m := range members {
				if err != nil || !m.Addr.Addr().IsValid() || m.Weight < 0 || m.Addr != netip.AddrPortFrom(m.Addr.Addr().Unmap(), m.Addr.Port()) {
					t.Errorf("%+v, %v", m, err)
				}
			}
		}
	})
}
