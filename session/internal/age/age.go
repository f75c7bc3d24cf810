// Package age knows how long a session lasts: by a manager's limits, and by what is kept in the
// session.
package age

import (
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// Max is the longest lifetime: it keeps sums of times within what every store can hold.
const Max = 10 * 365 * 24 * time.Hour

// ErrFromFuture is session.ErrFromFuture.
var ErrFromFuture = driver.Refusal("it was saved in the future")

// Limits are those of the manager's options of the same names.
type Limits struct {
	Lifetime, IdleTimeout, AbsoluteTimeout, ClockSkew time.Duration
	Clock                                             func() time.Time
}

// Of returns how long a session with these values may go unused or, without an idle timeout,
// unsaved.
func (l *Limits) Of(values *rawjson.Object) time.Duration {
	if own, ok := Own(values); ok {
		return own
	}
	if l.IdleTimeout != 0 {
		return l.IdleTimeout
	}
	return l.Lifetime
}

// Own returns the lifetime that the session has of its own: that of Session.ExpireAfter, or what
// the program has set by its key.
func Own(values *rawjson.Object) (time.Duration, bool) {
	own, ok := values.Int(driver.LifetimeKey)
	if !ok || own <= 0 {
		return 0, false
	}
	return time.Duration(min(own, seconds(Max))) * time.Second, true
}

// Check judges a session by when it was saved and begun. It compares whole seconds, as tokens carry
// them: an age equal to a limit is valid.
func (l *Limits) Check(from *driver.Snapshot, values *rawjson.Object) error {
	now := l.Clock().Unix()
	if !from.ExpiresAt.IsZero() && now > from.ExpiresAt.Unix() {
		return driver.ErrExpired
	}
	if !from.SavedAt.IsZero() {
		switch age := now - from.SavedAt.Unix(); {
		case age > seconds(l.Of(values)):
			return driver.ErrExpired
		case age < -seconds(l.ClockSkew) && from.Record == nil:
			// A record's time is our own servers', and no visitor can date it.
			return ErrFromFuture
		}
	}
	if l.AbsoluteTimeout != 0 && l.Begun(from, values) < now-seconds(l.AbsoluteTimeout) {
		return driver.ErrExpired
	}
	return nil
}

// Begun is the Unix time from which a session's absolute timeout counts: if it has no such time,
// when it was last saved, or now.
func (l *Limits) Begun(from *driver.Snapshot, values *rawjson.Object) int64 {
	if at, ok := values.Int(driver.CreatedKey); ok {
		return at
	}
	if !from.SavedAt.IsZero() {
		return from.SavedAt.Unix()
	}
	return l.Clock().Unix()
}

// Started returns the time that is kept as the session's begin, or the zero time.
func Started(values *rawjson.Object) time.Time {
	at, ok := values.Int(driver.CreatedKey)
	if !ok {
		return time.Time{}
	}
	return time.Unix(at, 0)
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// TouchDue reports whether a tenth of the time has passed that the session may go unused or
// unsaved, so that the time starts again.
func (l *Limits) TouchDue(from *driver.Snapshot, values *rawjson.Object) bool {
	limit, saved := l.Of(values), from.SavedAt
	if end := from.ExpiresAt; saved.IsZero() && !end.IsZero() && from.Record != nil && !from.Accepted {
		saved = end.Add(-limit) // a save moves the record's end
	}
	return !saved.IsZero() && l.Clock().Unix()-saved.Unix() >= max(1, seconds(limit/10))
}

// End returns when the session ends unless it is used or saved again, or the zero time if nothing
// is known of it.
func (l *Limits) End(from *driver.Snapshot, values *rawjson.Object) time.Time {
	if from.SavedAt.IsZero() {
		return from.ExpiresAt
	}
	end := from.SavedAt.Add(l.Of(values))
	if began := Started(values); !began.IsZero() && l.AbsoluteTimeout != 0 {
		end = earlier(end, began.Add(l.AbsoluteTimeout))
	}
	if !from.ExpiresAt.IsZero() {
		end = earlier(end, from.ExpiresAt)
	}
	return end
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
