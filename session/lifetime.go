package session

import (
	"strconv"
	"time"
)

// createdKey holds the Unix time from which Options.AbsoluteTimeout counts.
const createdKey = "_created"

// checkAge judges a session by when it was written. It compares whole seconds,
// as tokens carry them: an age equal to a limit is good.
func (m *Manager) checkAge(from Loaded) error {
	now := m.o.Clock().Unix()
	if !from.ExpiresAt.IsZero() && now > from.ExpiresAt.Unix() {
		return ErrExpired
	}
	if from.WrittenAt.IsZero() {
		return nil
	}
	limit := m.o.Lifetime
	if m.o.IdleTimeout != 0 {
		limit = m.o.IdleTimeout
	}
	switch age := now - from.WrittenAt.Unix(); {
	case age > seconds(limit):
		return ErrExpired
	case age < -seconds(m.o.ClockSkew):
		return ErrFromFuture
	}
	return nil
}

// checkClock judges a session by when it was begun.
func (m *Manager) checkClock(from Loaded, v values) error {
	if m.o.AbsoluteTimeout == 0 {
		return nil
	}
	if now := m.o.Clock(); now.Unix()-begun(from, v, now) > seconds(m.o.AbsoluteTimeout) {
		return ErrExpired
	}
	return nil
}

// begun is the Unix time from which a session's absolute timeout counts: for
// one that does not say, when it was last written, or now.
func begun(from Loaded, v values, now time.Time) int64 {
	if e, ok := v.get(createdKey); ok {
		if at, err := strconv.ParseInt(e.raw, 10, 64); err == nil {
			return at
		}
	}
	if !from.WrittenAt.IsZero() {
		return from.WrittenAt.Unix()
	}
	return now.Unix()
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// idleRefresh reports whether the session must be written again, so that its
// idle timeout starts anew. The caller holds the lock.
func (s *Session) idleRefresh() bool {
	limit := s.m.o.IdleTimeout
	if limit == 0 || len(s.values) == 0 || s.from.WrittenAt.IsZero() {
		return false
	}
	return s.m.o.Clock().Unix()-s.from.WrittenAt.Unix() >= max(1, seconds(limit/10))
}

// keepClock sees to it that a session which is about to be written says from
// when its absolute timeout counts. The caller holds the lock.
func (s *Session) keepClock(now time.Time) {
	if s.m.o.AbsoluteTimeout == 0 {
		return
	}
	if _, ok := s.values.get(createdKey); ok {
		return
	}
	at := now.Unix() // also of a session that was cleared, which is a new one
	if !s.cleared {
		at = begun(s.from, s.values, now)
	}
	s.values.set(createdKey, strconv.FormatInt(at, 10), nil)
}

// RestartClock starts [Options.AbsoluteTimeout] anew, as after the visitor has
// shown once more who they are. [Session.Renew] leaves it running. Without an
// AbsoluteTimeout it does nothing.
func (s *Session) RestartClock() {
	if s.m.o.AbsoluteTimeout != 0 {
		s.do(setOp(createdKey, strconv.FormatInt(s.m.o.Clock().Unix(), 10), nil))
	}
}
