package luaapi

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"luavs/engine"
	"luavs/luaapi/args"
)

// shortest is the shortest pause between two runs of anything.
const shortest = 10 * time.Millisecond

// cronParser takes five fields, or six with seconds first.
var cronParser = cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// parseCron reads a line of crontab(5), such as "0 3 * * *": five fields, six
// with seconds first, a word such as "@hourly", and before them CRON_TZ=ZONE.
func parseCron(line string) (s engine.Schedule, err error) {
	defer func() {
		if recover() != nil { // the parser indexes what it has not measured
			s, err = nil, badCron(line, "the fields are missing")
		}
	}()
	if strings.Contains(line, "@every") {
		return nil, badCron(line, `write every = "5s" for equal pauses`)
	}
	parsed, err := cronParser.Parse(line)
	if err != nil {
		return nil, badCron(line, err.Error())
	}
	if parsed.Next(time.Now()).IsZero() {
		return nil, badCron(line, "it never comes")
	}
	return parsed, nil
}

func badCron(line, why string) error {
	const most = 80
	if len(line) > most {
		line = line[:most] + "..."
	}
	return fmt.Errorf(`%q: %s (want five or six fields, such as "*/5 * * * *", or @hourly)`, line, why)
}

// readSchedule reads every or cron. The pause is zero for a cron line.
func readSchedule(f *args.Fields, usual time.Duration) (engine.Schedule, time.Duration) {
	every := f.Duration("every", usual, shortest)
	line := f.String("cron", "")
	if line == "" {
		return engine.Every(every), every
	}
	if f.Has("every") {
		f.Mistake("cron", "cannot be together with every")
	}
	s, err := parseCron(line)
	if err != nil {
		f.Mistake("cron", "%v", err)
	}
	return s, 0
}

// grid is a schedule of equal pauses whose place in time is the same after a
// reload or a restart, so that neither puts a rare job off for ever.
type grid struct{ pause, phase time.Duration }

// newGrid gives each name a phase of its own.
func newGrid(pause time.Duration, name string) grid {
	h := fnv.New64a()
	h.Write([]byte(name))
	return grid{pause: pause, phase: time.Duration(h.Sum64() % uint64(pause))}
}

// Next implements [engine.Schedule].
func (g grid) Next(after time.Time) time.Time {
	next := after.Truncate(g.pause).Add(g.phase)
	for !next.After(after) {
		next = next.Add(g.pause)
	}
	return next
}

// delay is a schedule of one time: so long after it is first asked.
type delay struct {
	pause time.Duration

	once sync.Once
	at   time.Time
}

// Next implements [engine.Schedule].
func (d *delay) Next(after time.Time) time.Time {
	asked := true
	d.once.Do(func() { d.at, asked = after.Add(d.pause), false })
	if asked && !d.at.After(after) {
		return time.Time{}
	}
	return d.at
}
