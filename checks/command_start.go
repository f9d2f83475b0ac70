package checks

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The environment of every program; Env of a [Command] comes after it.
var cleanEnv = []string{
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"LANG=C",
}

// prepare makes the command, or says what is wrong with it.
func (c Command) prepare() (*exec.Cmd, error) {
	if err := c.mistakes(); err != nil {
		return nil, err
	}
	env := slices.Concat(cleanEnv, c.Env)
	path, err := lookUp(c.Args[0], env)
	if err != nil {
		return nil, err
	}
	if err := c.vet(path); err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{
		Path:        path,
		Args:        c.Args,
		Env:         env,
		Dir:         c.Dir,
		WaitDelay:   pipeGrace,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if cmd.Dir == "" {
		cmd.Dir = "/"
	}
	if len(c.Stdin) > 0 {
		cmd.Stdin = strings.NewReader(string(c.Stdin))
	}
	if c.User != "" {
		cmd.SysProcAttr.Credential, err = credential(c.User)
	}
	return cmd, err
}

// mistakes says what is wrong with the command, whatever this machine has.
func (c Command) mistakes() error {
	if len(c.Args) == 0 || c.Args[0] == "" {
		return errors.New("exec: no program: give at least its name")
	}
	name := c.Args[0]
	if strings.Contains(name, "/") && !filepath.IsAbs(name) {
		return fmt.Errorf("exec %s: a relative path: give the whole path, or a name that is in PATH", name)
	}
	if c.Dir != "" && !filepath.IsAbs(c.Dir) {
		return fmt.Errorf("exec %s: folder %s: a relative path: give the whole path", name, c.Dir)
	}
	if c.OutputLimit < 0 {
		return fmt.Errorf("exec %s: output limit %d: want bytes, or 0 for %d", name, c.OutputLimit, DefaultLimit)
	}
	for _, text := range slices.Concat(c.Args, c.Env, []string{c.Dir}) {
		if strings.ContainsRune(text, 0) {
			return fmt.Errorf("exec %s: %q holds a zero byte", name, shorten(text, 60))
		}
	}
	return envMistake(name, c.Env)
}

func envMistake(program string, env []string) error {
	for _, item := range env {
		if name, _, ok := strings.Cut(item, "="); !ok || name == "" {
			return fmt.Errorf("exec %s: environment %q: want NAME=value", program, shorten(item, 60))
		}
	}
	return nil
}

// lookUp finds a program in the PATH that the program itself will see.
func lookUp(name string, env []string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	var path string
	for _, item := range env {
		if value, ok := strings.CutPrefix(item, "PATH="); ok {
			path = value
		}
	}
	for dir := range strings.SplitSeq(path, ":") {
		if !filepath.IsAbs(dir) {
			continue // a program from the working folder would be a trap
		}
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("exec %s: %w in %s: install it, or give its whole path", name, os.ErrNotExist, path)
}

// vet says why a program may not be started.
func (c Command) vet(path string) error {
	if err := c.inFolders(path); err != nil || c.Vet == nil {
		return err
	}
	if err := c.Vet(path); err != nil {
		return fmt.Errorf("exec %s: %w", path, err)
	}
	return nil
}

// inFolders says that a program is in none of the folders it may be in. It is
// judged by its path: what a symbolic link in a folder leads to will do.
func (c Command) inFolders(path string) error {
	for _, folder := range c.Folders {
		if rel, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(rel) {
			return nil
		}
	}
	if len(c.Folders) == 0 {
		return nil
	}
	return fmt.Errorf("exec %s: not in %s, where programs have to be: put it there, or have the operator allow its folder", path, strings.Join(c.Folders, " or "))
}

// startError adds what to do to an error of starting the program at path.
func startError(path string, err error) error {
	text := "see the rights and limits of the daemon"
	switch {
	case errors.Is(err, os.ErrNotExist) && exists(path):
		text = "its interpreter (the #! line) or its folder does not exist"
	case errors.Is(err, os.ErrNotExist):
		text = "install it, or correct the path"
	case errors.Is(err, syscall.EACCES):
		text = "make it executable (chmod +x) for the user it runs as"
	case errors.Is(err, syscall.ENOEXEC):
		text = "a script needs a first line such as #!/bin/sh"
	case errors.Is(err, syscall.EPERM):
		text = "only root may run a program as another user"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = errno
	}
	return fmt.Errorf("exec %s: %w: %s", path, err, text)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// launch starts a command without ambient capabilities. A program has those of the
// thread that starts it, and the thread needs none: what it may do itself is
// another set. A kernel before 4.3 has none to hand on.
func launch(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	if err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("exec %s: take the daemon's ambient capabilities from it: %w: see the rights and limits of the daemon", cmd.Path, err)
	}
	if err := cmd.Start(); err != nil {
		return startError(cmd.Path, err)
	}
	return nil
}

// credential is the user with the groups it would have after a login.
func credential(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("exec as user %s: %w", name, err)
	}
	groups, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("exec as user %s: groups: %w", name, err)
	}
	var ids []uint32
	for _, text := range append([]string{u.Uid, u.Gid}, groups...) {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("exec as user %s: %w", name, err)
		}
		ids = append(ids, uint32(n))
	}
	return &syscall.Credential{Uid: ids[0], Gid: ids[1], Groups: ids[2:]}, nil
}
