package state

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// sample returns the bytes of a file with records and as many values; 100 fill more than one
// page.
func sample(t testing.TB, records int) []byte {
	t.Helper()
	c := content{}
	pending := map[entry]any{}
	for i := range records {
		pending[entry{services, vip(i).String()}] = kept("a.lua")
		pending[entry{values, "a.lua\x00" + strconv.Itoa(i)}] = value{JSON: []byte("1")}
	}
	c.take(pending)
	path := filepath.Join(t.TempDir(), fileName)
	f, err := create(path, c)
	if err != nil {
		t.Fatal(err)
	}
	f.close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// openDamaged opens a store over a damaged file, which must go well and leave
// one that can be used.
func openDamaged(t testing.TB, text []byte) (known bool) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	known = s.Recall() != nil
	s.Keep(vip(1), kept("b.lua"))
	if err := s.write(); err != nil {
		t.Error(err)
	}
	s.close()
	c, err := read(filepath.Join(dir, fileName))
	if err != nil || c[entry{services, vip(1).String()}] == nil {
		t.Errorf("written anew: %d places, %v", len(c), err)
	}
	return known
}

func TestADamagedFileNeverStopsTheStart(t *testing.T) {
	whole := sample(t, 100)
	random := rand.New(rand.NewPCG(1, 2))
	lost := 0
	for range 300 {
		text := append([]byte(nil), whole...)
		switch random.IntN(3) {
		case 0:
			text = text[:random.IntN(len(text))]
		case 1: // the structure of a page is at its beginning
			at := random.IntN(len(text)/4096)*4096 + random.IntN(64)
			text[at] ^= byte(1 << random.IntN(8))
		case 2:
			at := random.IntN(len(text))
			for i := at; i < min(at+512, len(text)); i++ {
				text[i] = byte(random.Uint32())
			}
		}
		if !openDamaged(t, text) {
			lost++
		}
	}
	if lost < 100 {
		t.Errorf("%d of 300 files were set aside: the damage is too small to prove anything", lost)
	}
}

// FuzzReadFile reads files that are damaged in one place.
func FuzzReadFile(f *testing.F) {
	whole := sample(f, 8)
	path := filepath.Join(f.TempDir(), fileName)
	f.Add(uint32(8192), []byte{1})
	f.Fuzz(func(t *testing.T, at uint32, by []byte) {
		text := append([]byte(nil), whole...)
		copy(text[int(at)%len(text):], by)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s := &Store{values: map[string]*Values{}}
		if err := s.understand(path); err != nil && !errors.Is(err, errDamaged) {
			t.Errorf("got %v, want that it is damaged", err)
		}
	})
}

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LUAVS_TEST_WRITER"); dir != "" {
		writeForEver(dir)
	}
	os.Exit(m.Run())
}

// writeForEver writes ever larger numbers under two names in one go, and says
// which are on the disk.
func writeForEver(dir string) {
	s, err := Open(dir, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	first, _ := s.Values("p").Get("a")
	n, _ := strconv.Atoi(string(first))
	for {
		n++
		text := []byte(strconv.Itoa(n))
		s.Values("p").Set("a", text, time.Time{})
		s.Values("p").Set("b", text, time.Time{})
		if err := s.write(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(n)
	}
}

// A process is killed at moments by chance, also while it starts. The file has
// all of each write that was done, and all or nothing of the one under way.
func TestAProcessThatIsKilledLeavesAFileThatCanBeRead(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(3, 4))
	last := 0
	for range 25 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "LUAVS_TEST_WRITER="+dir)
		cmd.Stderr = t.Output()
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(random.IntN(60))*time.Millisecond, func() { cmd.Process.Kill() })
		said := lastNumber(out)
		timer.Stop()
		var killed *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &killed) || killed.Exited() {
			t.Fatalf("the writer: %v", err)
		}
		s, err := Open(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		a, _ := s.Values("p").Get("a")
		b, _ := s.Values("p").Get("b")
		s.close()
		n, _ := strconv.Atoi(string(a))
		if string(a) != string(b) || n < max(said, last) {
			t.Fatalf("kept %s and %s, after %d was written", a, b, max(said, last))
		}
		last = n
	}
	if names := aside(t, dir); len(names) > 0 || last == 0 {
		t.Errorf("last number %d, set aside %v", last, names)
	}
}

// lastNumber reads numbers until the end of a stream, and returns the last
// whole one.
func lastNumber(r io.Reader) (last int) {
	for {
		var n int
		if _, err := fmt.Fscanf(r, "%d\n", &n); err != nil {
			return last
		}
		last = n
	}
}
