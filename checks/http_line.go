package checks

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/http"
)

// headerLimit is how many bytes the status line and the headers of an answer
// may have, interim answers included.
const headerLimit = 64 << 10

// A line carries requests and answers in one version of HTTP.
type line interface {
	// exchange puts a question and reads the header of its final answer. The
	// answer's body comes over the line as it is read.
	exchange(r *run, q *question) (*http.Response, error)
	// silent reports whether nothing has come since the last question.
	silent() bool
	// atRest reports whether the line may carry another question, after an
	// answer that was read to its end.
	atRest() bool
}

// line1 is a line of HTTP/1.
type line1 struct {
	out io.Writer
	in  *bounded
	buf *bufio.Reader // of in
}

func newLine1(in io.Reader, out io.Writer) *line1 {
	b := &bounded{r: in}
	return &line1{out: out, in: b, buf: bufio.NewReader(b)}
}

// exchange implements line.
func (l *line1) exchange(r *run, q *question) (*http.Response, error) {
	l.in.n = 0
	if _, err := l.out.Write(q.text()); err != nil {
		return nil, err
	}
	r.reach("request sent")
	return l.answer(r, q.method)
}

// answer reads the header of the final answer to a method.
func (l *line1) answer(r *run, method string) (*http.Response, error) {
	l.in.left = headerLimit
	answer, err := l.header(method)
	if err != nil {
		return nil, r.noHeader(err, l.in)
	}
	l.in.left = math.MaxInt64 // whoever reads the body bounds it
	return answer, nil
}

// header skips interim answers (RFC 9110, 15.2).
func (l *line1) header(method string) (*http.Response, error) {
	for {
		answer, err := http.ReadResponse(l.buf, &http.Request{Method: method})
		if err != nil {
			return nil, err
		}
		if answer.ProtoMajor != 1 {
			return nil, fmt.Errorf("version %q", shorten(answer.Proto, 20))
		}
		if answer.StatusCode >= 200 || answer.StatusCode == http.StatusSwitchingProtocols {
			return answer, nil
		}
	}
}

func (l *line1) silent() bool { return l.in.n == 0 }
func (l *line1) atRest() bool { return l.buf.Buffered() == 0 }

// noHeader is the error of an answer whose header did not come whole.
func (r *run) noHeader(err error, in *bounded) error {
	switch {
	case in.left == 0:
		return faultf(Protocol, "header: more than %d bytes", headerLimit)
	case isEOF(err) && in.n == 0:
		return faultf(Protocol, "the server closed without an answer")
	}
	if in.n > 0 {
		r.reach("%d bytes of the header", in.n)
	}
	return asProtocol("header", err)
}
