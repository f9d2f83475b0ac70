package engine

import (
	"iter"
	"maps"
	"time"

	"luavs/ipvs"
)

// known returns the services that the loop answers for: the declared ones, and
// those that leave.
func (l *loop) known() iter.Seq2[ipvs.ServiceKey, *service] {
	return func(yield func(ipvs.ServiceKey, *service) bool) {
		for _, all := range []map[ipvs.ServiceKey]*service{l.services, l.leaving} {
			for key, s := range all {
				if !yield(key, s) {
					return
				}
			}
		}
	}
}

// service returns a service that the loop answers for, or nil.
func (l *loop) service(key ipvs.ServiceKey) *service {
	if s := l.services[key]; s != nil {
		return s
	}
	return l.leaving[key]
}

// undeclare begins the way out of a server that does not belong to its service
// any more, and forgets its mark.
func (l *loop) undeclare(s *service, srv *server, now time.Time) {
	delete(l.marks, serverKey{s.key(), srv.decl.Destination.Addr})
	l.sendOut(s, srv, now)
}

// sendOut begins the way out of a server if it serves. A drain that is under way
// goes on.
func (l *loop) sendOut(s *service, srv *server, now time.Time) {
	addr := srv.decl.Destination.Addr
	srv.mark = Mark{}
	for _, d := range s.members {
		if d.Addr == addr {
			l.startDrain(s, d, srv, now)
		}
	}
}

// depart has a service leave that is not declared any more: its destinations
// are drained, then it is deleted.
func (l *loop) depart(s *service, now time.Time) {
	l.views.Delete(s.key())
	l.forgetSources(s.sources)
	l.queue.take(&s.change.due)
	for _, srv := range s.servers {
		l.sendOut(s, srv, now)
	}
	for _, d := range s.members {
		if s.server(d.Addr) == nil {
			l.startDrain(s, d, nil, now)
		}
	}
	if s.foreign {
		return
	}
	s.members, s.servers, s.sources, s.change, s.leaving = nil, nil, nil, change{}, true
	l.leaving[s.key()] = s
	l.touched[s] = true
}

// comeBack returns a service that leaves and is declared again, as it is, or nil.
// Its marks are still there.
func (l *loop) comeBack(key ipvs.ServiceKey) *service {
	s := l.leaving[key]
	if s == nil || !s.adopted || s.have == nil {
		l.release(key)
		return nil
	}
	delete(l.leaving, key)
	s.leaving, s.settled = false, true
	return s
}

// presumeDraining has servers that are on the way out, and of which nothing else
// is known, count as up: they were not down when they left.
func (s *service) presumeDraining() {
	for _, srv := range s.servers {
		if dr := s.drains[srv.decl.Destination.Addr]; dr != nil && dr.over == "" && srv.health == StateUnknown {
			srv.presume(StateUp, "served before its virtual server was taken out")
		}
	}
}

// release gives up a service that leaves, and does nothing to it in the kernel:
// it has left, or another policy declares it, which adopts it.
func (l *loop) release(key ipvs.ServiceKey) {
	s := l.leaving[key]
	if s == nil {
		return
	}
	for _, dr := range s.drains {
		l.queue.take(&dr.due)
	}
	maps.DeleteFunc(l.marks, func(k serverKey, _ Mark) bool { return k.service == key })
	delete(l.leaving, key)
	delete(l.touched, s)
}

// left forgets a service that has left.
func (l *loop) left(s *service) {
	if s.leaving && s.adopted && s.have == nil && len(s.drains) == 0 {
		l.release(s.key())
		l.records.disclaim(s.key())
	}
}

// stuck returns the services that leave and have nothing to wait for.
func (l *loop) stuck() (keys []ipvs.ServiceKey) {
	for key, s := range l.leaving {
		if len(s.draining()) == 0 {
			keys = append(keys, key)
		}
	}
	return keys
}
