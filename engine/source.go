package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"luavs/checks/filewatch"
)

const (
	// retrySource is the longest pause after a source could not be asked.
	retrySource = 10 * time.Second

	// leastKeep is the shortest pause between two questions to a source, however
	// short its answers hold.
	leastKeep = time.Second
)

// A Source says which servers belong to a service besides those that its text
// declares: a file, a name server, code of the policy. List is never called
// twice at once. A source that reads files may have a method Files, which
// returns their paths: then it is asked when they have changed and nothing more
// has come for [filewatch.Quiet], and an answer that was made while they changed
// is not used.
type Source interface {
	List(ctx context.Context) (Listing, error)
}

// Listing is the answer of a [Source].
type Listing struct {
	// Members in any order, each address once. A port of zero stands for the
	// service's. AtOnce is not looked at.
	Members []Member

	// Keep is how long the answer holds, if that is shorter than the pause of
	// its Discovery; zero: as long as that.
	Keep time.Duration
}

// Discovery is a source of a service, and how it is asked. An answer that
// cannot be used as a whole changes nothing: the last list stays.
type Discovery struct {
	// ID tells it from the other sources of its service, and is what people see
	// as the origin of servers: its kind, and what says whom it lists, but for
	// secrets. Over reloads and restarts the same ID is the same source.
	ID      string
	ByPlace bool // the ID says its place alone: after a reload it may be another source

	Source  Source
	Every   time.Duration // the pause between questions; above zero
	Timeout time.Duration // above zero

	AllowEmpty bool // an empty list means that there are none; otherwise it is refused
	AtOnce     bool // whom it lists serves before the first check has answered
}

// listingFiles is a source that depends on files.
type listingFiles interface{ Files() []string }

// discovery is what the loop knows of a source of a service.
type discovery struct {
	decl    Discovery
	service *service

	listed   roll      // its last answer, by address; or who stands in
	known    bool      // listed is what it has answered, be it before a restart; see standIn
	at       time.Time // when that came; zero: never
	problem  string    // why its last answer could not be used
	answered bool      // it was asked once, whatever came of it

	due    timed
	latest time.Time // when it is due however its files change
	asking bool
	again  bool // its files have changed meanwhile
	gone   bool // the policy no longer has it; what it answers is ignored
}

// rediscover makes the declared sources those of a service, and has each asked.
// What is known of them is handed on; for the others those stand in who were its
// servers before.
func (l *loop) rediscover(s *service, before []*server, restored []Added) {
	old, now := s.sources, time.Now()
	s.sources = nil
	for _, decl := range s.decl.Sources {
		d := &discovery{decl: decl, service: s, latest: now}
		d.takeOver(old, restored)
		s.sources = append(s.sources, d)
		d.due.run = func(time.Time) { l.discover(d) }
		l.queue.put(&d.due, d.latest)
		if files, ok := decl.Source.(listingFiles); ok {
			l.followFiles(d, files.Files())
		}
	}
	l.forgetSources(old)
	if len(s.sources) > 0 {
		s.standIn(belonging(before, restored))
	}
}

// takeOver hands on what is known of the same source: from before a reload, or
// from before a restart.
func (d *discovery) takeOver(old []*discovery, restored []Added) {
	if d.decl.ByPlace {
		return
	}
	for _, o := range old {
		if o.decl.ID == d.decl.ID {
			d.listed, d.known, d.at, d.problem, d.answered = o.listed, o.known, o.at, o.problem, o.answered
		}
	}
	for _, a := range restored {
		if a.Origin == d.decl.ID {
			d.listed, d.known = append(d.listed, a.Member), true
		}
	}
}

// forgetSources ends what is done for sources; what they answer is void.
func (l *loop) forgetSources(all []*discovery) {
	for _, d := range all {
		d.gone = true
		l.queue.take(&d.due)
		l.unfollow(d)
	}
}

// hurry has a source asked once its files are quiet, because somebody may be
// writing them, and half a list is often a list; but not later than otherwise.
func (d *discovery) hurry(l *loop) {
	switch {
	case d.gone:
	case d.asking:
		d.again = true
	default:
		l.queue.put(&d.due, sooner(d.latest, time.Now().Add(filewatch.Quiet)))
	}
}

