package session

import (
	"strconv"
	"time"
)

// createdKey holds the Unix time from which Options.AbsoluteTimeout counts.
const createdKey = "_created"

// checkAge judges a session by when it was written. It compares whole seconds,
// as tokens carry them: an age equal to a limit is good.
func (m *Manager) checkAge(from *Loaded) error {
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
	case age < -seconds(m.o.ClockSkew) && from.Record == nil:
		// A record's time is our own servers', and no visitor can date it.
		return ErrFromFuture
	}
	return nil
}

// checkClock judges a session by when it was begun.
func (m *Manager) checkClock(from *Loaded, v *values) error {
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
func begun(from *Loaded, v *values, now time.Time) int64 {
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

// touchDue reports whether a tenth of the time has passed that the session may
// go unused or unwritten, so that the time is to start anew. The caller holds
// the lock.
func (s *Session) touchDue() bool {
	limit := s.m.o.Lifetime
	if s.m.o.IdleTimeout != 0 {
		limit = s.m.o.IdleTimeout
	}
	if s.empty() || s.from.WrittenAt.IsZero() {
		return false
	}
	return s.m.o.Clock().Unix()-s.from.WrittenAt.Unix() >= max(1, seconds(limit/10))
}

// withClock returns the values as they are to be written: with the time from
// which the absolute timeout counts. The caller holds the lock.
func (s *Session) withClock(now time.Time) values {
	if !s.clockMissing() {
		return s.values
	}
	at := now.Unix() // also of a session that was cleared, which is a new one
	if !s.cleared {
		at = begun(&s.from, &s.values, now)
	}
	v := s.values.clone()
	v.set(&entry{key: createdKey, raw: strconv.FormatInt(at, 10)})
	return v
}

// clockMissing reports whether the session lacks the time from which its
// absolute timeout counts.
func (s *Session) clockMissing() bool {
	if s.m.o.AbsoluteTimeout == 0 {
		return false
	}
	e, ok := s.values.get(createdKey)
	return !ok || !isUnixTime(e.raw)
}

func isUnixTime(raw string) bool {
	_, err := strconv.ParseInt(raw, 10, 64)
	return err == nil
}

// empty reports whether the session holds nothing of the program's. The caller
// holds the lock.
func (s *Session) empty() bool {
	return s.values.len() == 0 || s.m.o.AbsoluteTimeout != 0 && s.values.len() == 1 && s.values.key(0) == createdKey
}

// RestartClock starts [Options.AbsoluteTimeout] anew, as after the visitor has
// shown once more who they are. [Session.Renew] leaves it running. Without an
// AbsoluteTimeout it does nothing.
func (s *Session) RestartClock() {
	if s.m.o.AbsoluteTimeout != 0 {
		at := strconv.FormatInt(s.m.o.Clock().Unix(), 10)
		s.do(op{name: "restart clock", apply: func(v *values) bool {
			if v.len() == 0 {
				return false // a session that is begun now has a clock of its own
			}
			v.set(&entry{key: createdKey, raw: at})
			return true
		}})
	}
}
