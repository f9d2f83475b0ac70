package engine

import "time"

// job is a Job in the queue of a loop.
type job struct {
	Job
	due     timed
	running bool
}

// startJob makes a job due by its schedule and returns what takes it out.
func (l *loop) startJob(decl Job) *job {
	j := &job{Job: decl}
	j.due.run = func(now time.Time) { l.runJob(j, now) }
	l.jobs[j] = true
	l.queue.put(&j.due, j.Schedule.Next(time.Now()))
	return j
}

// stopJob takes a job out. A run of it goes on.
func (l *loop) stopJob(j *job) {
	delete(l.jobs, j)
	l.queue.take(&j.due)
}

// runJob starts a run and makes the job due again; a run that is still going
// is not joined by another.
func (l *loop) runJob(j *job, now time.Time) {
	next := j.Schedule.Next(now)
	l.queue.put(&j.due, next)
	if next.IsZero() {
		delete(l.jobs, j)
	}
	if j.running {
		l.log.Debug("job still runs, this time is left out", "job", j.Name)
		return
	}
	j.running = true
	term := l.term
	l.tasks.Go(func() {
		j.Run(term)
		l.send(func() { j.running = false })
	})
}
