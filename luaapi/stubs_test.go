package luaapi

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/syntax"
	"luavs/luaapi/vm"
)

// stubText returns the text of all definition files, each of which must be Lua,
// but for that of the names which there are after require "keepalived".
func stubText(t *testing.T) string {
	t.Helper()
	all, err := Stubs()
	if err != nil || len(all) < 5 {
		t.Fatal(len(all), err)
	}
	var text []byte
	for _, file := range slices.Sorted(maps.Keys(all)) {
		if _, err := syntax.Parse(file, all[file]); err != nil {
			t.Error(err)
		}
		if file != "keepalived.d.lua" {
			text = append(text, all[file]...)
		}
	}
	return string(text)
}

// registered lists the functions that a policy can call and plain Lua cannot: "on",
// "check.tcp".
func registered(t *testing.T) []string {
	plain := map[string]bool{}
	vm.New(vm.Options{}).State().G.Global.ForEach(func(k, _ lua.LValue) { plain[k.String()] = true })
	var names []string
	usesTheLibrary := "on('start', require)" // which is run when it is first used, and may use all modules
	for _, name := range Library() {
		if module, _, _ := strings.Cut(name, "."); module == "policy" || module == "check" {
			usesTheLibrary += "\nprint(" + name + ")"
		}
	}
	load(t, "policy.lua", usesTheLibrary, Options{}).rt.vm.State().G.Global.ForEach(func(k, v lua.LValue) {
		module, ok := v.(*lua.LTable)
		switch {
		case plain[k.String()]:
		case ok:
			module.ForEach(func(f, v lua.LValue) {
				if v.Type() == lua.LTFunction {
					names = append(names, k.String()+"."+f.String())
				}
			})
		default:
			names = append(names, k.String())
		}
	})
	slices.Sort(names)
	return names
}

func TestEachGlobalHasAStubAndTheOtherWayRound(t *testing.T) {
	var stubbed []string
	for _, m := range regexp.MustCompile(`(?m)^function ([a-z0-9_.]+)\(`).FindAllStringSubmatch(stubText(t), -1) {
		stubbed = append(stubbed, m[1])
	}
	slices.Sort(stubbed)
	if diff := cmp.Diff(registered(t), stubbed); diff != "" {
		t.Errorf("registered (-) and stubbed (+):\n%s", diff)
	}
}

// stubbedClass lists the fields and methods of a class in the stubs.
func stubbedClass(t *testing.T, class string) []string {
	t.Helper()
	_, text, ok := strings.Cut(stubText(t), "---@class luavs."+class+"\n")
	if !ok {
		t.Fatalf("no class luavs.%s", class)
	}
	text, _, _ = strings.Cut(text, "---@class")
	text, _, _ = strings.Cut(text, "\n-- ---")
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^(?:---@field ([a-z_]+)|function `+class+`:([a-z_]+)\()`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1]+m[2])
	}
	slices.Sort(names)
	return names
}

func classNames[T any](c *class[T]) []string { return slices.Sorted(slices.Values(c.names())) }

// viewNames lists the names that a view of a struct has.
func viewNames(v any) []string {
	var names []string
	t := reflect.TypeOf(v)
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			names = append(names, snake(f.Name))
		}
	}
	for i := range t.NumMethod() {
		if name := t.Method(i).Name; name != "String" {
			names = append(names, snake(name))
		}
	}
	return slices.Sorted(slices.Values(names))
}

func TestEachFieldOfAnObjectHasAStubAndTheOtherWayRound(t *testing.T) {
	o := newObjects()
	for class, names := range map[string][]string{
		"VirtualServer": classNames(o.services),
		"RealServer":    classNames(o.servers),
		"Event":         classNames(o.events),
		"Job":           classNames(o.jobs),
		"Task":          classNames(o.tasks),
		"Handler":       classNames(o.handlers),
		"EventResult":   viewNames(eventResult{}),
		"CheckState":    viewNames(checkState{}),
		"Difference":    viewNames(difference{}),
		"SourceState":   viewNames(sourceState{}),
	} {
		if diff := cmp.Diff(names, stubbedClass(t, class)); diff != "" {
			t.Errorf("%s: has (-) and stubbed (+):\n%s", class, diff)
		}
	}
}

func TestEachCauseOfAFailHasAStub(t *testing.T) {
	var causes []string
	for _, c := range checks.FailCauses() {
		causes = append(causes, string(c))
	}
	slices.Sort(causes)
	if diff := cmp.Diff(causes, stubbedClass(t, "FallByCause")); diff != "" {
		t.Errorf("FallByCause: causes (-) and stubbed (+):\n%s", diff)
	}
}

// TestEachFieldOfADeclarationHasAStub compares the fields that are read with
// those of the stubs: a field with a wrong name makes the reader tell which it
// knows.
func TestEachFieldOfADeclarationHasAStub(t *testing.T) {
	for class, src := range map[string]string{
		"ServiceFields": `virtual_server { fwmark = 1, %s = known }`,
		"Isolation":     `isolation { %s = known }`,
		"MaxChange":     `virtual_server { fwmark = 1, max_change = { "1%", %s = known } }`,
		"ServerFields":  `virtual_server "10.0.0.1:80" { real_server "192.168.0.1:80" { %s = known } }`,
		"CheckFields":   `check.tcp { %s = known }`,
		"Limits":        `limits { %s = known }`,

		"FileSourceFields: luavs.SourceFields": `source.file { %s = known }`,
		"DNSSourceFields: luavs.SourceFields":  `source.dns { %s = known }`,
		"HTTPSourceFields: luavs.SourceFields": `source.http { %s = known }`,
		"SourceFields":                         `source.dns { %s = known }`,

		"HTTPCheckFields": `check.http { %s = known }`,
		"TLSFields":       `check.https { %s = known }`,
		"GRPCCheckFields": `check.grpc { %s = known }`,
		"TCPCheckFields: luavs.CheckFields, luavs.Step":         `check.tcp { %s = known }`,
		"TLSCheckFields: luavs.TCPCheckFields, luavs.TLSFields": `check.tls { %s = known }`,
		"Step": `check.tcp { steps = { { %s = known } } }`,
		"UDPCheckFields: luavs.CheckFields, luavs.Step": `check.udp { %s = known }`,
		"DNSCheckFields: luavs.CheckFields":             `check.dns { %s = known }`,
		"ICMPCheckFields: luavs.CheckFields":            `check.icmp { %s = known }`,
	} {
		for _, name := range stubbedClass(t, class) {
			_, err := Load(t.Context(), "policy.lua", []byte("known = function() end\n"+strings.Replace(src, "%s", name, 1)), Options{Log: quiet})
			if err != nil && strings.Contains(err.Error(), "unknown field") {
				t.Errorf("%s: %v", class, err)
			}
		}
	}
}
