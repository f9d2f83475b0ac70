package engine

// Quorum says whether enough servers are up, by the policy of a service. A
// policy that knows no quorum leaves it empty.
type Quorum string

// The values besides the empty one.
const (
	QuorumLost   Quorum = "lost"
	QuorumGained Quorum = "gained"
)

// turnQuorum takes in what a decision says of the quorum, and notes when it is
// lost or gained again. To have it from the first is no event.
func (l *loop) turnQuorum(s *service, now Quorum) {
	before := s.quorum
	s.quorum = now
	switch {
	case now == QuorumLost && before != QuorumLost:
		l.log.Warn("quorum lost", "service", s.decl.Name)
		l.note(event{kind: EventQuorumLost, service: s})
	case now == QuorumGained && before == QuorumLost:
		l.log.Info("quorum gained", "service", s.decl.Name)
		l.note(event{kind: EventQuorumGained, service: s})
	}
}
