package checks

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
)

// httpDialogue is a run of an HTTPCheck: the request, then the answer as it
// comes, first its header, then its body.
type httpDialogue struct {
	check  *HTTPCheck
	asked  bool
	size   int // bytes of the header so far, interim answers included
	header httpHeader
	inBody bool
	body   httpBody
	rest   []byte // of the header, what makes no whole line yet
}

var httpDialogues = sync.Pool{New: func() any { return new(httpDialogue) }}

// A sketch is what the runs of a plain check have in common.
type sketch struct {
	before []byte // the request up to the value of the Host header
	host   bool   // which stands in before already
	after  []byte // the request from there
	want   want
}

// outline makes the sketch of a plain check.
func (c *HTTPCheck) outline() *sketch {
	q := c.question(netip.AddrPort{})
	if c.set.Host != "" {
		return &sketch{before: q.text(), host: true, want: c.want()}
	}
	const place = "\x00"
	q.authority = place
	before, after, _ := bytes.Cut(q.text(), []byte(place))
	return &sketch{before: before, after: after, want: c.want()}
}

// dialogue implements polled.
func (c *HTTPCheck) dialogue() dialogue {
	if c.sketch == nil {
		return nil
	}
	d := httpDialogues.Get().(*httpDialogue)
	*d = httpDialogue{check: c, body: httpBody{kept: d.body.kept}, rest: d.rest[:0]}
	return d
}

func (d *httpDialogue) free() {
	if cap(d.body.kept) <= keptBuffer && cap(d.rest) <= keptBuffer {
		d.check = nil
		httpDialogues.Put(d)
	}
}

func (d *httpDialogue) way() *Route { return &d.check.set.Route }

func (d *httpDialogue) say(buf []byte, to netip.AddrPort) []byte {
	s := d.check.sketch
	buf = append(buf, s.before...)
	if !s.host {
		buf = d.check.appendHost(buf, to)
	}
	return append(buf, s.after...)
}

func (d *httpDialogue) sent() (turn, error) {
	d.asked = true
	return listen, nil
}

func (d *httpDialogue) hear(data []byte) (next turn, err error) {
	if !d.inBody {
		if data, err = d.hearHeader(data); err != nil || !d.inBody {
			return listen, err
		}
	}
	if err := d.body.read(data); err != nil || !d.body.complete() {
		return listen, err
	}
	return over, d.judgeBody()
}

// hearHeader takes in the header and returns what follows it.
func (d *httpDialogue) hearHeader(data []byte) (body []byte, err error) {
	room := min(len(data), headerLimit-d.size)
	text, over := data[:room], data[room:]
	d.size += room
	if len(d.rest) > 0 {
		d.rest = append(d.rest, text...)
		text = d.rest
	}
	n, err := d.readHeader(text)
	switch {
	case err != nil:
		return nil, err
	case d.inBody:
		// What was cut off by the limit is of the body too.
		return data[len(data)-len(over)-(len(text)-n):], d.judgeStatus()
	case d.size == headerLimit:
		return nil, faultf(Protocol, "header: more than %d bytes", headerLimit)
	}
	d.rest = append(d.rest[:0], text[n:]...)
	return nil, nil
}

// readHeader reads up to the end of the final answer's header and skips
// interim answers (RFC 9110, 15.2).
func (d *httpDialogue) readHeader(text []byte) (n int, err error) {
	for {
		size, whole, err := d.header.read(text[n:])
		n += size
		if err != nil || !whole {
			return n, err
		}
		if d.header.status >= 200 || d.header.status == http.StatusSwitchingProtocols {
			d.inBody = true
			return n, nil
		}
		d.header = httpHeader{}
	}
}

// judgeStatus judges the status and looks forward to the body.
func (d *httpDialogue) judgeStatus() error {
	set := &d.check.set
	if !set.Status.Contains(d.header.status) {
		return faultf(Status, "status %d, want %v", d.header.status, set.Status)
	}
	d.body.begin(&d.header, set.Method, set.BodyLimit, !d.check.sketch.want.nothing())
	return nil
}

func (d *httpDialogue) judgeBody() error {
	if w := d.check.sketch.want; !w.in(d.body.kept) {
		return faultf(Body, "body: %s", w.missing(d.body.kept, d.check.set.BodyLimit))
	}
	return nil
}

func (d *httpDialogue) ended(brokeOff bool) error {
	switch {
	case !d.inBody && d.size == 0:
		return faultf(Protocol, "the server closed without an answer")
	case !d.inBody:
		return faultf(Protocol, "header: the server closed before its end")
	case brokeOff || d.body.framing != toTheEnd:
		return faultf(Protocol, "body after %d bytes: the server closed before its end", d.body.size)
	}
	return d.judgeBody()
}

func (d *httpDialogue) progress(list []string) []string {
	if d.asked {
		list = append(list, "request sent")
	}
	switch {
	case d.inBody:
		list = append(list, d.passed())
		if !d.body.complete() {
			list = append(list, fmt.Sprintf("%d bytes of the body", d.body.size))
		}
	case d.size > 0:
		list = append(list, fmt.Sprintf("%d bytes of the header", d.size))
	}
	return list
}

// passed is such as "status 200".
func (d *httpDialogue) passed() string { return statusTexts()[d.header.status] }

// statusTexts has the step of each status, so that runs need no memory for it.
var statusTexts = sync.OnceValue(func() *[maxStatus + 1]string {
	var texts [maxStatus + 1]string
	for code := minStatus; code <= maxStatus; code++ {
		texts[code] = "status " + strconv.Itoa(code)
	}
	return &texts
})
