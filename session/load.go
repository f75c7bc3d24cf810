package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/logtext"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

var errUnfinished = fmt.Errorf("%w: loading the session did not finish", ErrUnavailable)

// load loads the session, or waits until another goroutine has. The caller holds the lock, which is
// free while the backend and the program's own code run.
func (s *Session) load() {
	for s.stage == loading {
		s.idle.Wait()
	}
	if s.stage != unread {
		return
	}
	if s.phase == view {
		s.stage = ready
		s.tell(func() {
			s.m.warn(s.r, inspect.OutsidePath, slog.String("request", logtext.Describe(s.r)), slog.String("path", s.m.o.Cookie.Path))
		})
		return
	}
	s.stage = loading
	s.loadCall.Context, s.loadCall.s = s.r.Context(), s
	var (
		err      = errUnfinished // if Validate panics, and the program recovers
		former   bool
		heal     string // see guard.Hooks
		took     cost
		arrival  *arrival
		finished bool
	)
	defer func() {
		s.mu.Lock()
		s.take(former, err, took)
		s.keep(arrival)
		s.heal(heal)
		s.stage = ready
		s.idle.Broadcast()
		if !finished {
			s.mu.Unlock() // the caller panics too
		}
	}()
	s.mu.Unlock()
	elapsed := s.m.stopwatch()
	if former, err = s.find(); err == nil && s.arrived != "" && s.m.o.Validate != nil {
		err = errUnfinished
		err = s.validate(&s.now)
	}
	if err == nil && s.arrived != "" && s.m.guard != nil {
		err = errUnfinished
		heal, err = s.admit()
	}
	if s.m.o.Login != nil && (err == nil || errors.Is(err, ErrRefused)) {
		arrival, err = s.arrive(err) // last: it looks at what was not refused
	}
	took, finished = elapsed(), true
}

// maxCandidates is how many different cookies of the session's name are looked into. A browser
// sends several if a sibling subdomain or a path planted some; more than a few are an attacker's.
const maxCandidates = 8

// find looks through the request's cookies for its session, makes it the session's, and reports
// whether its cookie has a former name. A former name counts only if no cookie of the current one
// came: one that was refused must not let an older session back in. Of several cookies that are
// good none is believed, but a session that has moved on counts less than one that has not.
func (s *Session) find() (former bool, err error) {
	m := s.m
	var space [maxCandidates + 1]string
	cookies := m.tokens(s.r.Header, space[:0])
	name := -1
	for ; len(cookies) == 0 && name+1 < len(m.o.FormerCookies); name++ {
		cookies = m.cookies(s.r.Header, m.o.FormerCookies[name+1].Name, space[:0])
	}
	ambiguous := len(cookies) > maxCandidates
	for _, value := range cookies[:min(len(cookies), maxCandidates)] {
		m.seen.CookieReturned()
		from, room := &s.from, s.slots[:0]
		if s.arrived != "" {
			from, room = new(driver.Snapshot), nil
		}
		var found content.Content
		var oneErr error
		if name < 0 {
			*from, oneErr = m.driver.Load(&s.loadCall, value)
		} else {
			*from, oneErr = m.moving.LoadFormer(&s.loadCall, name, value)
		}
		if oneErr == nil {
			found, oneErr = m.judge(from, room)
		}
		switch {
		case oneErr != nil && !errors.Is(oneErr, ErrRefused):
			return false, oneErr
		case oneErr != nil:
			err = cmp.Or(err, oneErr)
		case s.arrived == "" || s.from.Superseded && !from.Superseded:
			s.arrived, s.from, s.now = value, *from, found
		case s.from.Superseded == from.Superseded:
			ambiguous = true
		}
	}
	switch {
	case ambiguous, s.arrived == "" && len(cookies) > 1:
		return false, ErrDuplicateCookie
	case s.arrived == "":
		return false, err
	}
	return name >= 0, nil // what was refused beside it is not the visitor's doing
}

