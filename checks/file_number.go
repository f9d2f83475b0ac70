package checks

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// numberLimit is the length of a file with a number in bytes.
const numberLimit = 128

// number judges a file that holds a number.
func (c File) number() Result {
	n, err := readNumber(c.Path)
	if err != nil {
		return Result{Cause: Local, Reason: OneLine(fmt.Sprintf("%s: %s", c.Path, plain(err)))}
	}
	said := fmt.Sprintf("%s says %d", c.Path, n)
	add := n * int64(c.Weight)
	if c.Reverse {
		add = -add
	}
	switch {
	case c.Weight == 0 && n != 0:
		return Result{Outcome: Fail, Cause: Verdict, Reason: OneLine(said + ", want 0")}
	case c.Weight == 0:
		return Result{Outcome: Pass, Reason: OneLine(said)}
	case add <= math.MinInt32:
		return Result{Outcome: Fail, Cause: Verdict, Reason: OneLine(fmt.Sprintf("%s, which makes %d", said, add))}
	}
	return Result{Outcome: Pass, Reason: OneLine(said), Advice: Advice{AddWeight, int(min(add, math.MaxInt32))}}
}

// readNumber reads the number that a file holds on its first line.
func readNumber(path string) (int64, error) {
	text, err := readFile(path, numberLimit+1)
	if missing(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(text) > numberLimit {
		return 0, fmt.Errorf("holds more than %d bytes, want a number", numberLimit)
	}
	return parseNumber(text)
}

func parseNumber(text string) (int64, error) {
	line, _, _ := strings.Cut(text, "\n")
	n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("holds %s, want a whole number from -2147483648 to 2147483647", shortQuote(line))
	}
	return n, nil
}
