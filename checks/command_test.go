package checks

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script writes a shell script and returns the command that runs it.
func script(t testing.TB, text string) Command {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	write(t, path, []byte(text))
	return Command{Args: []string{"/bin/sh", path}}
}

// runCommand runs the command for at most limit.
func runCommand(t testing.TB, c Command, limit time.Duration) (Output, error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), limit, errors.New("time is up"))
	defer cancel()
	return c.Run(ctx)
}

func TestCommandOutput(t *testing.T) {
	tests := []struct {
		name string
		text string
		want Output
	}{
		{"nothing", "", Output{}},
		{"both outputs", "echo out; echo err >&2", Output{Stdout: []byte("out\n"), Stderr: []byte("err\n")}},
		{"an exit code", "exit 3", Output{ExitCode: 3}},
		{"the largest exit code", "exit 255", Output{ExitCode: 255}},
		{"a signal", "kill -KILL $$", Output{ExitCode: -1, Signal: syscall.SIGKILL}},
		{"no input", "cat", Output{}},
		{"a clean environment", "env | grep -v ^PWD= | sort",
			Output{Stdout: []byte("LANG=C\n" + cleanEnv[0] + "\n")}},
		{"the folder", "pwd", Output{Stdout: []byte("/\n")}},
		{"a pipeline is waited for", "echo a | cat | cat", Output{Stdout: []byte("a\n")}},
		{"words are no shell code", `echo "$0" | grep -c script`, Output{Stdout: []byte("1\n")}},
		{"what comes after the limit is counted", "head -c 100000 /dev/zero | tr '\\0' x; echo more >&2",
			Output{Stdout: []byte(strings.Repeat("x", DefaultLimit)), Stderr: []byte("more\n"), Truncated: 100000 - DefaultLimit}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := script(t, tt.text)
			leavesNothing(t, func() {
				got, err := runCommand(t, c, long)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("want - got +\n%s", diff)
				}
			})
		})
	}
}

func TestCommandSettings(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name string
		c    Command
		want string
	}{
		{"a program is looked up in PATH", Command{Args: []string{"echo", "a b", "$HOME", "*"}}, "a b $HOME *\n"},
		{"the input", Command{Args: []string{"cat"}, Stdin: []byte("in\x00put")}, "in\x00put"},
		{"an input that nobody reads", Command{Args: []string{"echo", "x"}, Stdin: make([]byte, 1<<20)}, "x\n"},
		{"the folder", Command{Args: []string{"/bin/pwd"}, Dir: dir}, dir + "\n"},
		{"a folder where programs have to be", Command{Args: []string{"echo", "x"}, Folders: []string{"/nosuch", "/usr"}}, "x\n"},
		{"the environment", Command{Args: []string{"sh", "-c", "echo $A $LANG"}, Env: []string{"A=1", "LANG=de", "A=2"}}, "2 de\n"},
		{"a limit", Command{Args: []string{"echo", "abcdef"}, OutputLimit: 3}, "abc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := runCommand(t, tt.c, long)
			if err != nil || string(got.Stdout) != tt.want {
				t.Errorf("got %q, %v, want %q", got.Stdout, err, tt.want)
			}
		})
	}
}

func TestCommandsOwnPathIsSearched(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/bin/echo", filepath.Join(dir, "only-here")); err != nil {
		t.Fatal(err)
	}
	c := Command{Args: []string{"only-here", "found"}, Env: []string{"PATH=.:" + dir}}
	if got, err := runCommand(t, c, long); err != nil || string(got.Stdout) != "found\n" {
		t.Errorf("got %q, %v", got.Stdout, err)
	}
}

// A program from the folder the daemon happens to be in would be a trap.
func TestTheWorkingFolderIsNotSearched(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	err := errors.Join(os.Mkdir("bin", 0o700), os.Symlink("/bin/echo", "bin/trap"), os.Symlink("/bin/echo", "trap"))
	if err != nil {
		t.Fatal(err)
	}
	c := Command{Args: []string{"trap"}, Env: []string{"PATH=.::bin"}, Dir: dir}
	if out, err := runCommand(t, c, long); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %q, %v", out.Stdout, err)
	}
}

// Only root may run as another user; others learn that.
func TestCommandAsUser(t *testing.T) {
	got, err := runCommand(t, Command{Args: []string{"id", "-un"}, User: "nobody"}, long)
	if os.Geteuid() == 0 {
		if err != nil || string(got.Stdout) != "nobody\n" {
			t.Errorf("got %q, %v", got.Stdout, err)
		}
		return
	}
	if !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), "only root may run a program as another user") {
		t.Errorf("got %v", err)
	}
}

