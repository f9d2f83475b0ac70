package ipvs

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"testing"
)

func TestApplySendsBatchesThatOnlyTheSentinelAcknowledges(t *testing.T) {
	f := &fakeKernel{answer: acknowledge}
	c := dialFake(t, f)
	if errs := c.Apply(adds(2*maxBatch + 1)); errs != nil {
		t.Fatal(errors.Join(errs...))
	}
	var sizes []int
	for _, requests := range f.sent {
		sizes = append(sizes, len(requests)-1)
		for i, m := range requests {
			isLast := i == len(requests)-1
			if m.seq != requests[0].seq+uint32(i) || m.flags&flagAck != 0 != isLast || m.typ == typeNoop != isLast {
				t.Fatalf("message %d of %d: %+v", i, len(requests), m)
			}
		}
	}
	if !slices.Equal(sizes, []int{maxBatch, maxBatch, 1}) {
		t.Errorf("batches of %v", sizes)
	}
	if errs := c.Apply(nil); errs != nil || len(f.sent) != 3 {
		t.Error("no changes are not nothing")
	}
}

// refusing answers the commands with the errno, those of its indexes only.
func refusing(errno syscall.Errno, indexes ...int) func([]message) [][]byte {
	return func(requests []message) [][]byte {
		var out [][]byte
		for _, i := range indexes {
			out = append(out, result(requests[i].seq, errno))
		}
		return append(out, acknowledge(requests)...)
	}
}

func TestARefusalIsOfTheChangeWithItsNumber(t *testing.T) {
	c := dialFake(t, &fakeKernel{answer: refusing(syscall.EEXIST, 0, 3)})
	errs := c.Apply(adds(5))
	for i, err := range errs {
		if errors.Is(err, fs.ErrExist) != (i == 0 || i == 3) {
			t.Errorf("change %d: %v", i, err)
		}
	}
	if len(errs) != 5 {
		t.Errorf("%d answers", len(errs))
	}
}

func TestWhatIsNotValidIsNotSent(t *testing.T) {
	f := &fakeKernel{answer: refusing(syscall.EEXIST, 1)}
	c := dialFake(t, f)
	changes := adds(3)
	changes[1].Destination.Weight = -1
	changes = append(changes, Change{Op: 99, Service: testService}, Change{Service: testService})
	errs := c.Apply(changes)
	want := []syscall.Errno{0, syscall.ERANGE, syscall.EEXIST, syscall.EINVAL, syscall.EINVAL}
	for i, errno := range want {
		if errno == 0 != (errs[i] == nil) || errno != 0 && !errors.Is(errs[i], errno) {
			t.Errorf("change %d: %v", i, errs[i])
		}
	}
	if len(f.sent[0]) != 3 {
		t.Errorf("sent %d messages", len(f.sent[0]))
	}
}

func TestALostAnswerLeavesDoubtButNotAboutRefusals(t *testing.T) {
	f := &fakeKernel{answer: func(requests []message) [][]byte {
		return [][]byte{result(requests[2].seq, syscall.EEXIST)}
	}}
	c := dialFake(t, f)
	errs := c.Apply(adds(maxBatch + 1))
	for i, err := range errs {
		if errors.Is(err, ErrNoAnswer) == (i == 2) || errors.Is(err, fs.ErrExist) != (i == 2) {
			t.Errorf("change %d: %v", i, err)
		}
	}
	if len(f.sent) != 1 || !errors.Is(errs[0], syscall.ETIMEDOUT) {
		t.Errorf("%d batches were sent, %v", len(f.sent), errs[0])
	}
	// The answers come after all, before those of the next request.
	late := f.sent[0]
	f.answer = func(requests []message) [][]byte {
		return append(refusing(syscall.EINVAL, 0)(late), acknowledge(requests)...)
	}
	if errs := c.Apply(adds(2)); errs != nil {
		t.Error(errs)
	}
}

func TestFullBuffersAndBrokenSocketsLeaveDoubt(t *testing.T) {
	full := &fakeKernel{answer: acknowledge}
	c := dialFake(t, full)
	full.receiveErr = syscall.ENOBUFS
	if errs := c.Apply(adds(2)); !errors.Is(errs[1], ErrNoAnswer) || !errors.Is(errs[1], syscall.ENOBUFS) {
		t.Error(errs)
	}
	if errs := c.Apply(adds(2)); errs != nil {
		t.Error(errs)
	}
	full.sendErr = syscall.EMSGSIZE
	if errs := c.Apply(adds(2)); !errors.Is(errs[0], syscall.EMSGSIZE) {
		t.Error(errs)
	}
}

