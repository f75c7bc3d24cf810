package session

import (
	"context"
	"errors"
	"fmt"
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
	err := s.m.find(s)
	if err == nil && s.cookie != "" && s.m.o.Validate != nil {
		err = s.m.validate(s)
	}
	s.failure = nil
	if err == nil || errors.Is(err, ErrRefused) {
		s.observeLater(Event{
			Kind: EventLoaded, Duration: elapsed(), Size: len(s.cookie), Found: err == nil && s.cookie != "", Stored: s.from.Record != nil,
		})
	}
	switch {
	case err == nil:
		s.fresh = s.cookie == ""
		s.expires = s.from.Record != nil && s.permanent()
		if s.from.Accepted {
			s.tell = func() { s.m.reportAccepted(s) }
		}
	case errors.Is(err, ErrRefused):
		s.forget()
		s.fresh, s.refused = true, err
		s.tell = func() { s.m.reportRefused(s, err) }
	default:
		// Where there is a cookie it was Validate that failed, and else a store:
		// what a cookie holds is read without one.
		inStore := s.cookie == "" || s.from.Record != nil
		s.forget()
		s.failure = unavailable(err)
		s.failed(elapsed(), inStore)
	}
}

// forget drops what was found, so that nobody sees what is not taken.
func (s *Session) forget() { s.from, s.values, s.cookie = Loaded{}, values{}, "" }

// validate shows the program a copy of the session that was found.
func (m *Manager) validate(s *Session) error {
	shown := &Session{m: m, r: s.r, loaded: true, state: &state{from: s.from, values: s.values.clone()}}
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

// maxCandidates is how many different cookies of the session's name are looked
// into. A browser sends several where a neighbouring host or path planted some;
// more than a few are somebody's who would have us ask the backend for each.
const maxCandidates = 8

// find looks through the request's cookies for its session, and puts it into s.
// The cookie stays empty where there is none. A former cookie counts only where
// none of the present name came: one that was refused must not let an older
// session back in.
func (m *Manager) find(s *Session) error {
	cookies, err := m.findNamed(s, m.o.Cookie.Name, nil)
	for i := range m.o.FormerCookies {
		if cookies > 0 {
			break
		}
		cookies, err = m.findNamed(s, m.o.FormerCookies[i].Name, m.former[i])
		if s.cookie != "" {
			s.former = true
			if !s.from.Accepted {
				s.from.Accepted, s.from.By = true, "the former cookie "+m.o.FormerCookies[i].Name
			}
		}
	}
	return err
}

// findNamed is find for one name, and returns how many cookies it has. The
// keeper is that of a former name.
func (m *Manager) findNamed(s *Session, name string, former Keeper) (cookies int, err error) {
	ambiguous := false
	cookieValues(s.r.Header, name, func(value string) bool {
		if value == "" {
			return !m.keeper.FirstCookie()
		}
		if value == s.cookie {
			return true // the same cookie twice is no doubt
		}
		if cookies++; cookies > maxCandidates && !m.keeper.FirstCookie() {
			ambiguous = true
			return false
		}
		m.cookieReturned()
		if s.cookie != "" {
			var second Loaded
			if _, secondErr := m.open(s, value, former, &second, nil); secondErr == nil {
				ambiguous = true
				return false // no further one need be opened
			} else if !errors.Is(secondErr, ErrRefused) {
				err = secondErr
				return false
			}
			return true
		}
		found, oneErr := m.open(s, value, former, &s.from, s.room[:0])
		switch {
		case oneErr == nil:
			s.cookie, s.values = value, found
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
	case ambiguous, cookies > 1 && s.cookie == "":
		err = ErrDuplicateCookie
	case s.cookie != "":
		return cookies, nil // what was refused beside it is not the visitor's doing
	}
	s.forget()
	return cookies, err
}

// open reads the session that one cookie's value holds or names into from, and
// returns its values, in room if there is enough.
func (m *Manager) open(s *Session, value string, former Keeper, from *Loaded, room []slot) (found values, err error) {
	*from, err = m.keeper.Load(s.r.Context(), value)
	if former != nil && errors.Is(err, ErrRefused) {
		*from, err = loadFormer(s.r.Context(), former, value, err)
	}
	if err == nil {
		found, err = m.judge(from, room)
	}
	if err != nil {
		*from = Loaded{}
	}
	return found, err
}

// loadFormer reads what was written under a former cookie's name, to which a
// token of our own is bound. A record's id is too, and its record would have to
// move: that is refused, for the reason of the present name.
func loadFormer(ctx context.Context, former Keeper, value string, reason error) (Loaded, error) {
	switch found, err := former.Load(ctx, value); {
	case err == nil && found.Record == nil:
		return found, nil
	case err != nil && !errors.Is(err, ErrRefused):
		return Loaded{}, err
	}
	return Loaded{}, reason
}

// judge returns the values of a session that a backend found, or why it is
// refused.
func (m *Manager) judge(from *Loaded, room []slot) (values, error) {
	if err := m.checkAge(from); err != nil {
		return values{}, err
	}
	if from.translation != nil {
		var err error
		if from.Payload, err = from.translation.of(from.Payload); err != nil {
			return values{}, err
		}
		from.translation = nil
	}
	found, err := parseValues(from.Payload, room)
	if err != nil {
		return values{}, fmt.Errorf("%w: %w", ErrBadPayload, err)
	}
	return found, m.checkClock(from, &found)
}
