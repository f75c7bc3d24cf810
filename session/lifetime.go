package session

import (
	"reflect"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// maxLifetime is the longest lifetime: it keeps sums of times within what every store can hold.
const maxLifetime = 10 * 365 * 24 * time.Hour

// emptyLifetime is how long the record of a session outlives its last value, so that a request
// which adds one at that moment still finds it.
const emptyLifetime = 10 * time.Minute

// limit returns how long a session with these values may go unused or, without an idle timeout,
// unsaved.
func (m *Manager) limit(values *rawjson.Object) time.Duration {
	if own, ok := ownLifetime(values); ok {
		return own
	}
	if m.o.IdleTimeout != 0 {
		return m.o.IdleTimeout
	}
	return m.o.Lifetime
}

// ownLifetime returns what ExpireAfter set, or the program by the key.
func ownLifetime(values *rawjson.Object) (time.Duration, bool) {
	own, ok := unixSeconds(values, driver.LifetimeKey)
	if !ok || own <= 0 {
		return 0, false
	}
	return time.Duration(min(own, seconds(maxLifetime))) * time.Second, true
}

// checkAge judges a session by when it was saved and begun. It compares whole seconds, as tokens
// carry them: an age equal to a limit is valid.
func (m *Manager) checkAge(from *driver.Snapshot, values *rawjson.Object) error {
	now := m.o.Clock().Unix()
	if !from.ExpiresAt.IsZero() && now > from.ExpiresAt.Unix() {
		return ErrExpired
	}
	if !from.SavedAt.IsZero() {
		switch age := now - from.SavedAt.Unix(); {
		case age > seconds(m.limit(values)):
			return ErrExpired
		case age < -seconds(m.o.ClockSkew) && from.Record == nil:
			// A record's time is our own servers', and no visitor can date it.
			return ErrFromFuture
		}
	}
	if m.o.AbsoluteTimeout != 0 && m.begun(from, values) < now-seconds(m.o.AbsoluteTimeout) {
		return ErrExpired
	}
	return nil
}

// begun is the Unix time from which a session's absolute timeout counts: if it has no such time,
// when it was last saved, or now.
func (m *Manager) begun(from *driver.Snapshot, values *rawjson.Object) int64 {
	if at, ok := unixSeconds(values, driver.CreatedKey); ok {
		return at
	}
	if !from.SavedAt.IsZero() {
		return from.SavedAt.Unix()
	}
	return m.o.Clock().Unix()
}

// unixSeconds returns the integer at key.
func unixSeconds(values *rawjson.Object, key string) (int64, bool) {
	m, ok := values.Get(key)
	if !ok || m.Err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m.Raw, 10, 64)
	return n, err == nil
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// touchDue reports whether a tenth of the time has passed that the session may go unused or
// unsaved, so that the time starts again. The caller holds the lock.
func (s *Session) touchDue() bool {
	if s.now.Empty() || s.from.SavedAt.IsZero() || s.from.Superseded {
		return false
	}
	limit := s.m.limit(s.now.Values())
	return s.m.o.Clock().Unix()-s.from.SavedAt.Unix() >= max(1, seconds(limit/10))
}

// stamp adds the time from which the absolute timeout counts to what is saved, if it is missing,
// and reports whether it was.
func (s *Session) stamp(a *attempt) bool {
	if s.m.o.AbsoluteTimeout == 0 {
		return false
	}
	if _, ok := unixSeconds(a.content.Values(), driver.CreatedKey); ok {
		return false
	}
	c := a.content.Clone()
	at := a.at.Unix() // also of a session that was cleared, which is a new one
	if !c.Cleared {
		at = s.m.begun(a.from, c.Values())
	}
	c.Set(&rawjson.Member{Key: driver.CreatedKey, Raw: strconv.FormatInt(at, 10)})
	a.content = &c
	return true
}

// RestartClock starts [Options.AbsoluteTimeout] again, as after the user has entered the password
// once more. [Session.SignIn] does it; [Session.Renew] does not. Without an AbsoluteTimeout it does
// nothing.
func (s *Session) RestartClock() {
	if s.m.o.AbsoluteTimeout == 0 {
		return
	}
	_ = s.do(content.ToRestartClock(s.m.o.Clock()))
}

// StartedAt returns when the user signed in, or, under an [Options.AbsoluteTimeout], when a session
// without a user began. It is the zero time if the session has no such time.
func (s *Session) StartedAt() time.Time {
	s.lock()
	defer s.unlock()
	if at, ok := unixSeconds(s.now.Values(), driver.CreatedKey); ok {
		return time.Unix(at, 0)
	}
	return time.Time{}
}

// LastUsed returns when the session was last saved or, under an [Options.IdleTimeout], used, to
// within a tenth of that. It is the zero time for a new session.
func (s *Session) LastUsed() time.Time {
	s.lock()
	defer s.unlock()
	return s.from.SavedAt
}

// ExpiresAt returns when the session ends unless it is saved (under an [Options.IdleTimeout]: used)
// again. It is the zero time for a new session, until it is saved.
func (s *Session) ExpiresAt() time.Time {
	s.lock()
	defer s.unlock()
	return s.expiresAt()
}

func (s *Session) expiresAt() time.Time {
	if s.from.SavedAt.IsZero() {
		return s.from.ExpiresAt
	}
	end := s.from.SavedAt.Add(s.m.limit(s.now.Values()))
	if at, ok := unixSeconds(s.now.Values(), driver.CreatedKey); ok && s.m.o.AbsoluteTimeout != 0 {
		end = earlier(end, time.Unix(at, 0).Add(s.m.o.AbsoluteTimeout))
	}
	if !s.from.ExpiresAt.IsZero() {
		end = earlier(end, s.from.ExpiresAt)
	}
	return end
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// ExpireAfter gives the session a lifetime of its own, in whole seconds, in place of
// [Options.Lifetime] and [Options.IdleTimeout]: 30 days for “remember me”, an hour for an
// administrator. It counts from the last save or use, as those do, and is kept in the session.
// [Session.SignIn] and [Session.Clear] forget it. Zero or less means the manager's again. Whether
// the cookie outlives the browser's closing is up to [Session.SetPermanent].
func (s *Session) ExpireAfter(d time.Duration) {
	if d <= 0 {
		_ = s.do(content.ToDelete(driver.LifetimeKey))
		return
	}
	whole := seconds(min(max(d, time.Second), maxLifetime))
	_ = s.do(content.ToSet(driver.LifetimeKey, strconv.FormatInt(whole, 10), nil))
}

// Permanent reports whether the session's cookie outlives the browser's closing.
func (s *Session) Permanent() bool {
	s.lock()
	defer s.unlock()
	return s.permanent()
}

func (s *Session) permanent() bool {
	m, ok := s.now.Get(driver.PermanentKey)
	if !ok {
		return s.m.o.Permanent
	}
	switch m.Raw {
	case "true":
		return true
	case "", "false":
		return false
	}
	var v any
	return s.m.codec.DecodeValue(m.Raw, &v) == nil && isTrue(v)
}

// isTrue reports whether a value is true in Python.
func isTrue(v any) bool {
	if v == nil {
		return false
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return r.Len() > 0
	default:
		return !r.IsZero()
	}
}

// SetPermanent sets whether the cookie outlives the browser's closing, for [Options.Lifetime]. It
// is kept in the session at "_permanent", as in Flask, so it makes the session non-empty and Clear
// forgets it.
func (s *Session) SetPermanent(permanent bool) {
	_ = s.do(content.ToSet(driver.PermanentKey, strconv.FormatBool(permanent), nil))
}
