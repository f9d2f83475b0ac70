package ipvs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fakeProc gives a client files in place of /proc: variables of net.ipv4.vs
// and the connection table, if it is not empty. It returns their folder.
func fakeProc(t testing.TB, c *Client, variables map[string]string, connections string) string {
	t.Helper()
	root := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(namespaceFile, "")
	for name, text := range variables {
		write(sysctlFolder+name, text)
	}
	if connections != "" {
		write(connectionFile, connections)
	}
	c.proc = openProc(root)
	return root
}

func TestVariablesAreReadAndSet(t *testing.T) {
	c := dialFake(t, &fakeKernel{answer: acknowledge})
	root := fakeProc(t, c, map[string]string{"drop_entry": "0\n", "sync_threshold": "3\t50\n", "newer_than_this": "x y\n"}, "")
	for name, want := range map[string]string{"drop_entry": "0", "sync_threshold": "3 50", "newer_than_this": "x y"} {
		if got, err := c.Sysctl(name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, value := range map[string]string{"drop_entry": "3", "sync_threshold": "0   8", "newer_than_this": "z w"} {
		if err := c.SetSysctl(name, value); err != nil {
			t.Error(err)
		}
		text, err := os.ReadFile(root + sysctlFolder + name)
		if want := strings.Join(strings.Fields(value), " ") + "\n"; err != nil || !strings.HasPrefix(string(text), want) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

func TestVariablesThatAreNotThereSayWhatTheyNeed(t *testing.T) {
	c := dialFake(t, &fakeKernel{answer: acknowledge})
	fakeProc(t, c, map[string]string{"drop_entry": "0\n"}, "")
	for name, hint := range map[string]string{
		"est_nice": "needs Linux 6.2", "conntrack": "needs CONFIG_IP_VS_NFCT", "snat_reroute": "does not have it",
		"nosuch": "no such variable", "../drop_entry": "is not the name", "": "is not the name",
	} {
		_, err := c.Sysctl(name)
		set := c.SetSysctl(name, "1")
		for _, err := range []error{err, set} {
			var refusal *Error
			if !errors.Is(err, ErrNoSysctl) || !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &refusal) ||
				!strings.Contains(refusal.Reason, hint) {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

func TestAValueThatTheKernelChangesIsAnError(t *testing.T) {
	c := dialFake(t, &fakeKernel{answer: acknowledge})
	root := fakeProc(t, c, nil, "")
	// What is written to such a file is not what is read.
	if err := os.MkdirAll(root+sysctlFolder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/null", root+sysctlFolder+"sync_ports"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetSysctl("sync_ports", "4"); err == nil || err.Error() != `set sync_ports: the kernel made "" of "4"` {
		t.Error(err)
	}
	for _, test := range []struct {
		name, value, got string
		fine             bool
	}{
		{"drop_entry", "1", "2", true}, {"secure_tcp", "2", "1", true}, {"drop_packet", "3", "1", false},
		{"drop_entry", "1", "0", false}, {"sync_ports", "1", "2", false},
	} {
		if flips(test.name, test.value, test.got) != test.fine {
			t.Errorf("%+v", test)
		}
	}
}

func TestTheReasonOfARefusalIsTold(t *testing.T) {
	for reason, err := range map[string]error{
		"the kernel does not take the value": &fs.PathError{Err: syscall.EINVAL},
		"can only be read here":              &fs.PathError{Err: syscall.EACCES},
		"another network namespace":          errNamespace,
	} {
		if got := sysctlError("set drop_entry", "drop_entry", err); !strings.Contains(got.Error(), reason) {
			t.Error(got)
		}
	}
}

func TestAThreadOfAnotherNamespaceIsRefused(t *testing.T) {
	c := dialFake(t, &fakeKernel{answer: acknowledge})
	root := fakeProc(t, c, map[string]string{"drop_entry": "0\n"}, heading)
	if err := os.Rename(root+namespaceFile, root+namespaceFile+"2"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sysctl("drop_entry"); err == nil || errors.Is(err, ErrNoSysctl) {
		t.Errorf("without a namespace: %v", err)
	}
	if err := os.WriteFile(root+namespaceFile, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sysctl("drop_entry"); err == nil || !strings.Contains(err.Error(), "another network namespace") {
		t.Error(err)
	}
	for _, err := range c.Connections(ConnectionFilter{}) {
		if err == nil || !strings.Contains(err.Error(), "another network namespace") {
			t.Error(err)
		}
	}
	c.proc = openProc(root + "/nowhere")
	if _, err := c.Sysctl("drop_entry"); err == nil || !strings.Contains(err.Error(), "find the network namespace") {
		t.Error(err)
	}
}

func TestTheListOfVariablesIsInOrder(t *testing.T) {
	list := Sysctls()
	if !slices.IsSortedFunc(list, func(a, b Sysctl) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted")
	}
	for _, s := range list {
		if s.Default != "" && s.Check(s.Default) != nil || s.About == "" || s.Min > s.Max {
			t.Errorf("%+v", s)
		}
	}
	list[0].Name = "changed"
	if Sysctls()[0].Name == "changed" {
		t.Error("the caller got the list itself")
	}
}

func TestListsOfCPUsAreChecked(t *testing.T) {
	s, _ := knownSysctl("est_cpulist")
	for value, good := range map[string]bool{"0-3,8": true, "": true, "all": false, "0 1": false} {
		if err := s.Check(value); err == nil != good {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// FuzzSysctl sets texts: what is accepted is one line that reads back.
func FuzzSysctl(f *testing.F) {
	for _, s := range sysctls {
		f.Add(s.Name, s.Default)
	}
	f.Add("sync_threshold", "-1 99999999999999999999")
	f.Add("nosuch", "a\nb")
	f.Fuzz(func(t *testing.T, name, value string) {
		m := NewMemory()
		if m.SetSysctl(name, value) != nil {
			return
		}
		got, err := m.Sysctl(name)
		if err != nil || m.SetSysctl(name, got) != nil {
			t.Errorf("%s %q came back as %q, %v", name, value, got, err)
		}
		if strings.ContainsAny(name, "/.") || strings.ContainsAny(got, "\n\x00") {
			t.Errorf("accepted %q %q", name, got)
		}
	})
}
