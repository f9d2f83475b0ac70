package reload

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"luavs/engine"
	"luavs/ipvs"
)

// declares is a config with a service 10.0.0.N:80 for each digit.
func declares(name, digits string) engine.Config {
	c := engine.Config{Name: name}
	for _, n := range digits {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(n - '0')}), 80)
		c.Services = append(c.Services, engine.Service{Spec: ipvs.Service{ServiceKey: ipvs.AddrKey(ipvs.TCP, addr)}})
	}
	return c
}

// chosen makes a choice: of what is in force, "a=12 b=3", and what files say then,
// "a=1 b=! c=-", where ! is a mistake and - that the file is gone. It returns what
// is to be put in force, what is wrong and what waits: "a !b ?c".
func chosen(now, next string) (string, *choice) {
	c := &choice{now: map[string]engine.Config{}, next: map[string]engine.Config{}, wrong: map[string]error{}, waits: map[string]error{}}
	for word := range strings.FieldsSeq(now) {
		file, digits, _ := strings.Cut(word, "=")
		c.now[file] = declares(file, digits)
	}
	for word := range strings.FieldsSeq(next) {
		switch file, says, _ := strings.Cut(word, "="); says {
		case "!":
			c.wrong[file] = errors.New("mistake")
		case "-":
			c.next[file] = engine.Config{}
		default:
			c.next[file] = declares(file, says)
		}
	}
	c.settle()
	words := slices.Collect(maps.Keys(c.next))
	for file := range c.wrong {
		words = append(words, "!"+file)
	}
	for file := range c.waits {
		words = append(words, "?"+file)
	}
	slices.SortFunc(words, func(a, b string) int { return strings.Compare(strings.Trim(a, "!?"), strings.Trim(b, "!?")) })
	return strings.Join(words, " "), c
}

