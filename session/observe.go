package session

import (
	"context"
	"time"
)

// observe tells the program of an event. The caller does not hold a session's lock.
func (m *Manager) observe(ctx context.Context, e Event) {
	if f := m.o.Observe; f != nil {
		f(ctx, e)
	}
}

// note tells the program of an event once the lock is free, which the caller holds.
func (s *Session) note(e Event) {
	if s.m.o.Observe != nil {
		s.tell(func() { s.m.observe(s.r.Context(), e) })
	}
}

// stopwatch starts a clock if the program observes.
func (m *Manager) stopwatch() (elapsed func() cost) {
	if m.o.Observe == nil {
		return noCost
	}
	began := time.Now()
	return func() cost { return cost{duration: time.Since(began)} }
}

func noCost() cost { return cost{} }
