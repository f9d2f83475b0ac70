package luaapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	lua "github.com/yuin/gopher-lua"
)

func TestJSON(t *testing.T) {
	runScripts(t, nil, []scriptCase{
		{name: "values are encoded", script: `print(json.encode { b = { 1, 2.5, -3, true, json.null }, a = "x\n<é>\0" })`,
			want: `{"a":"x\n<é>\u0000","b":[1,2.5,-3,true,null]}`},
		{name: "single values", script: `print(json.encode(1e15), json.encode(2^53), json.encode(2^54), json.encode(0.1), json.encode("x"), json.encode(false), json.encode(nil))`,
			want: "1000000000000000\t9007199254740992\t1.8014398509481984e+16\t0.1\t\"x\"\tfalse\tnull"},
		{name: "pretty", script: `print(json.encode({ a = { 1 }, b = {} }, { pretty = true }))`,
			want: "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}"},
		{name: "an empty table is an object, unless it is marked", script: `print(json.encode {}, json.encode(json.array {}), json.encode(json.array { 1 }))`,
			want: "{}\t[]\t[1]"},
		{name: "values are decoded", script: `
			local v = json.decode('{"a":[1,2.5e3,"x\\u00e9",true,null,{}],"b":{"c":false}}')
			print(v.a[1], v.a[2], v.a[3], v.a[4], v.a[5] == json.null, v.a[5], #v.a, v.b.c)`,
			want: "1\t2500\txé\ttrue\ttrue\tnull\t6\tfalse"},
		{name: "what was decoded is encoded as it was", script: `print(json.encode(json.decode('{"a":[],"b":{},"c":[[],null]}')))`,
			want: `{"a":[],"b":{},"c":[[],null]}`},
		{name: "whole numbers Lua cannot hold are their digits", script: `
			local v = json.decode('[9007199254740992,9007199254740993,-18446744073709551615,123456789012345678901234567890]')
			print(v[1] == 2^53) for i = 2, 4 do print(type(v[i]), v[i]) end`,
			want: "true\nstring\t9007199254740993\nstring\t-18446744073709551615\nstring\t123456789012345678901234567890"},
		{name: "a table used twice is no cycle", script: `local t = { 1 } print(json.encode { t, t })`, want: "[[1],[1]]"},
	})
}

// What has no JSON form, and text that is none: nil and a reason with a place.
func TestJSONReasons(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`json.encode { a = { b = { 1, print } } }`, `value.a.b[2]: a function has no JSON form`},
		{`json.encode { ipvs.dest { addr = "10.0.0.1:80" } }`, `value[1]: an object has no JSON form`},
		{`json.encode(0/0)`, `value: NaN has no JSON form`},
		{`json.encode("\255")`, `value: the string "\xff" is not UTF-8`},
		{`json.encode { ["\255"] = 1 }`, `value: the string "\xff" is not UTF-8`},
		{`json.encode { 1, nil, 3 }`, `value: the list has gaps`},
		{`json.encode { [1000000] = 1 }`, `value: the list has gaps`},
		{`json.encode { 1, a = 2 }`, `value: the table has list items and names ("a")`},
		{`json.encode(json.array { a = 1 })`, `value: the table has list items and names ("a")`},
		{`json.encode { [true] = 1 }`, `value: true is no position in a list without gaps, and no name`},
		{`(function() local t = {} t.t = { t } return json.encode(t) end)()`, `value.t[1]: the table contains itself`},
		{`(function() local t = {} for i = 1, 200 do t = { t } end return json.encode(t) end)()`, `more than 100 tables inside each other`},
		{`json.encode { ("x"):rep(1e6), ("x"):rep(1e6), ("x"):rep(1e6), ("x"):rep(1e6), ("x"):rep(1e6) }`, `the text would be longer than 4194304 bytes`},

		{`json.decode("")`, `line 1, column 1: the text ends too soon`},
		{`json.decode("[1,\n 2")`, `line 2, column 3: the text ends too soon`},
		{`json.decode("[1,\n x]")`, `line 2, column 2: invalid character 'x' looking for beginning of value`},
		{`json.decode("[1,]")`, `line 1, column 4: invalid character ']'`},
		{`json.decode("{\"a\" 1}")`, `line 1, column 6: invalid character '1' after object key`},
		{`json.decode("{1:2}")`, `invalid character '1'`},
		{`json.decode("1 2")`, `more text after the value`},
		{`json.decode("[1] x")`, `line 1, column 5: invalid character 'x'`},
		{`json.decode("{\"a\":1,\n\"a\":2}")`, `line 2, column 4: the name "a" comes twice in one object`},
		{`json.decode("\"\255\"")`, `line 1, column 2: not UTF-8`},
		{`json.decode("1e999")`, `the number 1e999 is too large`},
		{`json.decode(("["):rep(200))`, `line 1, column 102: more than 100 arrays and objects inside each other`},
		{`json.decode("[" .. ("0,"):rep(300000) .. "0]")`, `more than 262144 values`},
	} {
		t.Run(c.script, func(t *testing.T) {
			got := newBench(t).must(t, `local v, why, more = `+c.script+` print(v == nil and more == nil, why)`)
			if !strings.HasPrefix(got, "true\t") || !strings.Contains(got, c.want) {
				t.Errorf("printed %.200s\nwant nil and %s", got, c.want)
			}
		})
	}
}

