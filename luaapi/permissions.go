package luaapi

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"luavs/luaapi/beside"
)

// Permissions say what of the machine the operator lets policies reach. The
// zero Permissions let them reach nothing.
type Permissions struct {
	Programs Programs // what they may start
	Folders  []string // whole paths of folders whose files they may read, and of those below
	Env      []string // the variables of the daemon's environment that they may read
}

// AddFolder adds a folder whose files may be read.
func (p *Permissions) AddFolder(folder string) error {
	if !filepath.IsAbs(folder) {
		return fmt.Errorf("%q: want the whole path of a folder", folder)
	}
	p.Folders = append(p.Folders, filepath.Clean(folder))
	return nil
}

// forbids says that a function of a module cannot do anything, whatever it is
// called with: that is better found out while the policy loads than when it is
// needed.
func (p Permissions) forbids(module, function string) error {
	what := module + "." + function
	switch {
	case !p.Programs.Allowed && (what == "exec.run" || what == "exec.shell"):
		return fmt.Errorf("%s: %s", what, noPrograms)
	case len(p.Folders) == 0 && module == "file" && function != "":
		return fmt.Errorf("%s: files are not allowed here: start luavs with --allow-files=DIR", what)
	case len(p.Env) == 0 && what == "env.get":
		return fmt.Errorf("%s: variables are not allowed here: start luavs with --allow-env=NAME", what)
	}
	return nil
}

// An allowedFile is one in a folder that policies may read.
type allowedFile struct{ folder, name string }

// file finds the folder that a whole path is in.
func (p Permissions) file(path string) (allowedFile, error) {
	if !filepath.IsAbs(path) {
		return allowedFile{}, fmt.Errorf("want a whole path, got %q", path)
	}
	for _, folder := range p.Folders {
		if name, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(name) {
			return allowedFile{folder, name}, nil
		}
	}
	if len(p.Folders) == 0 {
		return allowedFile{}, fmt.Errorf("files are not allowed here: start luavs with --allow-files=%s", filepath.Dir(path))
	}
	return allowedFile{}, fmt.Errorf("%s is not in %s: add --allow-files=%s to what luavs is started with", path, strings.Join(p.Folders, " or "), filepath.Dir(path))
}

// open opens the file, if it is a plain one.
func (p allowedFile) open() (*os.File, error) { return beside.Open(p.folder, p.name) }

// stat tells of the file or folder.
func (p allowedFile) stat() (os.FileInfo, error) {
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Stat(p.name)
}
