package ipvs

import "errors"

// The family of generic netlink that knows the others (linux/genetlink.h).
const (
	controller     = 16 // GENL_ID_CTRL
	cmdGetFamily   = 3  // CTRL_CMD_GETFAMILY
	attrFamilyID   = 1  // CTRL_ATTR_FAMILY_ID
	attrFamilyName = 2  // CTRL_ATTR_FAMILY_NAME
)

// familySeq numbers the request for the family. A client counts from 1, and
// would need hours to come here.
const familySeq = 1<<32 - 1

// family implements [transport]. The kernel answers ENOENT if there is no such
// module.
func (s *socket) family() (uint16, error) {
	request := openMessage(nil, controller, flagAck, familySeq, cmdGetFamily)
	request = appendAttr(request, attrFamilyName, append([]byte(familyName), 0)...)
	closeMessage(request, 0)
	if err := s.send(request); err != nil {
		return 0, err
	}
	var id uint16
	for {
		datagram, err := s.receive(true)
		if err != nil {
			return 0, err
		}
		for len(datagram) > 0 {
			var m message
			if m, datagram, err = nextMessage(datagram); err != nil {
				return 0, err
			}
			switch {
			case m.seq != familySeq: // late, of an exchange that was given up
			case m.ends():
				return endOfFamily(m, id)
			default:
				if id, err = decodeFamily(m); err != nil {
					return 0, err
				}
			}
		}
	}
}

// endOfFamily is what the result of the request makes of the number that came
// before it.
func endOfFamily(m message, id uint16) (uint16, error) {
	errno, err := m.errno()
	switch {
	case err != nil:
		return 0, err
	case errno != 0:
		return 0, errno
	case id == 0:
		return 0, errors.New("the kernel has the family and does not tell its number")
	}
	return id, nil
}

// decodeFamily reads the number from an answer of the controller.
func decodeFamily(m message) (id uint16, err error) {
	body, err := m.attributes(controller)
	if err != nil {
		return 0, err
	}
	err = readAttributes(body, func(a attribute, f *field) {
		if a.typ == attrFamilyID {
			id = f.uint16(a)
		}
	})
	return id, err
}