func TestAfterAnOverflowWhatWasNotLostIsReadAndTheRestIsSent(t *testing.T) {
	f := &fakeKernel{}
	f.answer = func(requests []message) [][]byte {
		if len(f.sent) > 1 {
			return acknowledge(requests)
		}
		f.receiveErr = syscall.ENOBUFS
		return [][]byte{result(requests[3].seq, syscall.EEXIST)} // and the others were dropped
	}
	errs := dialFake(t, f).Apply(adds(maxBatch + 2))
	for i, err := range errs {
		lost := i < maxBatch && i != 3
		if errors.Is(err, ErrNoAnswer) != lost || lost != errors.Is(err, syscall.ENOBUFS) || errors.Is(err, fs.ErrExist) != (i == 3) {
			t.Errorf("change %d: %v", i, err)
		}
	}
	if len(errs) != maxBatch+2 || len(f.sent) != 2 || len(f.queue) != 0 {
		t.Errorf("%d answers, %d batches, %d datagrams left", len(errs), len(f.sent), len(f.queue))
	}
}

func TestGarbageInABatchLeavesDoubt(t *testing.T) {
	for name, garbage := range map[string]func(seq uint32) []byte{
		"a message of data":   func(seq uint32) []byte { return data(seq, 0, nil) },
		"a truncated message": func(seq uint32) []byte { return result(seq, 0)[:10] },
		"a short result":      func(seq uint32) []byte { return appendHeader(nil, typeError, 0, seq) },
	} {
		c := dialFake(t, &fakeKernel{answer: func(requests []message) [][]byte {
			return append([][]byte{garbage(requests[0].seq)}, acknowledge(requests)...)
		}})
		if errs := c.Apply(adds(2)); len(errs) != 2 || !errors.Is(errs[1], ErrNoAnswer) {
			t.Errorf("%s: %v", name, errs)
		}
	}
}

func TestChangesAreRepeatedWithTheNewFamily(t *testing.T) {
	f := &fakeKernel{families: []uint16{27, firstFamily}, answer: func(requests []message) [][]byte {
		if requests[0].typ != firstFamily {
			return refusing(syscall.ENOENT, 0, 1, 2)(requests)
		}
		return acknowledge(requests)
	}}
	c := dialFake(t, f)
	if errs := c.Apply(adds(3)); errs != nil {
		t.Error(errs)
	}
	if len(f.sent) != 2 {
		t.Errorf("%d batches were sent", len(f.sent))
	}
}

func TestAMissingDestinationIsNotANewFamily(t *testing.T) {
	f := &fakeKernel{answer: refusing(syscall.ENOENT, 1)}
	c := dialFake(t, f)
	changes := adds(2)
	changes[1].Op = SetDestination
	if errs := c.Apply(changes); errs[0] != nil || !errors.Is(errs[1], ErrNoDestination) || len(f.sent) != 1 {
		t.Error(errs)
	}
	f.familyErr = syscall.ENOENT
	if errs := c.Apply(changes); errs[0] != nil || !errors.Is(errs[1], ErrUnavailable) {
		t.Error(errs)
	}
}

func BenchmarkEncodeChange(b *testing.B) {
	c := adds(1)[0]
	c.Op = SetDestination
	buffer := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buffer = appendChange(buffer[:0], firstFamily, 1, c)
	}
}

func BenchmarkApply(b *testing.B) {
	f := &fakeKernel{}
	c := dialFake(b, f)
	// Only the sentinel is read, so that the client's work is measured.
	sentinel := result(0, 0)
	c.transport = sentinelOnly{sentinel}
	changes := adds(maxBatch)
	b.ReportAllocs()
	for b.Loop() {
		if errs := c.Apply(changes); errs != nil {
			b.Fatal(errs)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*maxBatch), "ns/change")
}

// sentinelOnly acknowledges the last message that was sent.
type sentinelOnly struct{ answer []byte }

func (sentinelOnly) family() (uint16, error) { return firstFamily, nil }

func (s sentinelOnly) send(datagram []byte) error {
	copy(s.answer[8:12], datagram[len(datagram)-8:])
	return nil
}

func (s sentinelOnly) receive(bool) ([]byte, error) { return s.answer, nil }
