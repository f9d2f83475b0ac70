package luaapi

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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

func TestAFileIsWatched(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "flag")
	src := `seen, times = "", 0
local w = file.watch("` + path + `", function(path) seen = seen .. (file.exists(path) and file.read(path) or "-") .. " " end, { every = "2s" })
function stop() w:cancel() end
on("start", function() file.watch("` + path + `", function() times = times + 1 end) end)`
	inForce(t, src, func(l *live) {
		step := func(change func() error, want string) {
			t.Helper()
			if err := change(); err != nil {
				t.Fatal(err)
			}
			l.pass(5 * time.Second)
			l.expect("seen", l.lua(`return seen .. times`), want)
		}
		nothing := func() error { return nil }
		write := func(text string) func() error {
			return func() error {
				if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
					return err
				}
				return os.Rename(path+".new", path)
			}
		}
		step(nothing, "0")
		step(write("a"), "a 1")
		step(nothing, "a 1")
		step(write("b"), "a b 2")
		step(func() error { return os.Remove(path) }, "a b - 3")
		l.lua(`stop()`)
		step(write("c"), "a b - 4")
	})
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
