package session

import (
	"errors"
	"fmt"
	"slices"
)

var errUnfinished = fmt.Errorf("%w: reading the session did not finish", ErrUnavailable)

// load reads the session if that was not done yet. The caller holds the lock.
func (s *Session) load() {
	if s.loaded {
		return
	}
	s.loaded = true
	s.failure = errUnfinished // if Validate panics, and somebody recovers
	elapsed := s.m.stopwatch()
	found, err := s.m.find(s)
	if err == nil && found.ok && s.m.o.Validate != nil {
		err = s.m.validate(s, found)
	}
	s.failure = nil
	if err == nil || errors.Is(err, ErrRefused) {
		s.observeLater(Event{
			Kind: EventLoaded, Duration: elapsed(), Size: len(found.value), Found: err == nil && found.ok, Stored: found.from.Record != nil,
		})
	}
	switch {
	case err == nil:
		s.from, s.values = found.from, found.values
		s.fresh = !found.ok
		s.cookie, s.expires = found.value, found.from.Record != nil && s.permanent()
		if found.from.Accepted {
			s.tell = func() { s.m.reportAccepted(s) }
		}
	case errors.Is(err, ErrRefused):
		s.fresh, s.refused = true, err
		s.tell = func() { s.m.reportRefused(s, err) }
	default:
		s.failure = unavailable(err)
	}
}

// validate shows the program a copy of the session that was found.
func (m *Manager) validate(s *Session, found foundSession) error {
	shown := &Session{m: m, r: s.r, loaded: true, state: &state{from: found.from, values: slices.Clone(found.values)}}
	err := m.o.Validate(s.r.Context(), shown)
	if err == nil || errors.Is(err, ErrRefused) {
		return err
	}
	return fmt.Errorf("%w: Options.Validate could not judge the session, for its error does not wrap session.ErrInvalidated: %w", ErrUnavailable, err)
}

func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// foundSession is a session that a cookie holds or names, if ok.
type foundSession struct {
	ok     bool
	value  string
	from   Loaded
	values values
}

// maxCandidates is how many different cookies of the session's name are looked
// into. A browser sends several where a neighbouring host or path planted some;
// more than a few are somebody's who would have us ask the backend for each.
const maxCandidates = 8

// find looks through the request's cookies for its session.
func (m *Manager) find(s *Session) (found foundSession, err error) {
	cookies := 0
	ambiguous := false
	cookieValues(s.r.Header, m.o.Cookie.Name, func(value string) bool {
		if value == "" {
			return !m.keeper.FirstCookie()
		}
		if found.ok && value == found.value {
			return true // the same cookie twice is no doubt
		}
		if cookies++; cookies > maxCandidates && !m.keeper.FirstCookie() {
			ambiguous = true
			return false
		}
		m.cookieReturned()
		one, oneErr := m.open(s, value)
		switch {
		case oneErr == nil && found.ok:
			ambiguous = true
			return false // no further one need be opened
		case oneErr == nil:
			found = one
		case !errors.Is(oneErr, ErrRefused):
			err = oneErr
			return false
		case err == nil:
			err = oneErr
		}
		return !m.keeper.FirstCookie()
	})
	switch {
	case err != nil && !errors.Is(err, ErrRefused):
		return foundSession{}, err
	case ambiguous, cookies > 1 && !found.ok:
		return foundSession{}, ErrDuplicateCookie
	case found.ok:
		return found, nil
	}
	return foundSession{}, err
}

// open reads the session that one cookie's value holds or names.
func (m *Manager) open(s *Session, value string) (foundSession, error) {
	from, err := m.keeper.Load(s.r.Context(), value)
	if err != nil {
		return foundSession{}, err
	}
	values, err := m.judge(&from)
	if err != nil {
		return foundSession{}, err
	}
	return foundSession{true, value, from, values}, nil
}

// judge returns the values of a session that a backend found, or why it is
// refused.
func (m *Manager) judge(from *Loaded) (values, error) {
	if err := m.checkAge(*from); err != nil {
		return nil, err
	}
	if from.translation != nil {
		var err error
		if from.Payload, err = from.translation.of(from.Payload); err != nil {
			return nil, err
		}
		from.translation = nil
	}
	values, err := parseValues(from.Payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadPayload, err)
	}
	return values, m.checkClock(*from, values)
}
