package session

import "github.com/wafer-go/wafer/session/driver"

// permanent reports whether the cookie outlives the browser's closing. The caller holds the lock.
func (s *Session) permanent() bool {
	return s.now.Truth(driver.PermanentKey, s.m.o.Permanent, s.m.codec)
}

// touchable reports whether the session's life can be extended without writing its values. The
// caller holds the lock.
func (s *Session) touchable() bool {
	return s.m.toucher != nil && s.from.Record != nil && !s.from.Accepted && !s.from.Superseded
}

// touchDue reports whether it is time to extend the session's life. The caller holds the lock.
func (s *Session) touchDue() bool {
	return !s.now.Empty() && !s.from.Superseded && s.m.age.TouchDue(&s.from, s.now.Values())
}

// confirms reports whether this request is the first to bring the cookie of an anonymous session,
// whose record would soon end otherwise. The caller holds the lock.
func (s *Session) confirms() bool {
	return s.from.Unconfirmed && s.arrived != "" && s.touchable() && s.m.age.Of(s.now.Values()) > driver.UnconfirmedLifetime
}
