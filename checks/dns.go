package checks

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"luavs/checks/dns"
)

// DNS asks a name server one question and passes when its answer has an
// accepted code and holds what is wanted. The zero DNS asks for the SOA record
// of the root and accepts NOERROR, with or without a record, as keepalived does.
type DNS struct {
	Route              // whom to ask
	Name        string // the name asked for; the root if empty
	Type        string // the type asked for, one of [dns.Types]; SOA if empty
	TCP         bool   // over TCP at once, and not only when the answer over UDP is cut short
	NoRecursion bool   // the server is asked for what it knows itself
	EDNS        int    // size of answers over UDP, 512 to 65535; 0 is [dns.DefaultEDNS]; -1 asks without EDNS

	Codes       []string       // accepted, some of [dns.Codes]; NOERROR if empty
	Answers     []string       // records of the type that have to be there, as [DNS.Mistakes] says
	AnswerMatch *regexp.Regexp // one record of the type has to match this
	MinAnswers  int            // so many records of the type have to be there
}

// String is the identity of the check.
func (c DNS) String() string {
	var id identity
	id.word("dns")
	id.route(c.Route)
	id.field("name", c.Name)
	id.field("type", c.Type)
	id.flag("tcp", c.TCP)
	id.flag("recursion=false", c.NoRecursion)
	id.number("edns", c.EDNS, 0)
	for _, code := range c.Codes {
		id.field("rcode", code)
	}
	for _, answer := range c.Answers {
		id.field("answer", answer)
	}
	id.pattern("answer_match", c.AnswerMatch)
	id.number("min_answers", c.MinAnswers, 0)
	return id.String()
}

// Check implements [Check].
func (c DNS) Check(ctx context.Context, t Target) Result {
	r := start(ctx)
	if err := c.ask(r, t); err != nil {
		return r.failed(err)
	}
	return r.passed()
}

func (c DNS) ask(r *run, t Target) error {
	q := c.query()
	wire, err := q.Wire()
	if err != nil {
		return err
	}
	if !c.TCP {
		truncated, err := c.overUDP(r, c.Route.to(t), q, wire)
		if !truncated {
			return err
		}
		r.reach("answer cut short, asking over TCP")
	}
	return c.overTCP(r, t, q, wire)
}

// overUDP asks over UDP. Truncated means that the server wants to be asked
// over TCP.
func (c DNS) overUDP(r *run, to netip.AddrPort, q dns.Query, wire []byte) (truncated bool, err error) {
	s, hangUp, err := r.openDatagrams(c.Route, to, unix.SOCK_DGRAM, 0)
	if err != nil {
		return false, err
	}
	defer hangUp()
	if err := s.send(wire); err != nil {
		return false, err
	}
	r.reach("query sent")
	for {
		data, err := s.receive()
		if err != nil {
			return false, err
		}
		switch a, err := q.Read(data); {
		case errors.Is(err, dns.ErrOther):
			r.steps = append(r.steps[:0], "query sent", "another answer ignored")
		case err != nil:
			return false, faultf(Protocol, "answer: %v", err)
		case a.Truncated:
			return true, nil
		default:
			return false, c.judge(r, a)
		}
	}
}

// overTCP asks over TCP.
func (c DNS) overTCP(r *run, t Target, q dns.Query, wire []byte) error {
	conn, hangUp, err := r.dial(c.Route, t)
	if err != nil {
		return err
	}
	defer hangUp()
	if err := dns.Send(conn, wire); err != nil {
		return err
	}
	r.reach("query sent")
	data, err := dns.Receive(conn)
	var cut *dns.CutError
	if errors.As(err, &cut) {
		r.reach("%d of %d bytes received", cut.Got, cut.Size)
		err = cut.Err
	}
	if err != nil {
		return asProtocol("answer", err)
	}
	a, err := q.Read(data)
	switch {
	case errors.Is(err, dns.ErrOther):
		return faultf(Protocol, "%v", err)
	case err != nil:
		return faultf(Protocol, "answer: %v", err)
	}
	return c.judge(r, a)
}

// judge looks at an answer to our question: first the code, then the records.
func (c DNS) judge(r *run, a dns.Message) error {
	if code := dns.CodeName(a.RCode); !c.accepts(code) {
		return faultf(Status, "rcode %s, want %s", code, strings.Join(c.codes(), " or "))
	}
	found, count, err := c.compare(a)
	switch {
	case err != nil:
		return faultf(Protocol, "answer: %v", err)
	case found != "":
		return faultf(Body, "answer: %s not found in %d %s records", found, count, c.typeName())
	case count < c.MinAnswers:
		return faultf(Body, "answer: %d %s records, want %d", count, c.typeName(), c.MinAnswers)
	}
	r.reach("%s, %d records", dns.CodeName(a.RCode), count)
	return nil
}

// compare goes through the records of the type that was asked for. It returns
// the first thing wanted that is not there, and how many records there are.
func (c DNS) compare(a dns.Message) (missing string, count int, err error) {
	seen := make([]bool, len(c.Answers))
	matched := c.AnswerMatch == nil
	wanted := make([]string, len(c.Answers))
	for i, text := range c.Answers {
		wanted[i], _ = canonical(c.typeName(), text)
	}
	for text, err := range c.texts(a) {
		if err != nil {
			return "", count, err
		}
		count++
		matched = matched || c.AnswerMatch.MatchString(text)
		for i, w := range wanted {
			seen[i] = seen[i] || w == text
		}
	}
	for i, ok := range seen {
		if !ok {
			return shortQuote(c.Answers[i]), count, nil
		}
	}
	if !matched {
		missing = fmt.Sprintf("a match of %s", shortQuote(c.AnswerMatch.String()))
	}
	return missing, count, nil
}

func (c DNS) accepts(code string) bool {
	for _, want := range c.codes() {
		if strings.EqualFold(want, code) {
			return true
		}
	}
	return false
}

func (c DNS) codes() []string {
	if len(c.Codes) == 0 {
		return []string{"NOERROR"}
	}
	return c.Codes
}

func (c DNS) typeName() string {
	if c.Type == "" {
		return "SOA"
	}
	return strings.ToUpper(c.Type)
}

// query is the question. The settings have no mistakes.
func (c DNS) query() dns.Query {
	name, _ := dnsName(c.Name)
	q := dns.NewQuery(name, dns.TypeOf(c.typeName()))
	q.NoRecursion = c.NoRecursion
	if c.EDNS != 0 {
		q.EDNS = max(c.EDNS, 0)
	}
	return q
}
