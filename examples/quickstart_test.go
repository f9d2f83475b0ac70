package examples

import (
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/engine/admin"
	"luavs/engine/logtest"
)

// TestQuickstartDoesWhatItSays plays `make run` through, in a copy of the
// tree, so that the policy can be edited.
func TestQuickstartDoesWhatItSays(t *testing.T) {
	tree := t.TempDir()
	copyTree := exec.Command("sh", "-ec", "git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "+tree)
	copyTree.Dir = ".."
	if out, err := copyTree.CombinedOutput(); err != nil {
		t.Fatalf("copy the tree: %v\n%s", err, out)
	}
	q := &quickstart{t: t, tree: tree}
	q.start()
	q.until("web1 and web2 serve", func(serving string, _ []string) bool { return serving == "127.0.0.1:8081 127.0.0.1:8082" })

	q.sh("! examples/quickstart/run.sh >again 2>&1 && grep 'somebody else has the port 127.0.0.1:8081' again")

	q.sh("kill $(cat build/quickstart/web1.pid)")
	q.until("web1 left", func(serving string, _ []string) bool { return serving == "127.0.0.1:8082" })
	q.sh("examples/quickstart/web.sh 1 >/dev/null 2>&1")
	q.until("web1 is back", func(serving string, _ []string) bool { return serving == "127.0.0.1:8081 127.0.0.1:8082" })

	// The policy is edited, first well, then with a brace forgotten.
	q.sh("sed -i 's/weight = 3/weight = 7/' examples/quickstart/policy.lua")
	q.untilLogged("nat weight 7 (was nat weight 3)")
	q.sh("sed -i 's/weight = 7 }/weight = 7/' examples/quickstart/policy.lua")
	q.until("the mistake shows", func(_ string, problems []string) bool {
		return len(problems) == 1 && strings.Contains(problems[0], "policy.lua:")
	})
	q.until("the old policy runs on", func(serving string, _ []string) bool { return serving == "127.0.0.1:8081 127.0.0.1:8082" })
}

// quickstart is a running `make run`.
type quickstart struct {
	t    *testing.T
	tree string
	out  logtest.Text
}

func (q *quickstart) start() {
	cmd := exec.Command("make", "run")
	cmd.Dir = q.tree
	cmd.Stdout = io.MultiWriter(&q.out, q.t.Output())
	cmd.Stderr = cmd.Stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 10 * time.Second // for servers that hold the output open
	if err := cmd.Start(); err != nil {
		q.t.Fatal(err)
	}
	q.t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) // Ctrl-C
		cmd.Wait()
	})
}

func (q *quickstart) sh(script string) {
	q.t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = q.tree
	if err := cmd.Run(); err != nil {
		q.t.Fatalf("%s: %v", script, err)
	}
}

// until waits until the daemon's status is so: who serves, and the problems.
func (q *quickstart) until(what string, so func(serving string, problems []string) bool) {
	q.t.Helper()
	client := admin.NewClient(filepath.Join(q.tree, "build/quickstart/luavs.sock"))
	q.wait(what, func() bool {
		status, err := client.Status(context.Background())
		if err != nil || len(status.Policies) == 0 {
			return false
		}
		var serving []string
		for _, m := range status.Policies[0].Services[0].Members {
			serving = append(serving, m.Addr)
		}
		return so(strings.Join(serving, " "), status.Problems)
	})
}

func (q *quickstart) untilLogged(text string) {
	q.t.Helper()
	q.wait(text, func() bool { return strings.Contains(q.out.String(), text) })
}

func (q *quickstart) wait(what string, so func() bool) {
	q.t.Helper()
	deadline := time.Now().Add(5 * time.Minute) // it builds LuaVS
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if time.Now().After(deadline) {
			q.t.Fatalf("not within five minutes: %s\n%s", what, q.out.String())
		}
		<-tick.C
	}
}
