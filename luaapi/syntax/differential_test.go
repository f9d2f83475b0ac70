package syntax

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"luavs/luaapi/vm"
)

var programs = flag.Int("programs", 2000, "how many random programs to compare with lua5.1; 40000 take some minutes")

// A program that is run by either side: what it printed, and "error" as the
// last line if it failed. Messages differ, so they are not compared.
const harness = `
io.output():setvbuf("full")
for i, file in ipairs(arg) do
	for text in io.open(file):read("*a"):gmatch("(.-)%z") do
		local f, why = loadstring(text)
		if not f then print("does not compile: " .. why)
		elseif not raw(f) then print("error") end
		io.write("\0")
	end
end
`

// reference runs the programs with Debian's Lua.
func reference(t *testing.T, texts []string) []string {
	t.Helper()
	path, err := exec.LookPath("lua5.1")
	if err != nil {
		t.Fatal("no reference to compare with: apt-get install lua5.1")
	}
	dir := t.TempDir()
	script, data := filepath.Join(dir, "harness.lua"), filepath.Join(dir, "programs")
	if err := os.WriteFile(script, []byte(prelude+more+protectedPrelude+harness), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(data, []byte(strings.Join(texts, "\x00")+"\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, script, data).Output()
	if err != nil {
		t.Fatalf("lua5.1: %v", err)
	}
	return strings.Split(string(out), "\x00")
}

// ours runs one program in a VM.
func ours(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	v := vm.New(vm.Options{Print: func(line string) { out.WriteString(line + "\n") }})
	defer v.Close(context.Background())
	run := func(name, text string) error {
		c, err := Parse(name, []byte(text))
		if err != nil {
			return err
		}
		return v.RunMain(t.Context(), c.Proto())
	}
	if err := run("prelude.lua", prelude+more+protectedPrelude); err != nil {
		t.Fatal(err)
	}
	if err := run("program.lua", text); err != nil {
		if _, mistake := err.(Errors); mistake {
			return out.String() + "does not compile: " + err.Error() + "\n"
		}
		out.WriteString("error\n")
	}
	return out.String()
}

// TestRandomProgramsDoWhatLua51Does compares -programs programs. What differs by
// intent (TestKnownDifferences), the generator keeps out of them, and
//   - gopher-lua shares the constants 0 and -0, and Go's "not a number" has another
//     sign than C's: S hides the sign of both, and nothing is divided by 0;
//   - # of a table with nil inside: either answer is right by the manual;
//   - messages, and how deep functions may call each other.
func TestRandomProgramsDoWhatLua51Does(t *testing.T) {
	texts := make([]string, *programs)
	for i := range texts {
		texts[i] = generate(i)
	}
	want := reference(t, texts)
	if len(want) != len(texts)+1 {
		t.Fatalf("lua5.1 answered %d of %d programs", len(want)-1, len(texts))
	}
	var bad []int
	shortest := ""
	for i, text := range texts {
		if got := ours(t, text); got != want[i] {
			bad = append(bad, i)
			report := fmt.Sprintf("program %d\n%s\n--- lua5.1:\n%s\n--- here:\n%s", i, text, want[i], got)
			if shortest == "" || len(report) < len(shortest) {
				shortest = report
			}
		}
	}
	if len(bad) > 0 {
		t.Errorf("%d of %d programs differ: %v; the shortest is %s", len(bad), len(texts), bad, shortest)
	}
}
