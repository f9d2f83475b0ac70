package luaapi

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"luavs/checks"
	"luavs/luaapi/args"
)

// readFileCheck reads check.file {...}.
func readFileCheck(f *args.Fields, c *checkSpec) {
	c.decideAtOnce(f)
	file := checks.File{
		Path:    readPath(f, "path"),
		Folder:  readPath(f, "folder"),
		Names:   f.Strings("names"),
		Want:    checks.FileWant(f.Enum("want", "", "absent", "present", "number")),
		Weight:  f.Int("weight", 1, -math.MaxInt32, math.MaxInt32),
		Reverse: f.Bool("reverse", false),
	}
	judgeFile(f, file)
	c.id, c.probe = file.String(), file
}

// readPath reads the whole path of a file or folder.
func readPath(f *args.Fields, name string) string {
	path := f.String(name, "")
	if f.Has(name) && !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
		f.Mistake(name, "want a whole path, which begins with /, got %q", path)
	}
	return path
}

// judgeFile notes what does not fit together.
func judgeFile(f *args.Fields, file checks.File) {
	number := file.Want == checks.FileNumber
	if !f.Has("want") {
		f.Mistake("want", `is missing: "absent" (it fails while the file is there), "present" or "number"`)
	}
	if f.Has("path") == f.Has("folder") {
		f.Mistake("", `want either path, a file for all servers, or folder, with a file for each`)
	}
	if number && f.Has("folder") {
		f.Mistake("folder", `has no number: want = "number" is for a path`)
	}
	if f.Has("names") && !f.Has("folder") {
		f.Mistake("names", "are looked for in a folder, and there is none")
	}
	for i, name := range file.Names {
		if name == "" || strings.ContainsAny(name, "/\x00") {
			f.Mistake("names", "%s is no name of a file: item %s", strconv.Quote(name), strconv.Itoa(i+1))
		}
	}
	for _, name := range []string{"weight", "reverse"} {
		if f.Has(name) && !number {
			f.Mistake(name, `is for want = "number"`)
		}
	}
}
