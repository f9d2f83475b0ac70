package engine

import (
	"fmt"
	"time"

	"luavs/ipvs"
)

// foreign tells whether a service that the kernel holds is somebody else's, by
// the policy's choice: it is not to be adopted, and of what the kernel holds nothing
// is ours. Somebody may have been first also since it was declared: while its first
// checks run the kernel holds nothing of it yet.
func (l *loop) foreign(s *service, held *ipvs.Entry) bool {
	if !s.decl.RefuseExisting || held == nil || s.leaving || s.ours {
		return false
	}
	return s.adopted || !l.records.claimed(s.key())
}

// awaited tells whether a service that may turn out to be somebody else's is not
// about to be created yet. Nothing is kept of it, or it would be ours at the next
// start.
func (l *loop) awaited(s *service, now time.Time) bool {
	return s.decl.RefuseExisting && !s.ours && (l.unreadable != "" || l.wants(s, now) == nil)
}

// own notes that the kernel holds a service by us.
func (l *loop) own(s *service) {
	if !s.ours {
		s.ours = true
		l.records.claim(s.key())
	}
}

// refuse leaves a service of others alone, and says so once.
func (l *loop) refuse(s *service) {
	key := s.key()
	s.refusal = fmt.Sprintf(`not in force: the kernel held %v before LuaVS did, and it is declared with existing = "refuse"; delete it there, or declare existing = "adopt"`, key)
	if s.reported != s.refusal {
		l.log.Error("a service of somebody else is left alone", "service", s.decl.Name, "err", s.refusal)
	}
	s.reported = s.refusal
	s.foreign, s.adopted, s.settled, s.members = true, false, false, nil
	if l.kept[key] != nil { // it was about to be created
		delete(l.kept, key)
		l.records.keep(key, nil)
	}
	l.touched[s] = true
}
