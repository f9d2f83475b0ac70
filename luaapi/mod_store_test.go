package luaapi

import (
	"strings"
	"testing"
	"time"
)

func TestStore(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "what was set is there", script: `
print(store.set("n", 7), store.get("n"))
print(store.set("t", { name = "web", list = { 1, 2 } }))
print(json.encode(store.get("t")))
print(store.set("n", false), store.get("n"), store.get("n", "default"))`,
			want: "true\t7\ntrue\n{\"list\":[1,2],\"name\":\"web\"}\ntrue\tfalse\tfalse"},
		{name: "what was not is the default", script: `print(store.get("x"), store.get("x", 3), store.delete("x"))`, want: "nil\t3\tfalse"},
		{name: "a deleted one is gone", script: `store.set("x", 1) print(store.delete("x"), store.get("x"), store.delete("x"))`, want: "true\tnil\tfalse"},
		{name: "names are sorted, and taken by their beginning", script: `
for _, n in ipairs { "b/2", "a", "b/1" } do store.set(n, 1) end
print(table.concat(store.keys(), " "), table.concat(store.keys("b/"), " "), #store.keys("c"))`,
			want: "a b/1 b/2\tb/1 b/2\t0"},
		{name: "what is kept is a copy", script: `
local t = { n = 1 }
store.set("t", t)
t.n = 2
store.get("t").n = 3
print(store.get("t").n)`, want: "1"},
		{name: "null stays null", script: `store.set("t", { x = json.null }) print(store.get("t").x == json.null)`, want: "true"},
		{name: "what has no JSON form is not kept", script: `print(store.set("f", print)) print(store.set("t", { a = { print } }))`,
			want: "nil\tvalue: a function has no JSON form\nnil\tvalue.a[1]: a function has no JSON form"},
		{name: "what is too large is not kept", script: `
print(store.set(string.rep("n", 257), 1))
print(store.set("x", string.rep("x", 65535)))
for i = 1, 15 do assert(store.set("x" .. i, string.rep("x", 65534))) end
print(store.set("x16", string.rep("x", 65534)))`,
			want: "nil\tthe name is 257 bytes long, want at most 256\n" +
				"nil\tthe value is 65537 bytes long as JSON, want at most 65536\n" +
				"nil\tthe values of this policy would be 1049639 bytes long, want at most 1048576: delete some, or give them a ttl"},
		{name: "a name is text", script: `store.get(1)`, err: "store.get: argument 1: want a string, got 1"},
		{name: "there is a name", script: `print(store.set("", 1))`, want: "nil\ta value needs a name"},
		{name: "nil is no value", script: `store.set("x", nil)`, err: "store.set: argument 2: there is no value; store.delete(name) forgets one"},
		{name: "unknown options are refused", script: `store.set("x", 1, { tll = 3 })`, err: `store.set: unknown field "tll" (did you mean "ttl"?)`},
		{name: "no time is no ttl", script: `store.set("x", 1, { ttl = 0 })`, err: "store.set: field \"ttl\""},
	})
}

func TestStoreWhileLoading(t *testing.T) {
	runScripts(t, func(b *bench) { b.rt.loading.Store(true) }, []scriptCase{
		{name: "it can be read", script: `print(store.get("x", 1), #store.keys())`, want: "1\t0"},
		{name: "set waits", script: `store.set("x", 1)`, err: "store.set: a policy only declares while it loads"},
		{name: "delete waits", script: `store.delete("x")`, err: "store.delete: a policy only declares while it loads"},
	})
}

func TestStoreNeedsTheDaemon(t *testing.T) {
	for _, call := range []string{`store.get("x")`, `store.set("x", 1)`, `store.delete("x")`, `store.keys()`} {
		err := Exec(t.Context(), "script", []byte(call), Options{})
		if err == nil || !strings.Contains(err.Error(), "needs the daemon") {
			t.Errorf("%s: got %v", call, err)
		}
	}
}

func TestStoreOutlivesAReload(t *testing.T) {
	inForce(t, `on("start", function() store.set("n", 7) store.set("short", 1, { ttl = "1m" }) end)`, func(l *live) {
		l.pass(time.Second)
		old := l.policy
		l.load(`local n = store.get("n") on("reload", function() store.set("seen", n) end)`)
		l.pass(time.Second)
		l.expect("kept", l.lua(`return store.get("n"), store.get("seen"), store.get("short")`), "7 7 1")
		l.pass(time.Minute)
		l.expect("after a minute", l.lua(`return store.get("n"), store.get("short", "gone")`), "7 gone")

		if !old.rt.handle.Over() {
			t.Error("the old policy is in force still")
		}
		l.policy.rt.handle, old.rt.handle = old.rt.handle, l.policy.rt.handle
		l.expect("of a replaced policy", l.lua(`return store.set("n", 8)`), "test:1: store.set: this policy is not in force any more")
		l.expect("of a replaced policy", l.lua(`return store.delete("n")`), "test:1: store.delete: this policy is not in force any more")
		l.policy.rt.handle, old.rt.handle = old.rt.handle, l.policy.rt.handle
		l.expect("what it tried", l.lua(`return store.get("n")`), "7")
	})
}
