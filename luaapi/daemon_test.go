package luaapi

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"luavs/checks"
	"luavs/checks/servertest"
)

// passes is ready when a check of the server passes.
func passes(t *testing.T, s *servertest.Server, check string) func() error {
	return func() error {
		if r := askWith(t, s.Addr.String(), check); r.Outcome != checks.Pass {
			return errors.New(verdictOf(r))
		}
		return nil
	}
}

// postgresBinary returns where Debian puts a program of the newest PostgreSQL.
func postgresBinary(t *testing.T, name string) string {
	t.Helper()
	newest, best := 0, "/usr/lib/postgresql/15/bin/"+name
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	for _, path := range all {
		if n, _ := strconv.Atoi(strings.Split(path, "/")[4]); n > newest {
			newest, best = n, path
		}
	}
	return best
}
