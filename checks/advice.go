package checks

import "fmt"

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
	ScaleWeight            // percent of the configured weight, 0 to 256 (HAProxy's agent-check)
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
