package ipvs

import (
	"syscall"
	"testing"
)

// answerOfController is a message of the controller with these attributes.
func answerOfController(attrs []byte) message {
	b := append(openMessage(nil, controller, 0, familySeq, 1), attrs...)
	closeMessage(b, 0)
	m, _, err := nextMessage(b)
	if err != nil {
		panic(err)
	}
	return m
}

func TestTheAnswerForAFamilyIsRead(t *testing.T) {
	name := appendAttr(nil, attrFamilyName, 'I', 'P', 'V', 'S', 0)
	for about, c := range map[string]struct {
		attrs []byte
		want  uint16
		fails bool
	}{
		"name and number":               {appendUint16(name, attrFamilyID, 31), 31, false},
		"attributes nobody asked about": {appendUint32(appendUint16(nil, attrFamilyID, 31), 99, 7), 31, false},
		"no number":                     {name, 0, false},
		"a number of four bytes":        {appendUint32(nil, attrFamilyID, 31), 0, true},
		"an attribute cut short":        {[]byte{8, 0, attrFamilyID, 0}, 0, true},
	} {
		id, err := decodeFamily(answerOfController(c.attrs))
		if id != c.want || (err != nil) != c.fails {
			t.Errorf("%s: %d, %v", about, id, err)
		}
	}
	other := answerOfController(nil)
	other.typ = firstFamily
	if _, err := decodeFamily(other); err == nil {
		t.Error("a message of another family is taken for an answer")
	}
}

func TestTheEndOfTheSearchForAFamily(t *testing.T) {
	for _, c := range []struct {
		errno syscall.Errno
		id    uint16
		want  error // nil: there is a number
	}{{0, 31, nil}, {syscall.ENOENT, 0, syscall.ENOENT}, {syscall.EPERM, 31, syscall.EPERM}} {
		m, _, err := nextMessage(result(familySeq, c.errno))
		if err != nil {
			t.Fatal(err)
		}
		if id, err := endOfFamily(m, c.id); err != c.want || err == nil && id != c.id {
			t.Errorf("%v: %d, %v", c.errno, id, err)
		}
	}
	m, _, _ := nextMessage(result(familySeq, 0))
	if _, err := endOfFamily(m, 0); err == nil {
		t.Error("success without a number is taken for one")
	}
}

// Every kernel answers: with a number, or that it has no IPVS.
func TestTheKernelAnswersForAFamily(t *testing.T) {
	s := openTestSocket(t)
	if id, err := s.family(); err != nil && err != syscall.ENOENT || err == nil && id <= controller {
		t.Errorf("%d, %v", id, err)
	}
}

func FuzzDecodeFamily(f *testing.F) {
	f.Add(appendUint16(nil, attrFamilyID, 31))
	f.Fuzz(func(t *testing.T, body []byte) {
		decodeFamily(message{typ: controller, body: body}) // must not panic
	})
}
