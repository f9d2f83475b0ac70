package state

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestValuesSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	a, b := s.Values("a.lua"), s.Values("b.lua")
	a.Set("x", []byte(`{"n":1}`), time.Time{})
	a.Set("y", []byte(`2`), time.Time{})
	b.Set("x", []byte(`"other"`), time.Time{})
	a.Delete("y")
	s.end()
	s = open(t, dir)
	a, b = s.Values("a.lua"), s.Values("b.lua")
	if text, ok := a.Get("x"); !ok || string(text) != `{"n":1}` {
		t.Errorf("got %s, %v", text, ok)
	}
	if text, ok := b.Get("x"); !ok || string(text) != `"other"` {
		t.Errorf("got %s, %v", text, ok)
	}
	if got := a.Names(""); !slices.Equal(got, []string{"x"}) {
		t.Errorf("got %v", got)
	}
}

func TestValuesExpire(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, dir)
		v := s.Values("a.lua")
		v.Set("short", []byte("1"), time.Now().Add(time.Minute))
		v.Set("long", []byte("1"), time.Now().Add(time.Hour))
		v.Set("good", []byte("1"), time.Time{})
		there := func(when string, v *Values, want ...string) {
			t.Helper()
			var got []string
			for _, name := range []string{"good", "long", "short"} {
				if _, ok := v.Get(name); ok {
					got = append(got, name)
				}
			}
			if !slices.Equal(got, want) || !slices.Equal(v.Names(""), want) {
				t.Errorf("%s: got %v and %v, want %v", when, got, v.Names(""), want)
			}
		}
		there("at first", v, "good", "long", "short")
		time.Sleep(time.Minute)
		there("after a minute", v, "good", "long")
		v.Set("long", []byte("1"), time.Now().Add(2*time.Hour))
		s.end()
		time.Sleep(time.Hour)
		s = open(t, dir)
		there("an hour later, after a restart", s.Values("a.lua"), "good", "long")
		s.end()
		time.Sleep(time.Hour)
		s = open(t, dir)
		there("another hour later", s.Values("a.lua"), "good")
		s.end()
	})
}

func TestValuesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := Volatile().Values("a.lua")
		refused := func(name string, size int, want string) {
			t.Helper()
			if err := v.Set(name, []byte(strings.Repeat("1", size)), time.Time{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		}
		refused("", 1, "needs a name")
		refused(strings.Repeat("n", MaxName+1), 1, "the name is 257 bytes long")
		refused("n", MaxValue+1, "the value is 65537 bytes long")

		full := 0
		for ; ; full++ {
			err := v.Set(fmt.Sprint(full), make([]byte, MaxValue), time.Now().Add(time.Minute))
			if err != nil {
				break
			}
		}
		if full != 15 { // of 64 KiB and a little each in 1 MiB
			t.Errorf("%d values fit", full)
		}
		refused("more", MaxValue, "delete some, or give them a ttl")
		if err := v.Set("0", make([]byte, MaxValue), time.Now().Add(time.Hour)); err != nil {
			t.Errorf("another value in the place of one: %v", err)
		}
		time.Sleep(time.Minute)
		if err := v.Set("more", make([]byte, MaxValue), time.Time{}); err != nil {
			t.Errorf("what has expired makes room: %v", err)
		}
		if got := v.Names(""); !slices.Equal(got, []string{"0", "more"}) {
			t.Errorf("got %v", got)
		}
	})
}

// Deleting and replacing give back all the room that a value took.
func TestValuesGiveRoomBack(t *testing.T) {
	v := Volatile().Values("a.lua")
	for i := range 1000 {
		if err := v.Set("name", make([]byte, i), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 && !v.Delete("name") {
			t.Fatal("was not there")
		}
	}
	if v.Delete("name"); v.size != 0 || v.Delete("name") {
		t.Errorf("size %d after all is deleted", v.size)
	}
}

func TestValuesOfPoliciesThatAreGoneGo(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	s.Values("a.lua").Set("x", []byte("1"), time.Time{})
	s.Values("b.lua").Set("x", []byte("1"), time.Time{})
	s.KeepOnly([]string{"b.lua"})
	s.end()
	s = open(t, dir)
	if a, b := s.Values("a.lua").Names(""), s.Values("b.lua").Names(""); len(a) != 0 || len(b) != 1 {
		t.Errorf("got %v and %v", a, b)
	}
}

func TestNamesTakeAPrefix(t *testing.T) {
	v := Volatile().Values("a.lua")
	for _, name := range []string{"b/2", "a/1", "b/1"} {
		v.Set(name, []byte("1"), time.Time{})
	}
	if got := v.Names("b/"); !slices.Equal(got, []string{"b/1", "b/2"}) {
		t.Errorf("got %v", got)
	}
}
