package session

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"

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
		s.wait()
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
	var (
		err      = errUnfinished // if Validate panics, and the program recovers
		former   bool
		at       int64  // when it was found, in Unix seconds
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
		s.finished()
		if !finished {
			s.mu.Unlock() // the caller panics too
		}
	}()
	s.mu.Unlock()
	elapsed := s.m.stopwatch()
	if former, at, err = s.find(); err == nil && s.arrived != "" && s.m.o.Validate != nil {
		err = errUnfinished
		err = s.validate(&s.now)
	}
	if err == nil && s.arrived != "" && s.m.guard != nil {
		err = errUnfinished
		heal, err = s.admit(at)
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
// good none is believed, but a session that has moved on counts less than one that has not. At is
// the time by which the session is not too old.
func (s *Session) find() (former bool, at int64, err error) {
	m := s.m
	m.noteUse()
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
			*from, oneErr = m.driver.Load((*loadCall)(s), value)
		} else {
			*from, oneErr = m.moving.LoadFormer((*loadCall)(s), name, value)
		}
		if oneErr == nil {
			at = m.o.Clock().Unix()
			found, oneErr = m.judge(from, room, at)
		}
		switch {
		case oneErr != nil && !errors.Is(oneErr, ErrRefused):
			return false, at, oneErr
		case oneErr != nil:
			err = cmp.Or(err, oneErr)
		case s.arrived == "" || s.from.Superseded && !from.Superseded:
			s.from, s.arrived, s.now = *from, value, found
		case s.from.Superseded == from.Superseded:
			ambiguous = true
		}
	}
	switch {
	case ambiguous, s.arrived == "" && len(cookies) > 1:
		return false, at, ErrDuplicateCookie
	case s.arrived == "":
		return false, at, err
	}
	return name >= 0, at, nil // what was refused beside it is not the visitor's doing
}

// judge returns the content of a session that a driver found, or why it is refused at a time.
func (m *Manager) judge(from *driver.Snapshot, room []rawjson.Slot, at int64) (content.Content, error) {
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
	c.Lost(dropped)
	return c, m.age.Check(from, &values, at)
}

// take makes what was found the session's, or nothing if it is refused. The caller holds the lock.
func (s *Session) take(former bool, err error, took cost) {
	s.failure = nil
	if err == nil {
		if s.value = s.arrived; former {
			s.value = "" // the browser has no cookie of the current name
		}
		s.persistent = s.from.Record != nil && s.permanent()
		s.noteDropped(int(s.now.Dropped))
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
		s.useRare().refused = err
		s.tell(func() { s.m.reportRefused(s, err) })
		s.noteLoaded(took)
		return
	}
	s.failure = unavailable(err)
	s.useRare().cost = took
}

func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, driver.ErrNotBound) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// lock loads and locks the session: a method that needs its values calls it.
func (s *Session) lock() {
	s.mu.Lock()
	s.use()
	if s.stage < ready {
		s.load()
		if s.hasNotices() {
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
