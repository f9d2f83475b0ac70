package checks

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// inFolder replaces @ by a folder that holds the files: a name ending in / is a
// folder, one with | a pipe, one with > a link.
func inFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		var err error
		switch link, to, isLink := strings.Cut(name, ">"); {
		case isLink:
			err = os.Symlink(to, filepath.Join(dir, link))
		case strings.HasSuffix(name, "/"):
			err = os.Mkdir(filepath.Join(dir, name), 0o700)
		case strings.HasSuffix(name, "|"):
			err = unix.Mkfifo(filepath.Join(dir, name), 0o600)
		default:
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFileThatIsThereOrNot(t *testing.T) {
	absent, present := File{Path: "@/mark", Want: FileAbsent}, File{Path: "@/mark", Want: FilePresent}
	folder := File{Folder: "@", Want: FileAbsent, Names: []string{"web1.example.org"}}
	tests := []struct {
		name  string
		check File
		files string
		text  string
		want  Result
	}{
		{"absent: missing", absent, "", "", passing("@/mark is missing, as it should be")},
		{"absent: there", absent, "mark", "", fail(Verdict, "@/mark is there")},
		{"absent: what it says is the reason", absent, "mark", "\nnew disk\nmore", fail(Verdict, "@/mark is there: new disk")},
		{"absent: what it says is not trusted", absent, "mark", "\x1b[2J", fail(Verdict, "@/mark is there: .[2J")},
		{"absent: a folder is there", absent, "mark/", "", fail(Verdict, "@/mark is there")},
		{"absent: a pipe holds nobody", File{Path: "@/mark|", Want: FileAbsent}, "mark|", "", fail(Verdict, "@/mark| is there")},
		{"absent: a link to nothing", absent, "mark>nothing", "", passing("@/mark is missing, as it should be")},
		{"absent: below a file", File{Path: "@/mark/x", Want: FileAbsent}, "mark", "", passing("@/mark/x is missing, as it should be")},
		{"present: there", present, "mark", "", passing("@/mark is there")},
		{"present: missing", present, "", "", fail(Verdict, "@/mark is missing")},
		{"a loop of links says nothing", present, "mark>mark", "", unknown("@/mark: too many levels of symbolic links")},

		{"folder: nothing", folder, "", "", passing("a file of web1 in @ is missing, as it should be")},
		{"folder: another server", folder, "192.0.2.2", "", passing("a file of web1 in @ is missing, as it should be")},
		{"folder: another port", folder, "192.0.2.1:81", "", passing("a file of web1 in @ is missing, as it should be")},
		{"folder: address and port", folder, "192.0.2.1:80", "why", fail(Verdict, "@/192.0.2.1:80 is there: why")},
		{"folder: address", folder, "192.0.2.1", "", fail(Verdict, "@/192.0.2.1 is there")},
		{"folder: name", folder, "web1", "", fail(Verdict, "@/web1 is there")},
		{"folder: name and port", folder, "web1:80", "", fail(Verdict, "@/web1:80 is there")},
		{"folder: a name of Names", folder, "web1.example.org", "", fail(Verdict, "@/web1.example.org is there")},
		{"folder: a name of Names and port", folder, "web1.example.org:80", "", fail(Verdict, "@/web1.example.org:80 is there")},
		{"folder: is missing", File{Folder: "@/none", Want: FileAbsent}, "", "", passing("a file of web1 in @/none is missing, as it should be")},
		{"folder: a mark of consent", File{Folder: "@", Want: FilePresent}, "", "", fail(Verdict, "a file of web1 in @ is missing")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{}
			if tt.files != "" {
				files[tt.files] = tt.text
			}
			expect(t, lookAt(t, tt.check, inFolder(t, files)), tt.want)
		})
	}
}

// lookAt runs the check with @ for a folder, in its settings and its reason.
func lookAt(t *testing.T, c File, dir string) Result {
	t.Helper()
	c.Path, c.Folder = strings.ReplaceAll(c.Path, "@", dir), strings.ReplaceAll(c.Folder, "@", dir)
	var r Result
	leavesNothing(t, func() { r = c.Check(t.Context(), Target{Addr: server, Name: "web1"}) })
	r.Reason = strings.ReplaceAll(r.Reason, dir, "@")
	return r
}

