package reload

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"luavs/engine"
	"luavs/ipvs"
)

// A choice is which of the changes of files can be made, all of them at once.
type choice struct {
	now  map[string]engine.Config // what is in force, by file
	next map[string]engine.Config // what is to be, of files that change; of one that is gone it is zero

	wrong map[string]error // files that have a mistake, by path
	waits map[string]error // files that wait until those are mended
}

// settle takes out of next what cannot be, and says why: of such a file stays in
// force what is.
func (c *choice) settle() {
	for c.refuse() || c.holdBack() {
	}
}

// refuse takes out the files that declare what belongs to another, and tells
// whether there were any.
func (c *choice) refuse() (found bool) {
	owner := c.owners()
	wrong, waits := map[string]error{}, map[string]error{}
	for file, config := range c.next {
		if mistake, wait := c.claims(file, config, owner); mistake != nil {
			wrong[file] = mistake
		} else if wait != nil {
			waits[file] = wait
		}
	}
	maps.Copy(c.wrong, wrong)
	maps.Copy(c.waits, waits)
	maps.DeleteFunc(c.next, func(file string, _ engine.Config) bool { return wrong[file] != nil || waits[file] != nil })
	return len(wrong)+len(waits) > 0
}

// claims says which services of a file belong to another. To declare what a file
// has that is to be mended is no mistake: it may be about to give it up.
func (c *choice) claims(file string, config engine.Config, owner map[ipvs.ServiceKey]string) (mistake, wait error) {
	for _, s := range config.Services {
		switch key, by := s.Spec.ServiceKey, owner[s.Spec.ServiceKey]; {
		case by == file:
		case c.wrong[by] != nil || c.waits[by] != nil:
			wait = errors.Join(wait, fmt.Errorf("%s: virtual server %v still belongs to policy %s: waits until that is mended", file, key, by))
		default:
			mistake = errors.Join(mistake, engine.Conflict(file, key, by))
		}
	}
	return mistake, wait
}

// holdBack takes out the files that give up a service which nobody declares then,
// while another file has a mistake: it may have moved there. It tells whether there
// were any.
func (c *choice) holdBack() (found bool) {
	if len(c.wrong) == 0 {
		return false
	}
	owner := c.owners()
	for _, file := range slices.Sorted(maps.Keys(c.next)) {
		var lost []ipvs.ServiceKey
		for _, s := range c.now[file].Services {
			if key := s.Spec.ServiceKey; owner[key] == "" {
				lost = append(lost, key)
			}
		}
		if len(lost) > 0 {
			c.waits[file] = c.loses(file, lost)
			delete(c.next, file)
			found = true
		}
	}
	return found
}

// loses is why a file waits that gives up services.
func (c *choice) loses(file string, lost []ipvs.ServiceKey) error {
	does := "gives up"
	if c.next[file].Name == "" {
		does = "is gone and gives up"
	}
	return fmt.Errorf("%s: %s virtual server %s, which may have moved to %s: waits until that is mended or removed",
		file, does, andMore(lost), andMore(slices.Sorted(maps.Keys(c.wrong))))
}

// owners returns to whom the services belong that are declared if all of next is
// put in force: to who has it now, or else to the first.
func (c *choice) owners() map[ipvs.ServiceKey]string {
	has := map[ipvs.ServiceKey]string{}
	for file, config := range c.now {
		for _, s := range config.Services {
			has[s.Spec.ServiceKey] = file
		}
	}
	owner := map[ipvs.ServiceKey]string{}
	result := maps.Clone(c.now)
	maps.Copy(result, c.next)
	for _, file := range slices.Sorted(maps.Keys(result)) {
		for _, s := range result[file].Services {
			if key := s.Spec.ServiceKey; owner[key] == "" || has[key] == file {
				owner[key] = file
			}
		}
	}
	return owner
}

// andMore writes the first of some, and how many more there are.
func andMore[T any](all []T) string {
	if len(all) == 1 {
		return fmt.Sprint(all[0])
	}
	return fmt.Sprintf("%v and %d more", all[0], len(all)-1)
}
