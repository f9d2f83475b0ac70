package luaapi

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"luavs/ipvs"
	"luavs/luaapi/vm"
)

// pieces are what jumbled programs are made of, besides lines of real policies.
var pieces = []string{
	"while true do", "for i = 1, 1e9 do", "repeat", "until false", "if x then", "else", "end", "end)", "})", "}", "{", "(", ")", ",", "local x =", "return",
	"function f(...)", "pcall(function()", "coroutine.wrap(function()", "setmetatable({}, {__index = function(t, k) return t[k] end})", "error({})", "error(nil)",
	"('x'):rep(1e9)", "('a'):rep(1000):find('.-.-.-b')", "string.format('%99.99f', 1e308)", "t[#t + 1] = t", "f(f, f)", "virtual_server", `"10.0.0.1:80"`, "real_server",
	"policy = function(vs) return vs end", "every('1s', f)", "cron('* * * * *', f)", "on('down', f)", "check.lua { f }", "check.http {}", "spawn(f)", "sleep(1)",
	"require 'policy.standard'", "data.load 'x.json'", "check.define('x', {}, f)", "_G[k] = v", "goto a", "::a::", "math.huge", "-nan", "0/0", "nil", "[[", "]]", "--[[", "#", "..", "...",
}

// jumble makes a program of lines of policies and pieces, which is always the
// same for a number.
func jumble(lines []string, number uint64) string {
	r := rand.New(rand.NewPCG(number, 5))
	var b strings.Builder
	for range 1 + r.IntN(30) {
		if r.IntN(3) == 0 {
			b.WriteString(lines[r.IntN(len(lines))])
		} else {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		b.WriteString([]string{" ", "\n"}[r.IntN(2)])
	}
	return b.String()
}

// FuzzLoad throws texts at the loader, which neither panics nor takes much
// longer than its budget, and tells what is wrong in mistakes that have a text.
func FuzzLoad(f *testing.F) {
	var lines []string
	paths, err := filepath.Glob("testdata/*/*.lua")
	if err != nil || len(paths) < 50 {
		f.Fatal(len(paths), err)
	}
	for _, path := range paths {
		seed, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		text := string(seed)
		f.Add(text, uint64(0))
		lines = append(lines, strings.Split(text, "\n")...)
	}
	for i := range uint64(300) {
		f.Add("", i+1)
	}
	const budget = 20 * time.Millisecond
	f.Fuzz(func(t *testing.T, text string, number uint64) {
		if number > 0 {
			text += jumble(lines, number)
		}
		o := Options{Log: quiet, Kernel: ipvs.NewMemory(), VM: vm.Options{LoadBudget: budget, Limits: vm.Limits{Budget: budget}}}
		began := time.Now()
		p, err := Load(t.Context(), "nowhere/policy.lua", []byte(text), o)
		if d := time.Since(began); d > 10*time.Second {
			t.Errorf("took %v:\n%s", d, text)
		}
		if err == nil {
			if err := p.Close(context.Background()); err != nil {
				t.Error(err)
			}
			return
		}
		var mistakes *Mistakes
		if !errors.As(err, &mistakes) || len(mistakes.List) == 0 {
			t.Fatalf("%v is no mistake:\n%s", err, text)
		}
		for _, m := range mistakes.List {
			if m.Text == "" || strings.Contains(m.Text, "internal error") || strings.Contains(m.Text, "goroutine ") {
				t.Errorf("%#v:\n%s", m, text)
			}
		}
	})
}
