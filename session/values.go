package session

import (
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/browser"
	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/logtext"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// Value returns the value at key in the type that it has as JSON: nil, bool, string, int64
// (json.Number for a larger integer), float64, []any or map[string]any; the flask package has a few
// more. It is a copy: to change it, set it. Value returns nil if the key is missing or its value
// cannot be decoded, and logs the latter. If you know the type, use a [Field].
func (s *Session) Value(key string) any {
	var v any
	if m, ok := s.visible(key); ok {
		s.decode(m, &v)
	}
	return v
}

// decode decodes a value into the pointer into, and reports whether it fits. It is called without
// the lock, because it may run the program's UnmarshalJSON.
func (s *Session) decode(m rawjson.Member, into any) bool {
	err := m.Err
	if err == nil {
		err = s.m.codec.DecodeValue(m.Raw, into)
	}
	if err != nil {
		s.logUnreadable(m.Key, into, err)
	}
	return err == nil
}

// Set sets the value at key, which may be anything that the backend's format can encode: for most
// backends, what encoding/json can. The value is encoded at once. One that cannot be encoded, or
// not decoded into the same type again, fails the response with a [ValueError], unless it is
// replaced or deleted before. To set the value that is there already counts as a change.
func (s *Session) Set(key string, value any) {
	raw, err := s.m.encode(key, value)
	_ = s.do(content.ToSet(key, raw, err))
}

// Has reports whether key has a value.
func (s *Session) Has(key string) bool {
	s.lock()
	defer s.unlock()
	return s.now.Has(key)
}

// Delete removes the value at key, if there is one.
func (s *Session) Delete(key string) { _ = s.do(content.ToDelete(key)) }

// Keys returns the keys that have a value, in order.
func (s *Session) Keys() []string {
	s.lock()
	defer s.unlock()
	values := s.now.Values()
	keys := make([]string, values.Len())
	for i := range keys {
		keys[i] = values.Key(i)
	}
	return keys
}

// Len returns how many keys have a value.
func (s *Session) Len() int {
	s.lock()
	defer s.unlock()
	return s.now.Values().Len()
}

// Clear removes all values, including unread flash messages. The cookie of a session that stays
// empty is deleted, and so is its record. Use it to start over without signing out;
// [Session.SignOut] also gives up the session's identity.
func (s *Session) Clear() { _ = s.do(content.ToClear()) }

// Destroy ends the session: all values are removed, and the cookie is deleted. What is set
// afterwards in the same request begins a new session. To sign a user out, call [Session.SignOut],
// which is the same.
//
// Flash messages are removed too. Those that were read before are still what [Session.Flashes]
// returns in this request, and in no other, also if its response shows none.
//
// If another request has just renewed the session, it goes on under its new ID;
// [Manager.SignOutEverywhere] finds that by its owner. A backend that keeps the session in the
// cookie cannot end a copy that someone made of it: the copy works until it expires, or
// [Options.AbsoluteTimeout] ends it. [Options.Validate] can refuse it.
func (s *Session) Destroy() {
	e := content.ToDestroy()
	if login, ok := s.login(); ok {
		e = login.ToSignOut(e)
	}
	_ = s.do(e)
}

// Renew regenerates the session ID and keeps the values, to prevent session fixation (OWASP ASVS
// 7.2.4). Call it when the visitor's rights change; [Session.SignIn] does it already. A session in
// its cookie is written again, but copies of the old cookie stay valid, as Destroy says.
func (s *Session) Renew() { _ = s.do(content.ToRenew()) }

// IsNew reports whether the visitor came without a session: with no cookie, or one that was
// refused.
func (s *Session) IsNew() bool {
	s.lock()
	defer s.unlock()
	return s.arrived == ""
}

// Modified reports whether the session was changed in this request.
func (s *Session) Modified() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.did(modified)
}

// do carries out an edit and keeps it. One that can have no effect anymore is reported.
func (s *Session) do(e content.Edit) error {
	s.lock()
	defer s.unlock()
	return s.perform(e)
}

// perform carries out an edit and keeps it, with its effect on the session's life. The caller holds
// the lock. An edit that changes nothing is not kept, and neither is one of which a record would
// keep what the browser can no longer be told: a new ID would sign the visitor out.
func (s *Session) perform(e content.Edit) error {
	if s.phase == sent && e.NeedsCookie && s.from.Record != nil {
		s.tellLate(e)
		r := s.useRare()
		r.lost = append(r.lost, e.String())
		return nil
	}
	if len(s.edits) == 0 && s.from.Record != nil && s.from.Payload == "" {
		// The response's save kept no copy of what the record has, and claim and leave need one.
		payload, _ := s.now.Values().AppendTo(nil, s.m.codec)
		s.from.Payload = string(payload)
	}
	if e.Change != nil {
		if changed, err := e.Change(&s.now); err != nil || !changed {
			return err
		}
	}
	switch e.Kind {
	case content.Destroy:
		s.done |= destroyed
	case content.SignIn:
		s.done |= signedIn
	case content.FlashValue:
		if f := s.useFlashes(); !slices.Contains(f.again, e.Member.Key) {
			f.again = append(f.again, e.Member.Key)
		}
	}
	s.keepEdit(e)
	if e.Change == nil {
		s.now.Set(&s.edits[len(s.edits)-1].Member)
	}
	if s.isLate(&e) {
		s.tellLate(e)
	}
	return nil
}

// isLate reports whether an edit can have no effect anymore. The caller holds the lock.
func (s *Session) isLate(e *content.Edit) bool {
	switch s.phase {
	case sent:
		return s.from.Record == nil || s.from.Superseded || s.now.Life == driver.Begin && e.Kind != content.Destroy
	case over:
		return true
	}
	return false
}

// tellLate reports an edit that can have no effect anymore. The caller holds the lock.
func (s *Session) tellLate(e content.Edit) {
	call := logtext.Caller()
	s.tell(func() { s.m.reportLate(s, &e, call, ErrTooLate) })
}

var errKeyNotUTF8 = errors.New("the key is not valid UTF-8")

// encode writes a value as a session keeps it.
func (m *Manager) encode(key string, value any) (raw string, err error) {
	if !utf8.ValidString(key) {
		return "null", errKeyNotUTF8
	}
	buf := buffer.Get()
	defer buf.Free()
	if buf.B, err = m.codec.AppendValue(buf.B, value); err != nil {
		return "null", err
	}
	return string(buf.B), nil
}

// member returns the value at key as it is kept.
func (s *Session) member(key string) (rawjson.Member, bool) {
	s.lock()
	defer s.unlock()
	s.readOnce(key)
	return s.now.Get(key)
}

// visible is member for a page: what waits is not there.
func (s *Session) visible(key string) (rawjson.Member, bool) {
	s.lock()
	defer s.unlock()
	if s.readOnce(key); s.waits(key) {
		return rawjson.Member{}, false
	}
	return s.now.Get(key)
}

// waits reports whether a value is for the page that a browser may open after this prefetch. The
// caller holds the lock.
func (s *Session) waits(key string) bool {
	return s.flashes != nil && s.flashes.once != nil && browser.IsPrefetch(s.r) && slices.Contains(s.flashes.once, key)
}

// readOnce notes that a value was read, or with driver.OnceKey the messages. The caller holds the
// lock.
func (s *Session) readOnce(key string) {
	if !s.now.Has(driver.OnceKey) || s.flashes != nil && s.flashes.once != nil {
		return
	}
	if keys := s.now.Once(); key == driver.OnceKey || slices.Contains(keys, key) {
		s.useFlashes().once = keys
	}
}
