package luaapi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"luavs/engine/logtest"
)

// put makes files in a new folder, and returns the folder.
func put(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFile(t *testing.T) {
	dir := put(t, map[string]string{"list": "one\r\ntwo\n\nthree", "empty": "", "big": strings.Repeat("x", defaultMaxFile+1)})
	for name, target := range map[string]string{"link": "list", "out": "/etc/passwd", "up": "../../../../../../etc/passwd"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	runScripts(t, func(b *bench) { b.set("dir", dir+"/") }, []scriptCase{
		{name: "read", script: `print(#file.read(dir .. "list"), file.read(dir .. "link") == file.read(dir .. "list"), #file.read(dir .. "empty"))`, want: "15\ttrue\t0"},
		{name: "lines", script: `print(table.concat(file.lines(dir .. "list"), "|"), #file.lines(dir .. "empty"))`, want: "one|two||three\t0"},
		{name: "exists", script: `print(file.exists(dir .. "list"), file.exists(dir .. "none"), file.exists(dir))`, want: "true\tfalse\ttrue"},
		{name: "info", script: `local i = file.info(dir .. "list") print(i.size, i.folder, math.abs(os.time() - i.modified) < 60, file.info(dir).folder)`, want: "15\tfalse\ttrue\ttrue"},
		{name: "what is not there", script: `print(file.read(dir .. "none")) print((file.info(dir .. "none")))`, want: "nil\tthere is no file " + dir + "/none\nnil"},
		{name: "too large", script: `print(file.read(dir .. "big")) print(#file.read(dir .. "big", { max = 2e6 }))`, want: "nil\t" + dir + "/big is larger than max, which is 1048576 bytes\n1048577"},
		{name: "no plain file", script: `print(file.read(dir .. "pipe")) print(file.read(dir))`, want: "nil\t" + dir + "/pipe is not a plain file\nnil\t" + dir + " is not a plain file"},
		{name: "a link that leads out", script: `for _, name in ipairs { "out", "up" } do local text, why = file.read(dir .. name) print(text, why:match("escapes"), (file.exists(dir .. name))) end`,
			want: "nil\tescapes\tnil\nnil\tescapes\tnil"},
		{name: "a path that leads out", script: `file.read(dir .. "../../../etc/passwd")`, err: "is not in " + os.TempDir()},
		{name: "watch without a function", script: `file.watch(dir .. "list")`, err: "file.watch: argument 2: want a function, got nil"},
		{name: "misuse", script: `file.read(dir, { mx = 1 })`, err: `did you mean "max"?`},
	})
}

func TestNothingIsAllowedUnlessSomebodySaysSo(t *testing.T) {
	for script, want := range map[string]string{
		`file.read("/etc/passwd")`:                        "file.read: files are not allowed here: start luavs with --allow-files=/etc",
		`env.get("HOME")`:                                 "start luavs with --allow-env=HOME",
		`exec.run { "true" }`:                             "programs are not allowed here: start luavs with --allow-exec",
		`exec.shell("true")`:                              "programs are not allowed here",
		`pcall(exec.run, {}) exec.run { "x", user = "" }`: "programs are not allowed here",
	} {
		b := newBench(t)
		b.rt.allow = Permissions{}
		if _, err := b.run(t, t.Context(), script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", script, err, want)
		}
	}
}

func TestPermissionsTakeWholePaths(t *testing.T) {
	var p Permissions
	if p.AddFolder("etc") == nil || p.Programs.AddFolder("bin") == nil || p.Programs.Allowed || len(p.Folders) > 0 {
		t.Errorf("a relative path: %+v", p)
	}
	if err := p.AddFolder("/etc/luavs/"); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{"/etc/luavs/a/b": "a/b", "/etc/luavs/a/../c": "c", "/etc/luavs": ".", "/etc/luavsx": "", "/etc/luavs/../passwd": "", "etc/luavs/a": ""} {
		if f, err := p.file(path); f.name != want || (want == "") != (err != nil) {
			t.Errorf("%s: %+v, %v", path, f, err)
		}
	}
}

func TestProgramsRunAsUsersThatAreAllowed(t *testing.T) {
	b := newBench(t)
	b.rt.allow.Programs.Users = []string{"nobody", "daemon"}
	for script, want := range map[string]string{
		`exec.run { "true", user = "root" }`:    `field "user": programs run as nobody or daemon here, got "root": add --exec-user root`,
		`exec.shell("true", { user = "root" })`: `programs run as nobody or daemon here`,
	} {
		if _, err := b.run(t, t.Context(), script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", script, err, want)
		}
	}
}

func TestEnv(t *testing.T) {
	t.Setenv("LUAVS_TEST_VARIABLE", "x y")
	b := newBench(t)
	b.rt.loading.Store(true) // it may be used then
	if got := b.must(t, `print(env.get("LUAVS_TEST_VARIABLE"), env.get("LUAVS_TEST_VARIABLE", "default"))`); got != "x y\tx y" {
		t.Errorf("printed %q", got)
	}
	os.Unsetenv("LUAVS_TEST_VARIABLE")
	if got := b.must(t, `print(env.get("LUAVS_TEST_VARIABLE"), env.get("LUAVS_TEST_VARIABLE", "default"))`); got != "nil\tdefault" {
		t.Errorf("printed %q", got)
	}
}

// A flag is a file that a policy watches, and what the policy prints.
type flag struct {
	t    *testing.T
	path string
	said logtest.Text
}

func newFlag(t *testing.T) *flag { return &flag{t: t, path: filepath.Join(t.TempDir(), "flag")} }

func (f *flag) options() Options {
	return Options{Allow: allowed, Print: func(line string) { fmt.Fprintln(&f.said, line) }}
}

// put writes a file as editors do.
func (f *flag) put(text string) {
	f.t.Helper()
	if err := errors.Join(os.WriteFile(f.path+".new", []byte(text), 0o600), os.Rename(f.path+".new", f.path)); err != nil {
		f.t.Fatal(err)
	}
}

// says waits until the policy has printed a line.
func (f *flag) says(line string) {
	f.t.Helper()
	until(f.t, line+" is printed", func() bool { return strings.Contains(f.said.String(), line+"\n") })
}

// TestAFileIsWatched has changes told without a look: none is due within an hour.
func TestAFileIsWatched(t *testing.T) {
	f := newFlag(t)
	putInForce(t, `
local w
w = file.watch("`+f.path+`", function(path)
  local text = file.exists(path) and file.read(path) or "gone"
  print("first " .. text)
  if text == "last" then w:cancel() end
end, { every = "1h" })
on("start", function()
  file.watch("`+f.path+`", function(path) print("second " .. (file.read(path) or "gone")) end, { every = "1h" })
end)`, f.options())
	n := 0
	until(t, "both have looked at it, and see a change", func() bool {
		n++
		f.put(strconv.Itoa(n))
		return strings.Contains(f.said.String(), "first") && strings.Contains(f.said.String(), "second")
	})
	f.put("a")
	f.says("first a")
	f.says("second a")
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	f.says("first gone")
	f.put("last")
	f.says("first last")
	f.put("more")
	f.says("second more")
	if strings.Contains(f.said.String(), "first more") {
		t.Errorf("a job that is cancelled runs:\n%s", f.said.String())
	}
}

// Where nobody reports changes, the file is looked at in a while.
func TestAWatchedFileIsLookedAt(t *testing.T) {
	f := newFlag(t)
	p := load(t, "policy.lua", `file.watch("`+f.path+`", function() print("changed") end, { every = "2s" })`, f.options())
	jobs := p.Config().Jobs
	if len(jobs) != 1 || len(jobs[0].Files) != 1 || jobs[0].Files[0] != f.path {
		t.Fatalf("jobs %+v", jobs)
	}
	now := time.Now()
	if next := jobs[0].Schedule.Next(now); !next.After(now) || next.After(now.Add(2*time.Second)) {
		t.Errorf("looked at after %v", next.Sub(now))
	}
	look := func(want string) {
		t.Helper()
		jobs[0].Run(t.Context())
		if got := f.said.Take(); got != want {
			t.Errorf("printed %q, want %q", got, want)
		}
	}
	look("")
	f.put("a")
	look("changed\n")
	look("")
	f.put("b")
	look("changed\n")
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	look("changed\n")
	look("")
}

// A program that is to run as root must be nobody else's to change; as another
// user it may.
func TestProgramsOfRootAreRootsOwn(t *testing.T) {
	program := filepath.Join(put(t, map[string]string{"p": "#!/bin/sh\necho ran\n"}), "p")
	if err := os.Chmod(program, 0o777); err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	b.set("program", program)
	got := b.must(t, `local run, why = exec.run { program } print(run and run.stdout or why)`)
	want := "exec " + program + ": " + program + " can be written by others (-rwxrwxrwx), who could change what a daemon of root does: chmod go-w " + program
	if os.Geteuid() != 0 {
		want = "ran\n"
	}
	if got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// What a policy may not use it is told while it loads, not when it needs it.
func TestAPolicyThatNeedsMoreThanItMayIsRefused(t *testing.T) {
	src := `local site = env.get("SITE")
local function f()
  exec.run { "true" }
  exec.shell("true") file.read("/etc/hosts")
  log.info(exec.quote("x"), { env = env.get("SITE") })
end
on("start", f)`
	_, err := Load(t.Context(), "policy.lua", []byte(src), Options{Log: quiet})
	want := `policy.lua:1: env.get: the variable "SITE" is not allowed here: start luavs with --allow-env=SITE
policy.lua:3: exec.run: programs are not allowed here: start luavs with --allow-exec, or with --allow-exec=DIR for those of a folder
policy.lua:4: exec.shell: programs are not allowed here: start luavs with --allow-exec, or with --allow-exec=DIR for those of a folder
policy.lua:5: env.get: variables are not allowed here: start luavs with --allow-env=NAME`
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
	load(t, "policy.lua", strings.ReplaceAll(src, "SITE", "LUAVS_TEST_VARIABLE"), Options{})
	load(t, "policy.lua", `local exec = { run = print } on("start", function() exec.run() end)`, Options{})
}

func TestTheLinesOfAFileAreBounded(t *testing.T) {
	path := filepath.Join(put(t, map[string]string{"p": strings.Repeat("\n", maxLines+1), "q": strings.Repeat("\n", maxLines)}), "p")
	b := newBench(t)
	b.set("path", path)
	if got := b.must(t, `print(file.lines(path)) print(#file.lines((path:gsub("p$", "q"))))`); got != "nil\t"+path+" has more than 262144 lines\n262144" {
		t.Errorf("printed %q", got)
	}
}
