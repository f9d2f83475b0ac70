package checks

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// judge judges an answer: the status, the headers, then the body. Whole means
// that the body was read to its end.
func (c *HTTPCheck) judge(r *run, answer *http.Response) (whole bool, err error) {
	if err := c.judgeHeader(r, answer); err != nil {
		return false, err
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(c.set.BodyLimit)))
	if err != nil {
		r.reach("%d bytes of the body", len(body))
		return false, asProtocol(fmt.Sprintf("body after %d bytes", len(body)), err)
	}
	return len(body) < c.set.BodyLimit, c.judgeBody(body)
}

// judgeHeader judges the status and the headers.
func (c *HTTPCheck) judgeHeader(r *run, answer *http.Response) error {
	switch {
	case c.set.DegradedStatus.Contains(answer.StatusCode):
		r.degrade(Status, "status %d", answer.StatusCode)
	case !c.set.Status.Contains(answer.StatusCode):
		return faultf(Status, "status %d, want %v", answer.StatusCode, c.set.Status)
	}
	for _, w := range c.set.HeaderWants {
		if text := w.missing(answer.Header); text != "" {
			return faultf(Header, "header: %s", text)
		}
	}
	r.reach("status %d", answer.StatusCode)
	return nil
}

// judgeBody judges what was read of the body.
func (c *HTTPCheck) judgeBody(body []byte) error {
	if w := c.want(); !w.in(body) {
		return faultf(Body, "body: %s", w.missing(body, c.set.BodyLimit))
	}
	if len(c.set.JSON) == 0 {
		return nil
	}
	if len(body) >= c.set.BodyLimit {
		return faultf(Body, "json: the body has more than %d bytes, see body_limit", c.set.BodyLimit-1)
	}
	return judgeJSON(c.set.JSON, body)
}

func (c *HTTPCheck) want() want {
	return want{text: []byte(c.set.BodyContains), pattern: c.set.BodyMatch}
}

// judgeLatency judges how long the run took, from the start of its connection
// to the end of the answer.
func (c *HTTPCheck) judgeLatency(r *run, took time.Duration) error {
	const text = "took %v, want at most %v"
	shown := took.Round(time.Millisecond)
	switch limit, soft := c.set.MaxLatency, c.set.DegradedLatency; {
	case limit > 0 && took > limit:
		return faultf(Timeout, text, shown, limit)
	case soft > 0 && took > soft:
		r.degrade(Timeout, text, shown, soft)
	}
	return nil
}
