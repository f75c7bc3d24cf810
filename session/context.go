package session

import (
	"context"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
)

type (
	sessionKey        struct{}
	managerSessionKey struct{ m *Manager }
)

// session returns the session that m's Handler put into ctx, or nil.
func (m *Manager) session(ctx context.Context) *Session {
	s, _ := ctx.Value(managerSessionKey{m}).(*Session)
	return s
}

// isKey reports whether a context is asked by key for m's session of a request.
func (m *Manager) isKey(key any) bool {
	switch key := key.(type) {
	case sessionKey:
		return true
	case managerSessionKey:
		return key.m == m
	}
	return false
}

// showing is a context in which m's session is another, or none if s is nil.
type showing struct {
	context.Context
	m *Manager
	s *Session
}

// Value hides the session that the context has otherwise.
func (c showing) Value(key any) any {
	switch {
	case !c.m.isKey(key):
		return c.Context.Value(key)
	case c.s == nil:
		return nil
	}
	return c.s
}

// viewOf returns a session that shows a copy of c. The caller holds the lock, or is the one that
// loads the session.
func (s *Session) viewOf(c *content.Content) *Session {
	return &Session{m: s.m, r: s.r, stage: ready, phase: view, state: &state{
		arrived: s.arrived, from: s.from, now: c.Clone(),
	}}
}

// loadCall is a Session as the context of its loading, which is the request's.
type loadCall Session

// Deadline, Done and Err are the request's.
func (l *loadCall) Deadline() (deadline time.Time, ok bool) { return l.r.Context().Deadline() }

func (l *loadCall) Done() <-chan struct{} { return l.r.Context().Done() }

func (l *loadCall) Err() error { return l.r.Context().Err() }

// Value shows the session as it was before, so that what a driver calls, a logger for example, does
// not wait for the loading.
func (l *loadCall) Value(key any) any {
	switch {
	case key == driver.BudgetKey:
		return &l.budget
	case l.m.isKey(key):
		return &Session{m: l.m, r: l.r, stage: ready, phase: view, state: new(state)}
	}
	return l.r.Context().Value(key)
}

// newCall returns the context of a save. The caller holds the lock.
func (s *Session) newCall(ctx context.Context) *saveCall {
	c := &s.change().call
	if c.s != nil { // a store may still have that of an earlier save
		c = new(saveCall)
	}
	c.Context, c.s = ctx, s
	return c
}

// Deadline, Done and Err are those of a context without an end: a visitor who leaves must not cost
// the save.
func (*saveCall) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

func (*saveCall) Done() <-chan struct{} { return nil }

func (*saveCall) Err() error { return nil }

// Value shows the session as it is, so that what a driver calls, a logger for example, does not
// wait for the save.
func (c *saveCall) Value(key any) any {
	switch {
	case key == driver.BudgetKey:
		return &c.budget
	case c.s.m.isKey(key):
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		return c.s.viewOf(&c.s.now)
	}
	return c.Context.Value(key)
}
