package checks

import (
	"fmt"
	"strings"
)

// orders is what an agent has said until now, in three parts that each hold
// until the agent says another word for them. The zero orders are those of an
// agent that never spoke.
type orders struct {
	admin  string // "ready", "drain" or "maint"
	health string // "up", "down", "fail" or "stopped"
	why    string // what was said about health, after #
	weight string // as it was said: "50%", "weight:50"
}

// parseOrders reads a line of an agent that never spoke before.
func parseOrders(line string) (orders, error) { return orders{}.amend(line) }

// amend returns the orders after one more line: words between blanks and
// commas, in any case, of which the last of a kind holds, and a description of
// health after a #. The error names the first word that is none; the others
// hold nevertheless (the rules of HAProxy's agent-check).
func (o orders) amend(line string) (orders, error) {
	var strange error
	line, why, _ := cutDescription(line)
	spoken := ""
	for _, word := range strings.FieldsFunc(line, isSeparator) {
		switch w := strings.ToLower(word); w {
		case "ready", "drain", "maint":
			o.admin = w
		case "up", "down", "fail", "stopped":
			spoken = w
		default:
			if known, err := o.number(w); !known && strange == nil {
				strange = err
			}
		}
	}
	if spoken != "" {
		o.health, o.why = spoken, OneLine(why)
	}
	return o, strange
}

// number takes in a word with a number.
func (o *orders) number(word string) (known bool, err error) {
	if limit, ok := strings.CutPrefix(word, "maxconn:"); ok {
		if _, err := ParseAdvice(limit); err != nil {
			return false, fmt.Errorf("maxconn %s is no number", shortQuote(limit))
		}
		return true, nil // IPVS has no such limit; see thresholds
	}
	digits, named := strings.CutPrefix(word, "weight:")
	if !named && !strings.HasSuffix(word, "%") {
		return false, fmt.Errorf("%s is no word of an agent", shortQuote(word))
	}
	if _, err := ParseAdvice(digits); err != nil {
		return false, err
	}
	o.weight = word
	return true, nil
}

func isSeparator(r rune) bool { return r == ' ' || r == '\t' || r == ',' }

// cutDescription cuts a line where a word begins with #.
func cutDescription(line string) (words, description string, found bool) {
	for i, c := range []byte(line) {
		if c == '#' && (i == 0 || isSeparator(rune(line[i-1]))) {
			return line[:i], line[i+1:], true
		}
	}
	return line, "", false
}

// String is a line that says all of it.
func (o orders) String() string {
	line := strings.Join(strings.Fields(strings.Join([]string{o.admin, o.health, o.weight}, " ")), " ")
	if o.why != "" {
		line += " #" + o.why
	}
	return line
}

// verdict is the result of an agent that has just said line.
func (o orders) verdict(line string, strange error) Result {
	r := Result{Outcome: Pass, Memory: o.String(), Reason: "agent: " + strings.TrimSpace(line)}
	switch {
	case o.admin == "maint":
		r.Outcome, r.Cause, r.Reason = Fail, Verdict, "maintenance"
	case o.health != "" && o.health != "up":
		r.Outcome, r.Cause, r.Reason = Fail, Verdict, "agent: "+o.health
		if o.why != "" {
			r.Reason += ": " + o.why
		}
	}
	if strange != nil {
		r.Reason += fmt.Sprintf(" (%v)", strange)
	}
	r.Reason = OneLine(r.Reason)
	r.Advice = o.advice()
	return r
}

// unheard is the result of a run in which the agent was not heard, for a
// reason: what it said before holds. A fault on our side stays unknown.
func (o orders) unheard(why Result, memory string) Result {
	if memory == "" && why.Outcome == Fail {
		return Result{Outcome: Pass, Reason: OneLine("the agent has said nothing yet: " + why.Reason)}
	}
	why.Outcome, why.Memory, why.Advice = Unknown, memory, o.advice()
	return why
}

// advice is what the orders say of the weight.
func (o orders) advice() Advice {
	if o.admin == "drain" {
		return Advice{SetWeight, 0}
	}
	a, _ := ParseAdvice(strings.TrimPrefix(o.weight, "weight:")) // which number has looked at
	return a
}
