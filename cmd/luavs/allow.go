package main

import (
	"fmt"
	"os"
	"os/user"

	"luavs/luaapi"
)

// nobody is whom programs run as if the daemon is root and nothing else is said.
const nobody = "nobody"

// allow adds the flags that say what of the machine policies may reach.
func (f *flags) allow() *luaapi.Permissions {
	allowed := &luaapi.Permissions{}
	f.Var(allowExec{&allowed.Programs}, "allow-exec", "let policies start programs; with =`DIR` those of this folder only (again for more)")
	f.Func("exec-user", "`user` that programs run as (again for others a policy may name); nobody if luavs is root", func(name string) error {
		if _, err := user.Lookup(name); err != nil {
			return err
		}
		allowed.Programs.Users = append(allowed.Programs.Users, name)
		return nil
	})
	f.Func("allow-files", "let policies read the files of this `folder` and below (again for more)", func(folder string) error {
		if err := isFolder(folder); err != nil {
			return err
		}
		return allowed.AddFolder(folder)
	})
	f.Func("allow-env", "let policies read this `variable` of the environment (again for more)", func(name string) error {
		allowed.Env = append(allowed.Env, name)
		return nil
	})
	return allowed
}

// isFolder says that a path is none.
func isFolder(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", path)
	}
	return err
}

// permissions is what the flags allow, after they were read.
func permissions(allowed *luaapi.Permissions) luaapi.Permissions {
	p := *allowed
	if len(p.Programs.Users) == 0 && os.Geteuid() == 0 {
		p.Programs.Users = []string{nobody}
	}
	return p
}

// allowExec is the flag --allow-exec[=DIR].
type allowExec struct{ programs *luaapi.Programs }

// IsBoolFlag lets the flag stand without a value.
func (a allowExec) IsBoolFlag() bool { return true }

// String is the default: nothing may be started.
func (a allowExec) String() string { return "" }

// Set allows programs: of a folder, or with the value of a flag without one all.
func (a allowExec) Set(value string) error {
	switch value {
	case "true":
		a.programs.Allowed = true
		return nil
	case "false":
		*a.programs = luaapi.Programs{Users: a.programs.Users}
		return nil
	}
	if err := isFolder(value); err != nil {
		return err
	}
	return a.programs.AddFolder(value)
}
