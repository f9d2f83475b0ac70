package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAlarm(t *testing.T) {
	tests := map[string]struct {
		set  []time.Duration // from now; below zero: never
		want time.Duration
	}{
		"rings at its time":              {[]time.Duration{time.Second}, time.Second},
		"is set to a later time":         {[]time.Duration{time.Second, time.Minute}, time.Minute},
		"is set to a sooner time":        {[]time.Duration{time.Minute, time.Second}, time.Second},
		"is set off and on":              {[]time.Duration{time.Second, -1, time.Second}, time.Second},
		"rings by itself after a ring":   {nil, together},
		"never rings when it is set off": {[]time.Duration{-1}, time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAlarm()
				defer a.stop()
				a.rang(<-a.rings())
				began := time.Now()
				for _, d := range tt.set {
					if d < 0 {
						a.set(time.Time{})
					} else {
						a.set(began.Add(d))
					}
				}
				select {
				case <-a.rings():
				case <-time.After(time.Hour):
				}
				if got := time.Since(began); got != tt.want {
					t.Errorf("rang after %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// An idle loop sleeps: an alarm that rang and is not wanted again is off.
func TestAnIdleLoopIsNotWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAlarm()
		defer a.stop()
		rings := 0
		end := time.After(time.Minute)
		for {
			select {
			case now := <-a.rings():
				rings++
				a.rang(now)
			case <-end:
				if rings != 1 {
					t.Errorf("rang %d times in an idle minute, want once, at the start", rings)
				}
				return
			}
			a.set(time.Time{})
		}
	})
}
