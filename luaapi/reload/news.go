package reload

import "strings"

// news is what of a set others are told when it changes.
type news struct {
	loaded   uint64
	files    int
	problems string
}

// OnChange has f called, in the goroutine of Run, after what changed what is in
// force or what is wrong with files. It is for use before Run.
func (s *Set) OnChange(f func()) {
	s.onChange = f
	s.told = s.news()
}

func (s *Set) news() news {
	return news{s.loaded.Load(), len(s.inForce), strings.Join(s.Problems(), "\n")}
}

// tellNews tells what has changed since it was last called.
func (s *Set) tellNews() {
	if now := s.news(); s.onChange != nil && now != s.told {
		s.told = now
		s.onChange()
	}
}
