package checks

import (
	"maps"
	"slices"
	"strings"
)

// Identity returns the identity of a check of a kind that is not of this
// package: the kind, whom it asks, and its settings in the order of their
// names. A setting whose name speaks of a password or a secret is shown as a
// digest.
func Identity(kind string, route Route, settings map[string]string) string {
	var id identity
	id.word(kind)
	id.route(route)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := []byte(settings[name])
		if strings.Contains(name, "password") || strings.Contains(name, "secret") {
			id.digest(name, value)
		} else {
			id.bytes(name, value)
		}
	}
	return id.String()
}
