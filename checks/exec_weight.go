package checks

import (
	"bytes"
	"slices"
	"strings"
)

// A WeightSource says where the weight of a server is read from a program that
// checked it.
type WeightSource string

// The sources. Only a program that passed is asked: what a program said that
// failed, was killed or could not be started is nobody's weight.
const (
	// NoWeight leaves the weight alone.
	NoWeight WeightSource = ""

	// ExitWeight is keepalived's misc_dynamic: exit code 0 leaves the weight
	// alone, 1 is a fail, and 2 to 255 are a pass that adds the code less 2,
	// less the configured weight, which makes the weight the code less 2 if
	// nothing else adds to it.
	ExitWeight WeightSource = "exit"

	// OutputWeight is the first line of the output: "weight 50", "50", or a
	// part of the configured weight, "weight 50%" or "50%".
	OutputWeight WeightSource = "output"
)

// firstWeight is the exit code that stands for weight 0.
const firstWeight = 2

func (w WeightSource) mistake() error {
	known := []WeightSource{NoWeight, ExitWeight, OutputWeight}
	return mistake(slices.Contains(known, w), "weight_from %q: want exit or output, or none", string(w))
}

// advise adds what the program says of the weight to its verdict.
func (w WeightSource) advise(r Result, out Output, t Target) Result {
	switch {
	case w == ExitWeight && out.ExitCode >= firstWeight:
		r.Outcome, r.Cause = Pass, NoCause
		r.Advice = Advice{AddWeight, out.ExitCode - firstWeight - t.Weight}
	case w == OutputWeight && r.Outcome == Pass:
		line, _, _ := bytes.Cut(bytes.TrimSpace(out.Stdout), []byte("\n"))
		words := strings.TrimSpace(strings.TrimPrefix(string(line), "weight "))
		advice, err := ParseAdvice(words)
		if err != nil {
			r.Reason = OneLine("no weight in its output: " + err.Error())
			break
		}
		r.Advice = advice
	}
	return r
}
