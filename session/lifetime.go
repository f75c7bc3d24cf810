package session

import (
	"strconv"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/age"
	"github.com/wafer-go/wafer/session/internal/content"
)

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
	return age.Started(s.now.Values())
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
	return s.m.age.End(&s.from, s.now.Values())
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
	whole := min(max(d, time.Second), age.Max) / time.Second
	_ = s.do(content.ToSet(driver.LifetimeKey, strconv.FormatInt(int64(whole), 10), nil))
}

// Permanent reports whether the session's cookie outlives the browser's closing.
func (s *Session) Permanent() bool {
	s.lock()
	defer s.unlock()
	return s.permanent()
}

// SetPermanent sets whether the cookie outlives the browser's closing, for [Options.Lifetime]. It
// is kept in the session at "_permanent", as in Flask, so it makes the session non-empty and Clear
// forgets it.
func (s *Session) SetPermanent(permanent bool) {
	_ = s.do(content.ToSet(driver.PermanentKey, strconv.FormatBool(permanent), nil))
}
