package engine

import (
	"fmt"

	"luavs/ipvs"
)

// foreign tells whether a service that the kernel holds is somebody else's, by
// the policy's choice: it is declared for the first time, and is not to be
// adopted then.
func (l *loop) foreign(s *service, held *ipvs.Entry) bool {
	return s.decl.RefuseExisting && held != nil && !s.adopted && !s.leaving && !l.records.claimed(s.key())
}

// refuse leaves a service of others alone, and says so once.
func (l *loop) refuse(s *service) {
	s.refusal = fmt.Sprintf(`not in force: the kernel held %v before LuaVS did, and it is declared with existing = "refuse"; delete it there, or declare existing = "adopt"`, s.key())
	if s.reported != s.refusal {
		l.log.Error("a service of somebody else is left alone", "service", s.decl.Name, "err", s.refusal)
	}
	s.reported = s.refusal
	s.foreign = true
	l.touched[s] = true
}