// judge returns the content of a session that a driver found, or why it is refused.
func (m *Manager) judge(from *driver.Snapshot, room []rawjson.Slot) (content.Content, error) {
	dropped := 0
	if from.Codec != nil {
		var err error
		if from.Payload, dropped, err = rawjson.Translate(from.Payload, from.Codec, m.codec, m.limits.Count); err != nil {
			return content.Content{}, err
		}
		from.Codec = nil
	}
	values, err := rawjson.Parse(from.Payload, room)
	if err != nil {
		return content.Content{}, fmt.Errorf("%w: %w", ErrBadPayload, err)
	}
	c := content.Of(values, from, m.limits.Count)
	c.Dropped = dropped
	return c, m.checkAge(from, &values)
}

// take makes what was found the session's, or nothing if it is refused. The caller holds the lock.
func (s *Session) take(former bool, err error, took cost) {
	s.failure = nil
	if err == nil {
		if s.value = s.arrived; former {
			s.value = "" // the browser has no cookie of the current name
		}
		s.persistent = s.from.Record != nil && s.permanent()
		s.noteDropped(s.now.Dropped)
		if by := s.from.By; s.from.Accepted {
			s.tell(func() { s.m.reportAccepted(s, by) })
		}
		s.noteLoaded(took)
		return
	}
	// If there is a cookie it was Validate that failed, or else a store: what a cookie contains is
	// read without one.
	took.inStore = s.from.Record != nil || s.arrived == ""
	s.arrived, s.from, s.now = "", driver.Snapshot{}, content.Content{}
	if errors.Is(err, ErrRefused) {
		s.refused = err
		s.tell(func() { s.m.reportRefused(s, err) })
		s.noteLoaded(took)
		return
	}
	s.failure = unavailable(err)
	s.change().cost = took
}

func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, driver.ErrNotBound) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// saveCall returns the context of a save.
func (s *Session) saveCall(ctx context.Context) *call {
	c := &s.change().call
	if c.s != nil { // a store may still have that of an earlier save
		c = new(call)
	}
	c.Context, c.s, c.saving = ctx, s, true
	return c
}

// Deadline, Done and Err are the request's while it is loaded.
func (c *call) Deadline() (deadline time.Time, ok bool) {
	if c.saving {
		return time.Time{}, false
	}
	return c.Context.Deadline()
}

func (c *call) Done() <-chan struct{} {
	if c.saving {
		return nil
	}
	return c.Context.Done()
}

func (c *call) Err() error {
	if c.saving {
		return nil
	}
	return c.Context.Err()
}

// Value hides the session that is being loaded or saved behind a copy.
func (c *call) Value(key any) any {
	switch k := key.(type) {
	case sessionKey:
		return c.view()
	case managerSessionKey:
		if k.m == c.s.m {
			return c.view()
		}
	}
	if key == driver.BudgetKey {
		return &c.budget
	}
	return c.Context.Value(key)
}

// view returns the session as it was before the call.
func (c *call) view() *Session {
	if c.shown != nil {
		return c.shown
	}
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := &Session{m: s.m, r: s.r, stage: ready, phase: view, state: new(state)}
	if s.stage >= ready {
		shown.arrived, shown.from = s.arrived, s.from
		shown.now = s.now.Clone()
	}
	return shown
}

// lock loads and locks the session: a method that needs its values calls it.
func (s *Session) lock() {
	s.mu.Lock()
	s.use()
	if s.stage < ready {
		s.load()
		if len(s.notices) > 0 {
			s.unlock() // the program may flash that the session has expired, before this method reads
			s.mu.Lock()
		}
	}
	if !s.touched && s.phase == sent {
		call := logtext.Caller()
		s.tell(func() {
			s.m.warn(s.r, inspect.LateRead, slog.String("request", logtext.Describe(s.r)), slog.String("call", call))
		})
	}
	s.touched = true
}
