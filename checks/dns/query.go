package dns

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// DefaultEDNS is the size of answers over UDP that passes every network in one
// piece (https://www.dnsflagday.net/2020/).
const DefaultEDNS = 1232

// ErrOther is of messages that answer another question than ours, or none. Over
// UDP they may come from anybody, and are to be passed over (RFC 5452, 9.1).
var ErrOther = errors.New("an answer to another question")

// A Query is one question, and how it is put.
type Query struct {
	ID          uint16 // which nobody else can guess
	Question    dnsmessage.Question
	NoRecursion bool // the server is asked for what it knows itself
	EDNS        int  // size of answers over UDP, 512 to 65535; 0 asks without EDNS
}

// NewQuery asks for the records of a type that a name has.
func NewQuery(name dnsmessage.Name, kind dnsmessage.Type) Query {
	return Query{
		ID:       uint16(rand.Uint32()),
		Question: dnsmessage.Question{Name: name, Type: kind, Class: dnsmessage.ClassINET},
		EDNS:     DefaultEDNS,
	}
}

// Wire is the question as it is sent. It fails for a name without its last dot
// only, which [NewName] does not return.
func (q Query) Wire() ([]byte, error) {
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: q.ID, RecursionDesired: !q.NoRecursion})
	if err := errors.Join(b.StartQuestions(), b.Question(q.Question)); err != nil {
		return nil, err
	}
	if q.EDNS > 0 {
		var h dnsmessage.ResourceHeader
		err := errors.Join(h.SetEDNS0(q.EDNS, dnsmessage.RCodeSuccess, false), b.StartAdditionals(), b.OPTResource(h, dnsmessage.OPTResource{}))
		if err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

// A Message is an answer whose header and question have been read.
type Message struct {
	dnsmessage.Header
	parser dnsmessage.Parser // at the answers
}

// Read reads a message that has to answer the query: it has its ID and its
// question, or else the error is [ErrOther]. A server that refuses a query need
// not repeat the question.
func (q Query) Read(data []byte) (m Message, err error) {
	header, err := m.parser.Start(data)
	if err != nil || header.ID != q.ID || !header.Response {
		return m, ErrOther
	}
	m.Header = header
	questions, err := m.parser.AllQuestions()
	switch {
	case err != nil:
		return m, fmt.Errorf("question: %w", err)
	case len(questions) == 0 && header.RCode != dnsmessage.RCodeSuccess:
		return m, nil
	case len(questions) != 1 || !same(questions[0], q.Question):
		return m, ErrOther
	}
	return m, nil
}

// same compares names without regard to case (RFC 4343).
func same(a, b dnsmessage.Question) bool {
	return a.Type == b.Type && a.Class == b.Class && strings.EqualFold(a.Name.String(), b.Name.String())
}

// Records goes through the answer section, up to the first record that cannot
// be read.
func (m Message) Records() iter.Seq2[dnsmessage.Resource, error] {
	return func(yield func(dnsmessage.Resource, error) bool) {
		for p := m.parser; ; {
			r, err := p.Answer()
			if errors.Is(err, dnsmessage.ErrSectionDone) || !yield(r, err) || err != nil {
				return
			}
		}
	}
}
