package checks

import (
	"context"
	"fmt"
	"time"
)

// Within gives c no more than limit to answer. A run that takes longer says
// "no answer within 1s" and how far it got. The identity of the result is
// that of c with the limit.
func Within(limit time.Duration, c Check) Check {
	return within{limit, c}
}

type within struct {
	limit time.Duration
	check Check
}

// Check implements [Check].
func (w within) Check(ctx context.Context, t Target) Result {
	ctx, cancel := context.WithTimeoutCause(ctx, w.limit, fmt.Errorf("no answer within %v", w.limit))
	defer cancel()
	return w.check.Check(ctx, t)
}

// String is the identity of the check.
func (w within) String() string {
	return fmt.Sprintf("%v timeout=%v", w.check, w.limit)
}
