package engine

import "time"

// job is a Job in the queue of a loop.
type job struct {
	Job
	due     seat
	started time.Time
	running bool
	again   bool // its files changed while it ran
}

func (j *job) seat() *seat { return &j.due }

func (j *job) ring(l *loop, at, now time.Time) { l.runJob(j, at, now) }

// startJob makes a job due by its schedule and returns what takes it out.
func (l *loop) startJob(decl Job) *job {
	j := &job{Job: decl}
	l.jobs[j] = true
	l.queue.put(j, j.Schedule.Next(time.Now()))
	if len(j.Files) > 0 {
		l.followFiles(j, j.Files)
	}
	return j
}

// stopJob takes a job out. A run of it goes on.
func (l *loop) stopJob(j *job) {
	delete(l.jobs, j)
	l.queue.take(j)
	l.unfollow(j)
}

// runJob starts a run that was due at a time, and makes the job due again; a run
// that is still going is not joined by another.
func (l *loop) runJob(j *job, at, now time.Time) {
	next := nextAfter(j.Schedule, at, now)
	l.queue.put(j, next)
	if next.IsZero() {
		l.stopJob(j)
	}
	if j.running {
		l.log.Debug("job still runs, this time is left out", "job", j.Name)
		return
	}
	j.running, j.started = true, now
	term := l.term
	l.tasks.Go(func() {
		j.Run(term)
		l.send(func() {
			j.running = false
			if j.again {
				j.again = false
				j.hurry(l)
			}
		})
	})
}

// hurry makes a job due now, or once more when the run that is under way has
// ended.
func (j *job) hurry(l *loop) {
	switch {
	case !l.jobs[j]:
	case j.running:
		j.again = true
	default:
		l.queue.put(j, later(j.started.Add(fileGap), time.Now()))
	}
}
