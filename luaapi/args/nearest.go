package args

import (
	"fmt"
	"slices"
	"strings"
)

// Hint returns ` (did you mean "scheduler"?)` for the known name that a word is
// most like, or nothing if none is near.
func Hint(word string, known []string) string {
	if name, ok := Nearest(word, known); ok {
		return fmt.Sprintf(" (did you mean %q?)", name)
	}
	return ""
}

// Nearest returns the known name that a word is most like. Near means that at
// most a third of the letters, and always one, are wrong, missing, too many or
// swapped; case does not count. Of two that are as near, a word is rather meant
// that has all its letters: they are left out more often than mistaken.
func Nearest(word string, known []string) (string, bool) {
	best, nearest := "", max(1, len(word)/3)+1
	if len(word) < 2 {
		nearest = 1
	}
	known = slices.Sorted(slices.Values(known))
	for _, name := range known {
		d := distance(strings.ToLower(word), strings.ToLower(name))
		if d < nearest || d == nearest && best != "" && !abbreviates(word, best) && abbreviates(word, name) {
			best, nearest = name, d
		}
	}
	return best, best != ""
}

// abbreviates tells whether name without some of its letters is word.
func abbreviates(word, name string) bool {
	for _, letter := range strings.ToLower(word) {
		_, rest, found := strings.Cut(strings.ToLower(name), string(letter))
		if !found {
			return false
		}
		name = rest
	}
	return true
}

// distance is how many letters must be changed, added, left out or swapped
// with their neighbour to turn a into b.
func distance(a, b string) int {
	const far = 1 << 10
	if len(a) > far || len(b) > far {
		return far
	}
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range now {
		now[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, now = last, now, before
		now[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			now[j] = min(change, last[j]+1, now[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
	}
	return now[len(b)]
}