func TestWhatIsPutInForceTogether(t *testing.T) {
	for _, tt := range []struct{ name, now, next, want string }{
		{"nothing", "a=1", "", ""},
		{"another text", "a=1", "a=1", "a"},
		{"something new and something less", "a=12", "a=23", "a"},
		{"a service moves", "a=12 b=3", "a=1 b=32", "a b"},
		{"a service moves to a new file", "a=12", "a=1 b=2", "a b"},
		{"two files swap", "a=1 b=2", "a=2 b=1", "a b"},
		{"three files in a ring", "a=1 b=2 c=3", "a=2 b=3 c=1", "a b c"},
		{"a file gets another name", "a=12", "a=- b=12", "a b"},
		{"a file is split", "a=12", "a=- b=1 c=2", "a b c"},
		{"a file is gone", "a=1 b=2", "a=-", "a"},

		{"what another has", "a=1 b=2", "b=21", "!b"},
		{"what another has, which is earlier", "a=1 b=2", "a=12", "!a"},
		{"what another has that is loaded anew", "a=1 b=2", "a=12 b=2", "!a b"},
		{"two want the same", "a=1", "b=2 c=2", "b !c"},
		{"a swap that half of fails", "a=1 b=2 c=3", "a=23 b=1", "!a ?b"},
		{"one gives up what two want", "a=12 b=3", "a=1 b=32 c=2", "a b !c"},

		{"a service moves to a file with a mistake", "a=12 b=3", "a=1 b=!", "?a !b"},
		{"a service moves to a new file with a mistake", "a=12", "a=1 b=!", "?a !b"},
		{"a file with a mistake has another name", "a=1", "a=- b=!", "?a !b"},
		{"a mistake and a text that gives up nothing", "a=12 b=3", "a=124 b=!", "a !b"},
		{"a mistake and a service that has moved to a good file", "a=12 b=3 c=4", "a=1 b=! c=42", "a !b c"},
		{"a mistake and a file that is gone and taken over", "a=12 b=3", "a=- b=! c=12", "a !b c"},
		{"a mistake and a file that is taken over in part", "a=12 b=3", "a=- b=! c=1", "?a !b ?c"},
		{"a swap with a file that has a mistake", "a=1 b=2", "a=2 b=!", "?a !b"},
		{"a ring with a file that has a mistake", "a=1 b=2 c=3", "a=2 b=3 c=!", "?a ?b !c"},
		{"a file that has a mistake no more", "a=12 b=3", "a=1 b=32", "a b"},
		{"what is refused is a mistake", "a=1 b=23", "a=12 c=2 b=3", "a b !c"},
		{"what is refused holds back what is given up", "a=1 b=2 c=34", "a=12 c=3", "!a ?c"},
		{"a folder that is missing", "a=12", "a=1 folder=!", "?a !folder"},
	} {
		if got, _ := chosen(tt.now, tt.next); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestWhatIsSaidOfFilesThatWait(t *testing.T) {
	for _, tt := range []struct{ now, next, file, want string }{
		{"a=12 b=3", "a=1 b=!", "a", "a: gives up virtual server tcp 10.0.0.2:80, which may have moved to b: waits until that is mended or removed"},
		{"a=123", "a=- b=! c=!", "a", "a: is gone and gives up virtual server tcp 10.0.0.1:80 and 2 more, which may have moved to b and 1 more: waits until that is mended or removed"},
		{"a=1 b=2", "a=12 b=!", "a", "a: virtual server tcp 10.0.0.2:80 still belongs to policy b: waits until that is mended"},
	} {
		if _, c := chosen(tt.now, tt.next); fmt.Sprint(c.waits[tt.file]) != tt.want {
			t.Errorf("%s, %s: got %v, want %s", tt.now, tt.next, c.waits[tt.file], tt.want)
		}
	}
	if _, c := chosen("a=1 b=2", "b=21"); !errors.Is(c.wrong["b"], engine.ErrConflict) {
		t.Errorf("got %v", c.wrong["b"])
	}
}

// Whatever files say, what is put in force declares no service twice, and gives
// nothing up while something is wrong.
func FuzzChoices(f *testing.F) {
	f.Add("a=1 b=2 c=3", "a=23 b=! c=- d=1")
	f.Fuzz(func(t *testing.T, now, next string) {
		c := &choice{now: read3(now), next: read3(next), wrong: map[string]error{}, waits: map[string]error{}}
		if strings.Contains(next, "!") {
			c.wrong["!"] = errors.New("mistake")
		}
		var inForce []engine.Config
		for _, file := range slices.Sorted(maps.Keys(c.now)) {
			inForce = append(inForce, c.now[file])
		}
		if engine.Conflicts(inForce...) != nil {
			return
		}
		given := len(c.next)
		c.settle()
		result := maps.Clone(c.now)
		maps.Copy(result, c.next)
		owner := map[ipvs.ServiceKey]bool{}
		for file, config := range result {
			for _, s := range config.Services {
				if owner[s.Spec.ServiceKey] {
					t.Errorf("%s declares %v besides another", file, s.Spec.ServiceKey)
				}
				owner[s.Spec.ServiceKey] = true
			}
		}
		for file, config := range c.now {
			for _, s := range config.Services {
				if len(c.wrong) > 0 && !owner[s.Spec.ServiceKey] {
					t.Errorf("%v of %s is given up", s.Spec.ServiceKey, file)
				}
			}
		}
		if left := len(c.next) + len(c.wrong) + len(c.waits); left < given {
			t.Errorf("%d of %d changes are neither made nor wrong", given-left, given)
		}
	})
}

// read3 makes configs of three files of a text that has, for each, which services
// it declares: bits of a byte.
func read3(text string) map[string]engine.Config {
	all := map[string]engine.Config{}
	for i, name := range []string{"a", "b", "c"} {
		if i >= len(text) {
			break
		}
		digits := ""
		for n := range 5 {
			if text[i]&(1<<n) != 0 {
				digits += fmt.Sprint(n)
			}
		}
		all[name] = declares(name, digits)
	}
	return all
}
