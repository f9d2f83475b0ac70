package state

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"luavs/engine"
	"luavs/ipvs"
)

var write = flag.Bool("write", false, "make the state.db of a folder of testdata that has none")

// era is a folder of testdata: a state.db as a version of LuaVS has written it, and
// what was in it. It never changes. Fields that come later have a folder of their
// own, whose state.db this test makes with -write.
type era struct {
	dir      string
	services map[ipvs.ServiceKey]*engine.Kept
	values   map[string]value // by POLICY NUL NAME
}

func eras(t *testing.T) (all []era) {
	t.Helper()
	dirs, err := filepath.Glob("testdata/v*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no files of earlier versions: %v", err)
	}
	for _, dir := range dirs {
		e := era{dir: dir}
		strictly(t, filepath.Join(dir, "services.json"), &e.services)
		strictly(t, filepath.Join(dir, "values.json"), &e.values)
		all = append(all, e)
	}
	return all
}

// strictly reads a file of JSON of which each name must be known.
func strictly(t *testing.T, path string, into any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v; a name that was ever written stays", path, err)
	}
}

func TestWhatEarlierVersionsWroteIsRead(t *testing.T) {
	for _, e := range eras(t) {
		t.Run(filepath.Base(e.dir), func(t *testing.T) {
			if *write {
				e.write(t)
			}
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(e.dir)); err != nil {
				t.Fatal(err)
			}
			s := open(t, dir)
			if diff := cmp.Diff(e.services, s.Recall(), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
				t.Errorf("services (-want +got):\n%s", diff)
			}
			got := map[string]value{}
			for policy, v := range s.Store.values {
				for name, one := range v.all {
					got[policy+"\x00"+name] = one
				}
			}
			if diff := cmp.Diff(e.values, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

// write makes the state.db of an era that has none.
func (e era) write(t *testing.T) {
	path := filepath.Join(e.dir, fileName)
	if _, err := os.Stat(path); err == nil {
		return
	}
	dir := t.TempDir()
	s := open(t, dir)
	for key, k := range e.services {
		s.Keep(key, k)
	}
	for place, v := range e.values {
		policy, name, _ := strings.Cut(place, "\x00")
		if err := s.Values(policy).Set(name, v.JSON, v.Expires); err != nil {
			t.Fatal(err)
		}
	}
	s.end()
	text, err := os.ReadFile(filepath.Join(dir, fileName))
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A field that no era has could get another name without a test that fails.
func TestEachFieldThatIsKeptIsOfAnEra(t *testing.T) {
	set := map[string]bool{}
	for _, e := range eras(t) {
		for _, k := range e.services {
			fields(reflect.ValueOf(k), set)
		}
		for _, v := range e.values {
			fields(reflect.ValueOf(v), set)
		}
	}
	for name, ok := range set {
		if !ok {
			t.Errorf("%s is in no services.json: make another folder of testdata, with that field", name)
		}
	}
	if len(set) < 40 {
		t.Errorf("%d fields", len(set))
	}
}

// fields notes the fields of what v holds, and whether they are set anywhere.
func fields(v reflect.Value, set map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fields(v.Elem(), set)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields(v.Index(i), set)
		}
	case reflect.Struct:
		switch v.Interface().(type) {
		case time.Time, netip.AddrPort:
			return
		}
		for i := range v.NumField() {
			name := fmt.Sprintf("%v.%s", v.Type(), v.Type().Field(i).Name)
			set[name] = set[name] || !v.Field(i).IsZero()
			fields(v.Field(i), set)
		}
	}
}