func TestCommandsThatCannotStart(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		write(t, path, []byte(text))
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plainFile := file("plain", "exit 0", 0o600)
	noLine := file("noline", "exit 0", 0o700)
	noShell := file("noshell", "#!/nosuch\n", 0o700)
	path := strings.TrimPrefix(cleanEnv[0], "PATH=")
	tests := []struct {
		name string
		c    Command
		want string
	}{
		{"no arguments", Command{}, "exec: no program: give at least its name"},
		{"an empty name", Command{Args: []string{"", "a"}}, "exec: no program: give at least its name"},
		{"a path that does not exist", Command{Args: []string{"/nosuch"}},
			"exec /nosuch: no such file or directory: install it, or correct the path"},
		{"a name that is not in PATH", Command{Args: []string{"nosuch-program"}},
			"exec nosuch-program: file does not exist in " + path + ": install it, or give its whole path"},
		{"a relative path", Command{Args: []string{"./check"}},
			"exec ./check: a relative path: give the whole path, or a name that is in PATH"},
		{"a file that is no program", Command{Args: []string{plainFile}},
			"exec " + plainFile + ": permission denied: make it executable (chmod +x) for the user it runs as"},
		{"a folder", Command{Args: []string{dir}},
			"exec " + dir + ": permission denied: make it executable (chmod +x) for the user it runs as"},
		{"a script without its first line", Command{Args: []string{noLine}},
			"exec " + noLine + ": exec format error: a script needs a first line such as #!/bin/sh"},
		{"an interpreter that does not exist", Command{Args: []string{noShell}},
			"exec " + noShell + ": no such file or directory: its interpreter (the #! line) or its folder does not exist"},
		{"a working folder that does not exist", Command{Args: []string{"true"}, Dir: "/nosuch"},
			"exec /usr/bin/true: no such file or directory: its interpreter (the #! line) or its folder does not exist"},
		{"a relative working folder", Command{Args: []string{"true"}, Dir: "x"},
			"exec true: folder x: a relative path: give the whole path"},
		{"a zero byte", Command{Args: []string{"true", "a\x00b"}}, `exec true: "a\x00b" holds a zero byte`},
		{"an environment without =", Command{Args: []string{"true"}, Env: []string{"A"}},
			`exec true: environment "A": want NAME=value`},
		{"a limit below zero", Command{Args: []string{"true"}, OutputLimit: -1},
			"exec true: output limit -1: want bytes, or 0 for 65536"},
		{"another folder", Command{Args: []string{"/usr/bin/true"}, Folders: []string{"/usr/lib", "/usr/binx"}},
			"exec /usr/bin/true: not in /usr/lib or /usr/binx, where programs have to be: put it there, or have the operator allow its folder"},
		{"a way out of a folder", Command{Args: []string{"/usr/lib/../bin/true"}, Folders: []string{"/usr/lib"}},
			"exec /usr/lib/../bin/true: not in /usr/lib, where programs have to be: put it there, or have the operator allow its folder"},
		{"a program that is not trusted", Command{Args: []string{"true"}, Vet: func(path string) error { return errors.New("no " + path) }},
			"exec /usr/bin/true: no /usr/bin/true"},
		{"an unknown user", Command{Args: []string{"true"}, User: "nosuch"},
			"exec as user nosuch: " + user.UnknownUserError("nosuch").Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			leavesNothing(t, func() {
				if _, err := runCommand(t, tt.c, long); err == nil || err.Error() != tt.want {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
			})
		})
	}
}

func TestAStoppedCommandSaysWhy(t *testing.T) {
	_, err := runCommand(t, Command{Args: []string{"sleep", "1000"}}, short)
	if err == nil || err.Error() != "exec sleep: stopped: time is up" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Command{Args: []string{"sleep", "1000"}}.Run(ctx)
	if !errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestManyCommandsAtOnce(t *testing.T) {
	c := script(t, `echo $((7 * 6)); sleep 1000 &`)
	results := make(chan string)
	leavesNothing(t, func() {
		for range 20 {
			go func() {
				out, err := runCommand(t, c, long)
				results <- string(out.Stdout) + errorText(err)
			}()
		}
		var got []string
		for range 20 {
			got = append(got, <-results)
		}
		if !slices.Equal(got, slices.Repeat([]string{"42\n"}, 20)) {
			t.Errorf("got %q", got)
		}
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
