package checks

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// Who asks comes back to a crowd long after its limit, for which no server is
// to blame: each has the rest of its limit from then on.
func TestAnAskerThatComesLateIsNoFaultOfTheServers(t *testing.T) {
	const limit = 400 * time.Millisecond
	goOn := make(chan struct{})
	addr := serve(t, func(c *net.TCPConn) {
		io.WriteString(c, "220 ")
		if _, err := io.ReadFull(c, make([]byte, len("EHLO"))); err == nil {
			<-goOn
			io.WriteString(c, "250 ")
		}
		hold(c)
	})
	a, stop := running(t, NewPoller())
	defer stop()
	for range crowdSize {
		a.Ask(Question{Check: TCP{Steps: stepsOf(t, "220", ">EHLO", "250")}, Target: Target{Addr: addr}, Limit: limit})
	}
	a.Flush()
	<-time.After(limit + limit/4)
	a.Flush()
	<-time.After(limit / 20)
	close(goOn)
	for n := 0; n < crowdSize; {
		<-a.Ready()
		for _, answer := range a.Answers(nil) {
			answer.Result.Took = 0
			expect(t, answer.Result, passing("step 3 of 3 done"))
			n++
		}
	}
}

// What has come is read before a run is ended by its limit.
func TestAnAnswerThatIsThereIsReadBeforeTheLimitIsLookedAt(t *testing.T) {
	sent := make(chan struct{})
	addr := serve(t, func(c *net.TCPConn) {
		io.WriteString(c, "220 ")
		awaitAcknowledged(t, c)
		sent <- struct{}{}
		hold(c)
	})
	p := NewPoller() // which does not run, so nothing is read yet
	defer p.close()
	a := p.Asker(t.Context())
	a.Ask(Question{Check: TCP{Expect: []byte("220")}, Target: Target{Addr: addr}, Limit: long})
	a.Ask(Question{Check: TCP{Expect: []byte("250")}, Target: Target{Addr: addr}, Limit: long})
	a.Flush()
	<-sent
	<-sent
	p.expire(time.Now().Add(2 * long))
	p.handOver()
	var got []Outcome
	for _, answer := range a.Answers(nil) {
		got = append(got, answer.Result.Outcome)
	}
	if fmt.Sprint(got) != fmt.Sprint([]Outcome{Pass, Fail}) {
		t.Errorf("got %v, want a pass and a fail", got)
	}
}
