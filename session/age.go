package session

import (
	"reflect"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

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
func (m *Manager) checkAge(from *driver.Snapshot, values *rawjson.Object, now int64) error {
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
	limit, saved := s.m.limit(s.now.Values()), s.from.SavedAt
	if end := s.from.ExpiresAt; saved.IsZero() && !end.IsZero() && s.from.Record != nil && !s.from.Accepted {
		saved = end.Add(-limit) // a save moves the record's end
	}
	if s.now.Empty() || saved.IsZero() || s.from.Superseded {
		return false
	}
	return s.m.o.Clock().Unix()-saved.Unix() >= max(1, seconds(limit/10))
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

// touchable reports whether the session's life can be extended without writing its values. The
// caller holds the lock.
func (s *Session) touchable() bool {
	return s.m.toucher != nil && s.from.Record != nil && !s.from.Accepted && !s.from.Superseded
}