// The rules of keepalived's FILE_CHECK.
func TestFileWithANumber(t *testing.T) {
	tests := []struct {
		text    string
		weight  int
		reverse bool
		want    string // what is added to the weight, "fail" or "unknown"
		reason  string
	}{
		{"5", 1, false, "5", "@/n says 5"},
		{" -5 \nmore", 1, false, "-5", "@/n says -5"},
		{"5", 3, false, "15", "@/n says 5"},
		{"5", -3, false, "-15", "@/n says 5"},
		{"5", 3, true, "-15", "@/n says 5"},
		{"+0", 3, true, "0", "@/n says 0"},
		{"missing", 3, false, "0", "@/n says 0"},
		{"0", 0, false, "0", "@/n says 0"},
		{"missing", 0, false, "0", "@/n says 0"},
		{"1", 0, false, "fail", "@/n says 1, want 0"},
		{"-1", 0, true, "fail", "@/n says -1, want 0"},
		{"2147483647", 2, false, "2147483647", "@/n says 2147483647"},
		{"-2147483647", 1, false, "-2147483647", "@/n says -2147483647"},
		{"-2147483648", 1, false, "fail", "@/n says -2147483648, which makes -2147483648"},
		{"2147483647", 2, true, "fail", "@/n says 2147483647, which makes -4294967294"},
		{"2147483647", -math.MaxInt32, false, "fail", "@/n says 2147483647, which makes -4611686014132420609"},
		{"", 1, false, "unknown", `@/n: holds "", want a whole number from -2147483648 to 2147483647`},
		{"2147483648", 1, false, "unknown", `@/n: holds "2147483648", want a whole number from -2147483648 to 2147483647`},
		{"1.5", 1, false, "unknown", `@/n: holds "1.5", want a whole number from -2147483648 to 2147483647`},
		{"5" + strings.Repeat(" ", numberLimit), 1, false, "unknown", "@/n: holds more than 128 bytes, want a number"},
		{"folder", 1, false, "unknown", "@/n: is no regular file"},
		{"pipe", 1, false, "unknown", "@/n|: is no regular file"},
	}
	for _, tt := range tests {
		t.Run(shorten(tt.text, 20)+" "+tt.want, func(t *testing.T) {
			c := File{Path: "@/n", Want: FileNumber, Weight: tt.weight, Reverse: tt.reverse}
			files := map[string]string{"n": tt.text}
			switch tt.text {
			case "missing":
				files = nil
			case "folder":
				files = map[string]string{"n/": ""}
			case "pipe":
				files, c.Path = map[string]string{"n|": ""}, "@/n|"
			}
			r := lookAt(t, c, inFolder(t, files))
			got := r.Outcome.String()
			if r.Outcome == Pass {
				got = strings.TrimPrefix(strings.TrimPrefix(r.Advice.String(), "weight "), "+")
				if r.Advice == (Advice{}) {
					got = "0"
				}
			} else if r.Advice != (Advice{}) {
				t.Errorf("%v with %v", r.Outcome, r.Advice)
			}
			if got != tt.want || r.Reason != tt.reason {
				t.Errorf("got  %s %s\nwant %s %s", got, r.Reason, tt.want, tt.reason)
			}
		})
	}
}

func TestFilesOfAServer(t *testing.T) {
	c := File{Folder: "/m", Names: []string{"a", "b"}}
	got := c.Files(Target{Addr: server, Name: "web/1"})
	want := []string{"/m/192.0.2.1:80", "/m/192.0.2.1", "/m/a", "/m/a:80", "/m/b", "/m/b:80"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (File{Path: "/x"}).Files(Target{Addr: server}); !slices.Equal(got, []string{"/x"}) {
		t.Errorf("got %q", got)
	}
}

func TestFileIdentity(t *testing.T) {
	for want, c := range map[string]File{
		"file path=/m want=absent":                   {Path: "/m", Want: FileAbsent, Weight: 1},
		"file folder=/m name=a name=b want=present":  {Folder: "/m", Names: []string{"a", "b"}, Want: FilePresent, Weight: 1},
		"file path=/n want=number":                   {Path: "/n", Want: FileNumber, Weight: 1},
		"file path=/n want=number weight=-2 reverse": {Path: "/n", Want: FileNumber, Weight: -2, Reverse: true},
		"file path=/n want=number weight=0":          {Path: "/n", Want: FileNumber},
	} {
		if got := c.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func FuzzFileNumber(f *testing.F) {
	for _, text := range []string{"0", "-1", " 7\n8", "", "\n", "2147483648", "0x10", "1e3", "٣", "\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseNumber(text)
		if n < math.MinInt32 || n > math.MaxInt32 || err != nil && n != 0 {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	})
}
