package luaapi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"luavs/checks"
	"luavs/luaapi/args"
	"luavs/luaapi/trust"
)

// Programs say what the operator lets policies start: with exec.run, exec.shell
// and check.exec. The zero Programs lets them start nothing.
type Programs struct {
	// Allowed lets policies start programs at all.
	Allowed bool

	// Folders are whole paths; only programs in them or below may be started.
	// Empty: all may.
	Folders []string

	// Users are whom programs may run as: the first, unless the policy names
	// another of them. Empty: as the daemon itself, or as whom the policy names.
	Users []string
}

// AddFolder adds a folder whose programs may be started.
func (p *Programs) AddFolder(folder string) error {
	if !filepath.IsAbs(folder) {
		return fmt.Errorf("%q: want the whole path of a folder", folder)
	}
	p.Allowed = true
	p.Folders = append(p.Folders, filepath.Clean(folder))
	return nil
}

// maxArguments bounds the arguments of a program and its environment, each in
// bytes. The kernel takes not much more (execve(2)).
const maxArguments = 1 << 20

// noPrograms is what those hear who may start none.
const noPrograms = "programs are not allowed here: start luavs with --allow-exec, or with --allow-exec=DIR for those of a folder"

// command reads the program and its arguments from the list part, and what it
// is given from the fields. What is the function's name.
func (p Programs) command(f *args.Fields, what string) checks.Command {
	command := p.settings(f)
	for i, item := range f.List() {
		if word, ok := item.(lua.LString); ok {
			command.Args = append(command.Args, string(word))
		} else if item != lua.LNil {
			f.Mistake(fmt.Sprint(i+1), "want a string, got %s", args.Show(item))
		}
	}
	if size(command.Args) > maxArguments {
		f.Mistake("", "the arguments are longer than %d bytes: give them to the program by stdin", maxArguments)
	}
	if len(command.Args) == 0 {
		f.Mistake("", `no program: %s { "program", "argument", ... }`, what)
	}
	return command
}

// settings reads what a program is given besides its arguments.
func (p Programs) settings(f *args.Fields) checks.Command {
	if !p.Allowed {
		f.Mistake("", noPrograms)
	}
	command := checks.Command{
		Dir:     f.String("dir", ""),
		Stdin:   []byte(f.String("stdin", "")),
		User:    p.user(f),
		Folders: p.Folders,

		OutputLimit: f.Int("output_limit", 0, 1, 16<<20),
	}
	if os.Geteuid() == 0 && (command.User == "" || command.User == "root") {
		command.Vet = untampered
	}
	for name, value := range f.StringMap("env") {
		command.Env = append(command.Env, name+"="+value)
	}
	sort.Strings(command.Env)
	if size(command.Env) > maxArguments {
		f.Mistake("env", "is longer than %d bytes", maxArguments)
	}
	return command
}

// size is the bytes of texts together.
func size(texts []string) (n int) {
	for _, text := range texts {
		n += len(text)
	}
	return n
}

// untampered says who besides root could change a program that is to run as
// root. One that is not there is said to be so when it is started.
func untampered(path string) error {
	if err := trust.File(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// user reads whom a program runs as.
func (p Programs) user(f *args.Fields) string {
	name := f.String("user", "")
	switch {
	case len(p.Users) == 0:
		return name
	case name == "":
		return p.Users[0]
	case !slices.Contains(p.Users, name):
		f.Mistake("user", "programs run as %s here, got %q: add --exec-user %s to what luavs is started with", strings.Join(p.Users, " or "), name, name)
	}
	return name
}
