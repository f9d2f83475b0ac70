package main

import (
	"os"
	"os/user"
	"strings"
	"testing"
)

// A daemon of root starts programs as nobody unless it is told whom to take;
// another user's starts them as itself.
func TestWhomProgramsRunAs(t *testing.T) {
	self, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	usual := self.Username
	if os.Geteuid() == 0 {
		usual = nobody
	}
	for _, tt := range []struct{ flags, want string }{
		{"--allow-exec", usual},
		{"--allow-exec --exec-user " + self.Username, self.Username},
	} {
		var out, failed strings.Builder
		args := append([]string{"exec", "--dataplane", "memory"}, strings.Fields(tt.flags)...)
		code := run(append(args, "-e", `print(exec.run { "id", "-un" }.stdout)`), stdio{strings.NewReader(""), &out, &failed})
		if got := strings.TrimSpace(out.String()); code != exitOK || got != tt.want {
			t.Errorf("%s: programs run as %q, want %q; code %d, %s", tt.flags, got, tt.want, code, failed.String())
		}
	}
}