// discover asks a source.
func (l *loop) discover(d *discovery) {
	d.asking, d.again = true, false
	decl, term := d.decl, l.term
	l.tasks.Go(func() {
		listing, err := askSource(term, decl)
		l.send(func() {
			if !d.gone {
				l.discovered(d, listing, err, time.Now())
			}
		})
	})
}

// ErrShort is part of the error of a source that was answered all the while, and
// would have needed more time for all of its list.
var ErrShort = errors.New("raise timeout")

// askSource asks a source within its timeout. A panic is a fault of ours.
func askSource(ctx context.Context, d Discovery) (listing Listing, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.Timeout, fmt.Errorf("no answer within %v", d.Timeout))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the source broke: %v", p)
		}
	}()
	listing, err = d.Source.List(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && !errors.Is(err, ErrShort) {
		err = context.Cause(ctx)
	}
	return listing, err
}

// discovered takes in what a source answered, unless its files changed before it
// was known to have read all of them: then it is asked again.
func (l *loop) discovered(d *discovery, listing Listing, err error, now time.Time) {
	d.asking = false
	if d.again {
		d.latest = now.Add(d.decl.Every)
		d.hurry(l)
		return
	}
	s := d.service
	members, problem := d.listed, ""
	if err == nil {
		members, err = d.members(listing)
	}
	if err != nil {
		members, problem = d.listed, err.Error()
		if problem != d.problem {
			l.log.Error("a source of servers cannot be used, its last list stays", "service", s.decl.Name, "source", d.decl.ID, "err", problem)
		}
	} else {
		d.at, d.known = now, true
		if d.problem != "" {
			l.log.Info("a source of servers can be used again", "service", s.decl.Name, "source", d.decl.ID)
		}
	}
	changed := !slices.Equal(members, d.listed)
	if changed || problem != d.problem || !d.answered {
		l.touch(s)
	}
	d.answered, d.listed, d.problem = true, members, problem
	d.latest = now.Add(d.pause(listing.Keep))
	l.queue.put(&d.due, d.latest)
	if changed {
		l.enrol(s)
	}
	l.present(s)
	l.keepServing(s)
}

// pause returns how long to wait before a source is asked again whose last
// answer holds so long.
func (d *discovery) pause(keep time.Duration) time.Duration {
	switch {
	case d.problem != "":
		return min(d.decl.Every, retrySource)
	case keep > 0:
		return min(d.decl.Every, max(keep, leastKeep))
	}
	return d.decl.Every
}

// members returns who is listed, by address; an error if it cannot be used.
func (d *discovery) members(listing Listing) (roll, error) {
	switch n := len(listing.Members); {
	case n == 0 && !d.decl.AllowEmpty:
		return nil, errors.New("lists no servers (allow_empty = true takes that for an answer)")
	case n > maxMembers:
		return nil, fmt.Errorf("lists %d servers, at most %d are taken", n, maxMembers)
	}
	all := make(roll, 0, len(listing.Members))
	first := map[netip.AddrPort]int{}
	for i, m := range listing.Members {
		if m.AtOnce = d.decl.AtOnce; m.Addr.Port() == 0 {
			m.Addr = netip.AddrPortFrom(m.Addr.Addr(), d.service.key().Addr.Port())
		}
		if at := first[m.Addr]; at > 0 {
			return nil, fmt.Errorf("entry %d: %v is entry %d already", i+1, m.Addr, at)
		}
		if _, err := d.service.decl.joining(m); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		first[m.Addr] = i + 1
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Member) int { return a.Addr.Compare(b.Addr) })
	return all, nil
}

// sourceViews returns copies of what is known of the sources of a service.
func (s *service) sourceViews() (views []SourceView) {
	for _, d := range s.sources {
		views = append(views, SourceView{Name: d.decl.ID, Servers: len(d.listed), At: d.at, Problem: d.problem})
	}
	return views
}
