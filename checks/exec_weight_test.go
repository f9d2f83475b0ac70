package checks

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

func TestWeightOfAProgram(t *testing.T) {
	weigh := func(r Result, kind AdviceKind, value int) Result {
		r.Advice = Advice{kind, value}
		return r
	}
	const configured = 10
	tests := []struct {
		name, text string
		from       WeightSource
		want       Result
	}{
		// keepalived's misc_dynamic: 0 leaves the weight alone, 1 fails, 2 to
		// 255 pass and contribute the code less 2 less the configured weight.
		{"exit: 0 leaves the weight alone", "exit 0", ExitWeight, passing("exit code 0")},
		{"exit: 1 is a fail", "exit 1", ExitWeight, fail(Exit, "exit code 1")},
		{"exit: 2 is weight 0", "exit 2", ExitWeight, weigh(passing("exit code 2"), AddWeight, -configured)},
		{"exit: 3 is weight 1", "exit 3", ExitWeight, weigh(passing("exit code 3"), AddWeight, 1-configured)},
		{"exit: 12 is the configured weight", "echo idle; exit 12", ExitWeight, weigh(passing("exit code 12: idle"), AddWeight, 0)},
		{"exit: 255 is weight 253", "exit 255", ExitWeight, weigh(passing("exit code 255"), AddWeight, 253-configured)},
		{"exit: a signal is a fail without weight", "kill -9 $$", ExitWeight, fail(Signal, "killed by SIGKILL")},
		{"none: the code is only a code", "echo 50; exit 50", NoWeight, fail(Exit, "exit code 50: 50")},
		{"none: the output is only output", "echo weight 50", NoWeight, passing("exit code 0: weight 50")},

		{"output: a word and a number", "echo weight 50; echo weight 60", OutputWeight, weigh(passing("exit code 0: weight 50"), SetWeight, 50)},
		{"output: a number", "echo 0", OutputWeight, weigh(passing("exit code 0: 0"), SetWeight, 0)},
		{"output: the largest number", "echo 2147483647", OutputWeight, weigh(passing("exit code 0: 2147483647"), SetWeight, 2147483647)},
		{"output: a percentage", "echo 50%", OutputWeight, weigh(passing("exit code 0: 50%"), ScaleWeight, 50)},
		{"output: a word and a percentage", "printf 'weight 150%%'", OutputWeight, weigh(passing("exit code 0: weight 150%"), ScaleWeight, 150)},
		{"output: nothing", "exit 0", OutputWeight, passing(`no weight in its output: weight "": want a whole number from 0 up, or a percentage from 0% to 25600%`)},
		{"output: too large", "echo 2147483648", OutputWeight, passing(`no weight in its output: weight "2147483648": want a whole number from 0 up, or a percentage from 0% to 25600%`)},
		{"output: below zero", "echo weight -1", OutputWeight, passing(`no weight in its output: weight "-1": want a whole number from 0 up, or a percentage from 0% to 25600%`)},
		{"output: the errors are not the output", "echo 50 >&2", OutputWeight, passing(`no weight in its output: weight "": want a whole number from 0 up, or a percentage from 0% to 25600%`)},
		{"output: of a fail nothing is taken", "echo weight 50; exit 2", OutputWeight, fail(Exit, "exit code 2: weight 50")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := NewExec(script(t, tt.text), KeepalivedConvention, tt.from)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, e.Check(t.Context(), Target{Addr: server, Weight: configured}), tt.want)
		})
	}
}

// keepalived's weights once leaked upward when a script was killed by its
// timeout (acassen/keepalived#2720).
func TestAProgramThatIsKilledSaysNothingOfWeights(t *testing.T) {
	for from, last := range map[WeightSource]string{ExitWeight: "exit 50", OutputWeight: "exit 0"} {
		ready := filepath.Join(t.TempDir(), "ready")
		text := `echo weight 50; trap "` + last + `" TERM; : >` + ready + `; sleep 1000 & wait`
		e, err := NewExec(script(t, text), KeepalivedConvention, from)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, e.Check(onceThere(t, ready), Target{Addr: server, Weight: 10}),
			fail(Timeout, "no answer in time (program stopped: weight 50)"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r := e.Check(ctx, Target{Addr: server, Weight: 10}); r.Outcome != Unknown || r.Advice != (Advice{}) {
			t.Errorf("%s, our own end: got %+v", from, r)
		}
	}
}

func TestExecMistakesNameTheWord(t *testing.T) {
	_, err := NewExec(Command{Args: []string{"/bin/true"}}, "nagios", "moon")
	for _, want := range []string{`convention "nagios": want ldirectord or haproxy`, `weight_from "moon": want exit or output`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func FuzzParseAdvice(f *testing.F) {
	for _, text := range []string{"0", "50", "50%", "25600%", "25601%", "2147483647", "2147483648", "-1", "+1", "%", "", "1_0", "0x1", "٣"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAdvice(text)
		switch {
		case err != nil && a != (Advice{}):
			t.Errorf("%q: %+v beside %v", text, a, err)
		case err == nil && (a.Value < 0 || a.Value > 1<<31-1 || a.Kind == ScaleWeight && a.Value > maxPercent):
			t.Errorf("%q: %+v", text, a)
		case err == nil && a.Kind != SetWeight && a.Kind != ScaleWeight:
			t.Errorf("%q: %+v", text, a)
		}
	})
}
