package checks

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// A query is a question as it was sent.
type query struct {
	id       uint16
	question dnsmessage.Question
	wire     []byte
}

// An answer is a message whose header and question have been read.
type answer struct {
	dnsmessage.Header
	kind   dnsmessage.Type
	parser dnsmessage.Parser // at the answers
}

// errNotOurs is of messages that answer another question than ours, or none.
var errNotOurs = errors.New("an answer to another question")

// read reads a message that has to answer the query: it has its ID and its
// question. A server that refuses a query need not repeat the question.
func (q query) read(data []byte) (answer, error) {
	a := answer{kind: q.question.Type}
	header, err := a.parser.Start(data)
	if err != nil || header.ID != q.id || !header.Response {
		return a, errNotOurs
	}
	a.Header = header
	questions, err := a.parser.AllQuestions()
	switch {
	case err != nil:
		return a, faultf(Protocol, "answer: question: %v", err)
	case len(questions) == 0 && header.RCode != dnsmessage.RCodeSuccess:
		return a, nil
	case len(questions) != 1 || !sameQuestion(questions[0], q.question):
		return a, errNotOurs
	}
	return a, nil
}

// sameQuestion compares names without regard to case (RFC 4343).
func sameQuestion(a, b dnsmessage.Question) bool {
	return a.Type == b.Type && a.Class == b.Class && strings.EqualFold(a.Name.String(), b.Name.String())
}

// records calls f with each record of the type asked for, as text, and returns
// their number. Others, such as the CNAME records that lead to them, are passed
// over.
func (a answer) records(f func(text string)) (count int, err error) {
	for {
		h, err := a.parser.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return count, nil
		}
		if err != nil {
			return count, err
		}
		if h.Type != a.kind || h.Class != dnsmessage.ClassINET {
			if err := a.parser.SkipAnswer(); err != nil {
				return count, err
			}
			continue
		}
		record, err := a.parser.Answer()
		if err != nil {
			return count, err
		}
		count++
		f(recordText(record.Body))
	}
}

// recordText is the data of a record as zone files have it, names in lower
// case and with their last dot. The strings of a TXT record are joined, as they
// are for SPF and DKIM (RFC 7208, 3.3).
func recordText(body dnsmessage.ResourceBody) string {
	name := func(n dnsmessage.Name) string { return strings.ToLower(n.String()) }
	switch r := body.(type) {
	case *dnsmessage.AResource:
		return addrText(r.A[:])
	case *dnsmessage.AAAAResource:
		return addrText(r.AAAA[:])
	case *dnsmessage.CNAMEResource:
		return name(r.CNAME)
	case *dnsmessage.NSResource:
		return name(r.NS)
	case *dnsmessage.PTRResource:
		return name(r.PTR)
	case *dnsmessage.TXTResource:
		return strings.Join(r.TXT, "")
	case *dnsmessage.MXResource:
		return fmt.Sprintf("%d %s", r.Pref, name(r.MX))
	case *dnsmessage.SRVResource:
		return fmt.Sprintf("%d %d %d %s", r.Priority, r.Weight, r.Port, name(r.Target))
	case *dnsmessage.SOAResource:
		return fmt.Sprintf("%s %s %d %d %d %d %d", name(r.NS), name(r.MBox), r.Serial, r.Refresh, r.Retry, r.Expire, r.MinTTL)
	}
	return ""
}