func TestTextThatIsTooLongForJSON(t *testing.T) {
	b := newBench(t)
	codec := newJSONCodec(b.rt.vm.State())
	_, err := codec.decode(b.rt.vm.State(), strings.Repeat(" ", maxJSON)+"1")
	if err == nil || !strings.Contains(err.Error(), "want at most 4194304") {
		t.Errorf("error %v, want one about the limit", err)
	}
}

// Any text: no panic, and what is accepted is what encoding/json accepts and
// survives a round trip.
func FuzzJSONDecode(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e-3,"x\u00e9\ud800",true,null,{}]}`, `[[],{}]`, `"\ud83d\ude00"`, `9007199254740993`, `-0`, `{"":{"":1}}`, `[1,]`, ` 1 `, "\"\xff\"", `{"a":1,"a":2}`} {
		f.Add(s)
	}
	L := lua.NewState()
	defer L.Close()
	codec := newJSONCodec(L)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := codec.decode(L, text)
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("decode(%q): the reason %q is not one line", text, err)
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("decode(%q) = %v, but it is not JSON", text, v)
		}
		again, err := codec.encode(v, false)
		if err != nil {
			t.Fatalf("encode of decode(%q): %v", text, err)
		}
		if !json.Valid([]byte(again)) {
			t.Fatalf("encode of decode(%q) = %q is not JSON", text, again)
		}
		second, err := codec.decode(L, again)
		if err != nil {
			t.Fatalf("decode(%q), of %q: %v", again, text, err)
		}
		if third, _ := codec.encode(second, false); third != again {
			t.Errorf("%q becomes %q and then %q", text, again, third)
		}
	})
}

// Any string and number survives as it is.
func FuzzJSONEncode(f *testing.F) {
	f.Add("key", "a\x00\"\\\u2028<", 0.1)
	f.Add("", "\xff", 1e308)
	L := lua.NewState()
	defer L.Close()
	codec := newJSONCodec(L)
	f.Fuzz(func(t *testing.T, key, text string, n float64) {
		v := L.NewTable()
		v.RawSetString(key, lua.LString(text))
		v.RawSetString(key+"n", lua.LNumber(n))
		out, err := codec.encode(v, true)
		if err != nil {
			return
		}
		back, err := codec.decode(L, out)
		if err != nil {
			t.Fatalf("decode(%q): %v", out, err)
		}
		got := []lua.LValue{back.(*lua.LTable).RawGetString(key), back.(*lua.LTable).RawGetString(key + "n")}
		if diff := cmp.Diff([]lua.LValue{lua.LString(text), lua.LNumber(n)}, got); diff != "" && !digits(got[1]) {
			t.Errorf("%q (-want +got):\n%s", out, diff)
		}
	})
}

// digits tells whether a number came back as its digits.
func digits(v lua.LValue) bool {
	s, ok := v.(lua.LString)
	return ok && len(s) >= 16
}
