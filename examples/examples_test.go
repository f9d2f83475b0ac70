// Package examples holds policies to start from. Its tests load each, compare
// what it would do on an empty kernel with its plan.golden, and play the
// quickstart through. The ones that need a network are run in the lab of
// cmd/luavs.
package examples

import (
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"luavs/engine"
	"luavs/ipvs"
	"luavs/luaapi"
	"luavs/luaapi/reload"
)

var update = flag.Bool("update", false, "write the golden plans anew")

func TestPlansAreAsInTheirGoldenFiles(t *testing.T) {
	policies, err := filepath.Glob("*/policy.lua")
	if err != nil || len(policies) < 4 {
		t.Fatalf("found %v: %v", policies, err)
	}
	for _, file := range policies {
		t.Run(filepath.Dir(file), func(t *testing.T) {
			golden := filepath.Join(filepath.Dir(file), "plan.golden")
			got := planOf(t, file)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the plan differs (-want +got):\n%s", diff)
			}
		})
	}
}

// planOf returns the steps of a policy on an empty kernel with all servers up.
func planOf(t *testing.T, file string) string {
	t.Helper()
	loaded, err := reload.Load(t.Context(), []string{file}, luaapi.Options{
		Allow:  luaapi.Permissions{Programs: luaapi.Programs{Allowed: true}},
		Kernel: ipvs.NewMemory(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer loaded[0].Close(t.Context())
	config := loaded[0].Config()
	steps, err := engine.Preview(t.Context(), config, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	steps = append(engine.PreviewPaths(nil, engine.PathMarks, config), steps...)
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}

func TestEachExampleHasItsLineInTheList(t *testing.T) {
	list, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	folders, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.IsDir() && !strings.Contains(string(list), "| ["+f.Name()+"]("+f.Name()+"/") {
			t.Errorf("README.md does not list %s", f.Name())
		}
	}
	for _, part := range strings.Split(string(list), "](")[1:] {
		link, _, _ := strings.Cut(part, ")")
		if _, err := os.Stat(link); errors.Is(err, os.ErrNotExist) {
			t.Errorf("README.md names %s, which is not there", link)
		}
	}
}
