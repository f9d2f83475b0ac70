package checks

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// DefaultEDNS is the size of answers over UDP that a check asks for: what
// passes every network in one piece (https://www.dnsflagday.net/2020/).
const DefaultEDNS = 1232

// DNS asks a name server one question and passes when its answer has an
// accepted code and holds what is wanted. The zero DNS asks for the SOA record
// of the root and accepts NOERROR, with or without a record, as keepalived does.
type DNS struct {
	Route              // whom to ask
	Name        string // the name asked for; the root if empty
	Type        string // the type asked for, one of [DNSTypes]; SOA if empty
	TCP         bool   // over TCP at once, and not only when the answer over UDP is cut short
	NoRecursion bool   // the server is asked for what it knows itself
	EDNS        int    // size of answers over UDP, 512 to 65535; 0 is DefaultEDNS; -1 asks without EDNS

	Codes       []string       // accepted, some of [DNSCodes]; NOERROR if empty
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
	q := c.query(uint16(rand.Uint32()))
	if !c.TCP {
		truncated, err := c.overUDP(r, c.Route.to(t), q)
		if !truncated {
			return err
		}
		r.reach("answer cut short, asking over TCP")
	}
	return c.overTCP(r, t, q)
}

// overUDP asks over UDP. Truncated means that the server wants to be asked
// over TCP.
func (c DNS) overUDP(r *run, to netip.AddrPort, q query) (truncated bool, err error) {
	s, hangUp, err := r.openDatagrams(c.Route, to, unix.SOCK_DGRAM, 0)
	if err != nil {
		return false, err
	}
	defer hangUp()
	if err := s.send(q.wire); err != nil {
		return false, err
	}
	r.reach("query sent")
	for {
		data, err := s.receive()
		if err != nil {
			return false, err
		}
		// What does not answer our question may come from anybody (RFC 5452, 9.1).
		switch a, err := q.read(data); {
		case errors.Is(err, errNotOurs):
			r.steps = append(r.steps[:0], "query sent", "another answer ignored")
		case err != nil:
			return false, err
		case a.Truncated:
			return true, nil
		default:
			return false, c.judge(r, a)
		}
	}
}

// overTCP asks over TCP, where a message goes behind its length (RFC 1035, 4.2.2).
func (c DNS) overTCP(r *run, t Target, q query) error {
	conn, hangUp, err := r.dial(c.Route, t)
	if err != nil {
		return err
	}
	defer hangUp()
	framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(q.wire))), q.wire...)
	if _, err := conn.Write(framed); err != nil {
		return err
	}
	r.reach("query sent")
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return asProtocol("answer", err)
	}
	data := make([]byte, binary.BigEndian.Uint16(length[:]))
	if n, err := io.ReadFull(conn, data); err != nil {
		r.reach("%d of %d bytes received", n, len(data))
		return asProtocol("answer", err)
	}
	a, err := q.read(data)
	if err != nil {
		return faultf(Protocol, "%v", err)
	}
	return c.judge(r, a)
}

// judge looks at an answer to our question: first the code, then the records.
func (c DNS) judge(r *run, a answer) error {
	if code := codeName(a.RCode); !c.accepts(code) {
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
	r.reach("%s, %d records", codeName(a.RCode), count)
	return nil
}

// compare goes through the records of the type that was asked for. It returns
// the first thing wanted that is not there, and how many records there are.
func (c DNS) compare(a answer) (missing string, count int, err error) {
	seen := make([]bool, len(c.Answers))
	matched := c.AnswerMatch == nil
	wanted := make([]string, len(c.Answers))
	for i, text := range c.Answers {
		wanted[i], _ = canonical(c.typeName(), text)
	}
	count, err = a.records(func(text string) {
		matched = matched || c.AnswerMatch.MatchString(text)
		for i, w := range wanted {
			seen[i] = seen[i] || w == text
		}
	})
	for i, ok := range seen {
		if !ok {
			return shortQuote(c.Answers[i]), count, err
		}
	}
	if !matched {
		missing = fmt.Sprintf("a match of %s", shortQuote(c.AnswerMatch.String()))
	}
	return missing, count, err
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
func (c DNS) query(id uint16) query {
	name, _ := dnsName(c.Name)
	q := query{id: id, question: dnsmessage.Question{Name: name, Type: dnsTypeOf(c.typeName()).kind, Class: dnsmessage.ClassINET}}
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: !c.NoRecursion})
	b.StartQuestions()
	b.Question(q.question)
	if c.EDNS >= 0 {
		size := c.EDNS
		if size == 0 {
			size = DefaultEDNS
		}
		var h dnsmessage.ResourceHeader
		b.StartAdditionals()
		h.SetEDNS0(size, dnsmessage.RCodeSuccess, false)
		b.OPTResource(h, dnsmessage.OPTResource{})
	}
	q.wire, _ = b.Finish() // fails for names without an end only
	return q
}
