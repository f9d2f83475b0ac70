package luaapi

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"luavs/ipvs"
)

// inFolder makes the files of a txtar archive those beside the policy.
func inFolder(t *testing.T, archive string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(f.Name), 0o755), os.WriteFile(f.Name, f.Data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRequireRunsAFileOnceAndReturnsItsValue(t *testing.T) {
	const files = `
-- farm.lua --
print("farm is run")
local name = ...
local sizes = require "lib.sizes"
return { name = name, size = sizes.small }
-- lib/sizes.lua --
return { small = 2 }
-- nothing.lua --
local x = 1
`
	inFolder(t, files)
	for _, tt := range []struct{ code, want string }{
		{`return require("farm").name`, "farm is run, farm"},
		{`return require("farm").size`, "farm is run, 2"},
		{`return require("farm") == require("farm")`, "farm is run, true"},
		{`return require("nothing")`, "true"},
		{`return require("json") == json`, "true"},
		{`return require("policy.standard") == policy.standard`, "true"},
	} {
		var got []string
		o := Options{Log: quiet, Kernel: ipvs.NewMemory(), Print: func(line string) { got = append(got, line) }}
		code := "print((function() " + tt.code + " end)())"
		if err := Exec(t.Context(), "script.lua", []byte(code), o); err != nil {
			t.Errorf("%s: unexpected error: %v", tt.code, err)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: got %q, want %q", tt.code, got, tt.want)
		}
	}
}

func TestMistakesWithRequiredFiles(t *testing.T) {
	for _, tt := range []struct{ name, policy, files, want string }{
		{"a file that is not there", `require "farm"`, ``,
			`policy.lua:1: require "farm": there is no file farm.lua (nor is it part of LuaVS; luavs lib lists what is)`},
		{"a path", `require "../farm"`, ``, `policy.lua:1: require: want the name of a module`},
		{"a file name", `require "farm.lua"`, ``, `policy.lua:1: require: want the name of a module`},
		{"a syntax error", `require "lib.farm"`, "-- lib/farm.lua --\nlocal x = {\n",
			`lib/farm.lua:1: `},
		{"a run-time error", `require "farm"`, "-- farm.lua --\n\nerror('no farm')\n", `farm.lua:2: no farm`},
		{"an unknown field", `require "farm"`, "-- farm.lua --\nvirtual_server '10.0.0.1:80' {\n  sheduler = 'rr',\n}\n",
			`farm.lua:2: unknown field "sheduler" (did you mean "scheduler"?)`},
		{"a name that is not defined, in a function nobody calls", `on("start", print) require "farm"`, "-- farm.lua --\nlocal function f()\n  return prnt\nend\n",
			`farm.lua:2: undefined name "prnt" (did you mean "print"?)`},
		{"a field that is written twice", `on("start", print) require "farm"`, "-- farm.lua --\nlocal t = { a = 1,\n  a = 2 }\n",
			`farm.lua:2: field "a" is in this table already, in line 1`},
		{"a circle", `require "a"`, "-- a.lua --\nrequire 'b'\n-- b.lua --\nrequire 'a'\n",
			`b.lua:1: require "a": needs itself: a -> b -> a`},
		{"a file that needs itself", `require "a"`, "-- a.lua --\nrequire 'a'\n", `a.lua:1: require "a": needs itself: a -> a`},
		{"a service of another file again", "require 'farm'\nvirtual_server '10.0.0.1:80' { real_server '192.168.0.1:80' }",
			"-- farm.lua --\nvirtual_server '10.0.0.1:80' { real_server '192.168.0.1:80' }\n",
			`policy.lua:2: virtual_server tcp 10.0.0.1:80 is declared already, in line 1 of farm.lua`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inFolder(t, tt.files)
			p, err := Load(t.Context(), "policy.lua", []byte(tt.policy), Options{Log: quiet})
			if err == nil {
				p.Close(context.Background())
				t.Fatal("was accepted")
			}
			if list := err.(*Mistakes).List; len(list) != 1 || !strings.HasPrefix(list[0].String(), tt.want) {
				t.Errorf("got:\n%v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestEachPolicyHasItsOwnCopyOfARequiredFile(t *testing.T) {
	inFolder(t, "-- state.lua --\nreturn { n = 0 }\n")
	for range 2 {
		load(t, "policy.lua", `on("start", print) local s = require "state" assert(s.n == 0) s.n = 1`, Options{})
	}
}

func TestFilesAreRequiredWhileThePolicyLoads(t *testing.T) {
	inForce(t, `local cached = require "policy.parts"`, func(l *live) {
		l.expect("what is there", l.lua(`return require("policy.parts") ~= nil`), "true")
		if got := l.lua(`return require("farm")`); !strings.Contains(got, "files are read while the policy loads") {
			t.Errorf("got %q", got)
		}
	})
}
