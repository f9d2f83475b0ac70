package checks

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxPercent is the largest part of the configured weight: it makes HAProxy's
// largest weight, 256, of the smallest.
const maxPercent = 25600

// An Advice is what an answer says of the weight its server should have. The
// zero Advice says nothing.
type Advice struct {
	Kind  AdviceKind
	Value int
}

// An AdviceKind is how the value of an [Advice] is to be taken.
type AdviceKind uint8

// The kinds.
const (
	NoAdvice    AdviceKind = iota
	SetWeight              // the weight itself, 0 to 2147483647
	AddWeight              // is added to the configured weight, may be below zero (keepalived's misc_dynamic)
	ScaleWeight            // percent of the configured weight, 0 to 25600 (HAProxy's agent-check)
)

// String is the advice in words, such as "weight 50 %".
func (a Advice) String() string {
	switch a.Kind {
	case SetWeight:
		return fmt.Sprintf("weight %d", a.Value)
	case AddWeight:
		return fmt.Sprintf("weight %+d", a.Value)
	case ScaleWeight:
		return fmt.Sprintf("weight %d %%", a.Value)
	}
	return ""
}

// ParseAdvice reads a weight: a whole number from 0 to 2147483647, or a
// percentage of the configured weight from 0 to 256, such as "50%".
func ParseAdvice(text string) (Advice, error) {
	digits, percent := strings.CutSuffix(text, "%")
	kind, most := SetWeight, math.MaxInt32
	if percent {
		kind, most = ScaleWeight, maxPercent
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n > uint64(most) {
		return Advice{}, fmt.Errorf(`weight %s: want a whole number from 0 up, or a percentage from 0%% to %d%%`, shortQuote(text), maxPercent)
	}
	return Advice{kind, int(n)}, nil
}
