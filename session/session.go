package session

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"
	"unicode/utf8"
)

// A Session holds one visitor's values between requests. It is made by a
// [Manager], one for each request, and is safe for concurrent use within it.
//
// It is read from its backend when a method first needs it. A method that
// only reads counts as a touch, which adds "Vary: Cookie" to the response, or
// is warned of where its header has left.
// Changes are written back when the response header leaves.
//
// Some keys are the session's own, and count as values like any other:
// "_permanent" (see [Session.SetPermanent]) and "_flashes", the same as
// Flask's, and "_created" where there is an [Options.AbsoluteTimeout].
type Session struct {
	m *Manager
	r *http.Request

	mu        sync.Mutex
	loaded    bool
	touched   bool
	modified  bool
	renewed   bool // and not saved since
	ended     bool // destroyed, and not saved since
	cleared   bool // all values were dropped at some time
	destroyed bool
	cookieDue bool  // the visitor has to be sent the cookie, also where it is unchanged
	former    bool  // it came in one of the former cookies
	fresh     bool  // no session came with the request
	reporting bool  // a late change is being reported
	gone      bool  // the response header has left
	expires   bool  // the cookie outlives the browser's closing
	sentOps   int32 // how many of the state's ops left with the response header

	*state // nil until it is needed, for most requests leave the session alone
}

// state is what there is of a session once it was asked for.
type state struct {
	tell    func()   // what the program is yet to be told about the loading
	unsaid  []func() // what is to be said once the lock is given back
	failure error    // why the backend could not say what the session is
	refused error    // why the cookie was not taken
	from    Loaded
	cookie  string // the value of the cookie that the visitor has, or is to get
	values  values
	room    [4]slot // of values, for as long as they are few
	ops     []op    // those that no record has yet
	written *written
	flashes *flashState
	vary    [1]string // a header line
}

// written is what there is of a session that is changed or sent, or could not
// be, beside its state.
type written struct {
	op              [1]op         // where ops begins
	cookie, caching [1]string     // header lines
	took            time.Duration // by the backend, until it failed
	inStore         bool          // it is a store that failed
}

// writing makes room for what is written. The caller holds the lock.
func (s *Session) writing() *written {
	if s.written == nil {
		s.written = new(written)
	}
	return s.written
}

// String keeps a visitor's values out of logs.
func (s *Session) String() string { return "session.Session(redacted)" }

// Format does so for every verb.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// Value returns the value at key in the type that it has as JSON: nil, bool,
// string, int64 (json.Number for an integer too large), float64, []any or
// map[string]any; the flask package has a few more. It is a copy: to change
// it, set it. Value returns nil if the key is missing or holds what cannot be
// decoded, and logs the latter. Where the type is known, use a [Field].
func (s *Session) Value(key string) any {
	var v any
	if e, ok := s.raw(key); ok {
		s.decode(e, &v)
	}
	return v
}

// Set sets the value at key, which may be anything that the backend's format
// can encode: for our own backends, what encoding/json can. The value is
// encoded at once; one that cannot be encoded fails the response with a
// [ValueError], unless it is replaced or deleted before.
func (s *Session) Set(key string, value any) {
	raw, err := s.m.encode(key, value)
	s.do(setOp(key, raw, err))
}

// Has reports whether key has a value.
func (s *Session) Has(key string) bool {
	defer s.lock().Unlock()
	_, ok := s.values.find(key)
	return ok
}

// Delete removes the value at key, if there is one.
func (s *Session) Delete(key string) { s.do(deleteOp(key)) }

// Keys returns the keys that have a value, in order.
func (s *Session) Keys() []string {
	defer s.lock().Unlock()
	keys := make([]string, s.values.len())
	for i := range keys {
		keys[i] = s.values.key(i)
	}
	return keys
}

// Len returns how many keys have a value.
func (s *Session) Len() int {
	defer s.lock().Unlock()
	return s.values.len()
}

// Clear removes all values, unread flashes among them. The cookie of a session
// that stays empty is deleted, and so is its record.
func (s *Session) Clear() {
	s.do(clearOp("clear"))
	s.mu.Lock()
	s.cleared = true
	s.mu.Unlock()
}

// Destroy ends the session, as at a sign-out: all values go, and the cookie
// is deleted. What is set afterwards in the same request begins a new one.
//
// Where another request has just renewed it, it goes on under its new id;
// [Manager.SignOut] finds that by its owner.
//
// A backend that keeps the session in the cookie cannot take back a copy that
// somebody made of it: that works for as long as it is used, up to
// [Options.AbsoluteTimeout] if there is one. [Options.Validate] can refuse it.
func (s *Session) Destroy() {
	s.do(clearOp("destroy"))
	s.mu.Lock()
	s.cleared, s.destroyed, s.ended, s.renewed = true, true, true, true
	s.mu.Unlock()
}

// Renew gives the session a new identity while keeping its values. Call it
// when the visitor's rights change, at a login above all, so that a session
// known to somebody else before is worth nothing after (OWASP ASVS 7.2.4).
// With a store the id changes. A session in its cookie is written anew, though a
// signed one that is written twice in a second with the same values is the same
// text, and copies of the old cookie live on, as Destroy says.
func (s *Session) Renew() {
	if s.do(op{name: "renew", apply: func(v *values) bool { return v.len() > 0 }}) {
		return // the visitor cannot get another id any more
	}
	s.mu.Lock()
	s.renewed = true
	s.mu.Unlock()
}

// Permanent reports whether the session's cookie outlives the browser's
// closing.
func (s *Session) Permanent() bool {
	defer s.lock().Unlock()
	return s.permanent()
}

func (s *Session) permanent() bool {
	i, ok := s.values.find(permanentKey)
	if !ok {
		return false
	}
	e := s.values.at(i)
	switch e.raw {
	case "true":
		return true
	case "", "false":
		return false
	}
	// Python takes any value that is true in its eyes.
	var v any
	if s.m.format.DecodeValue(e.raw, &v) != nil || v == nil {
		return false
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return r.Len() > 0
	default:
		return !r.IsZero()
	}
}

// SetPermanent says whether the cookie outlives the browser's closing, for
// [Options.Lifetime]. It is kept in the session at "_permanent", as Flask
// does, so it makes the session non-empty and Clear forgets it.
func (s *Session) SetPermanent(permanent bool) {
	raw := "false"
	if permanent {
		raw = "true"
	}
	s.do(setOp(permanentKey, raw, nil))
}

// IsNew reports whether the visitor came without a session: with no cookie,
// or with one that was refused.
func (s *Session) IsNew() bool {
	defer s.lock().Unlock()
	return s.fresh
}

// Modified reports whether the session was changed in this request.
func (s *Session) Modified() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.modified
}

// lock locks s for a method that touches it, with its values loaded.
func (s *Session) lock() locked {
	l := s.ready()
	if !s.touched && s.gone && s.r.Method != "" {
		s.unsaid = append(s.unsaid, func() { s.m.warn(s, lateRead, slog.String("request", describe(s.r)), slog.String("call", caller())) })
	}
	s.touched = true
	return l
}

// locked is a Session whose lock is held.
type locked struct{ s *Session }

// Unlock gives the lock back, and then says what there was to say while it was
// held: the program's logger may use the session.
func (l locked) Unlock() {
	said := l.s.unsaid
	l.s.unsaid = nil
	l.s.mu.Unlock()
	for _, say := range said {
		say()
	}
}

// unreadable has it logged, once the lock is given back, that a value does not
// fit where it was asked for.
func (s *Session) unreadable(key string, into any, err error) {
	s.unsaid = append(s.unsaid, func() { s.m.logUnreadable(s, key, into, err) })
}

// ready locks s with its values loaded. What the program is told about the
// loading, it is told without the lock, so that Observe may use the session:
// to flash that it has expired, say.
func (s *Session) ready() locked {
	s.mu.Lock()
	s.begin()
	s.loadOrUnlock()
	if tell := s.tell; tell != nil {
		s.tell = nil
		s.mu.Unlock()
		tell()
		s.mu.Lock()
	}
	return locked{s}
}

// begin makes room for what there is of the session. The caller holds the lock.
func (s *Session) begin() {
	if s.state == nil {
		s.state = new(state)
	}
}

// loadOrUnlock is load, but that a panic of the program's own code in it (of
// Validate, say) does not leave the lock behind.
func (s *Session) loadOrUnlock() {
	loaded := false
	defer func() {
		if !loaded {
			s.forget()
			s.mu.Unlock()
		}
	}()
	s.load()
	loaded = true
}

// do carries out a change and keeps it. A change that can have no effect any
// more is reported.
func (s *Session) do(o op) (late bool) {
	late = s.doLocked(o)
	if late {
		s.m.reportLate(s, o)
	}
	return late
}

// doLocked unlocks also where the program's own code panics in o.
func (s *Session) doLocked(o op) (late bool) {
	defer s.lock().Unlock()
	return s.perform(o)
}

// perform is do for those who hold the lock.
func (s *Session) perform(o op) (late bool) {
	if o.apply != nil && !o.apply(&s.values) {
		return false
	}
	s.modified = true
	if s.ops == nil {
		s.ops = s.writing().op[:0]
	}
	s.ops = append(s.ops, o)
	if o.apply == nil {
		s.values.set(&s.ops[len(s.ops)-1].entry)
	}
	return s.isLate(o)
}

// isLate reports whether a change can have no effect any more. With a record
// there is no need of a cookie, but for a new id. The caller holds the lock.
func (s *Session) isLate(o op) bool {
	return s.gone && (s.from.Record == nil || s.ended || o.name == "renew" || o.entry.key == permanentKey)
}

// unsaved reports whether there is a change that no record has. The caller
// holds the lock.
func (s *Session) unsaved() bool { return len(s.ops) > 0 }

// kept forgets the changes that a record has now, and all who held on to what
// they changed. The caller holds the lock.
func (s *Session) kept() {
	s.ops, s.sentOps, s.written = nil, 0, nil
	s.renewed, s.ended = false, false
}

// headerLeft says that no cookie can follow any more.
func (s *Session) headerLeft() {
	s.mu.Lock()
	if s.gone = true; s.state != nil {
		s.sentOps = int32(len(s.ops)) // #nosec G115 -- memory would be short first
	}
	s.mu.Unlock()
}

// headerStays takes headerLeft back.
func (s *Session) headerStays() {
	s.mu.Lock()
	s.gone = false
	s.mu.Unlock()
}

// raw returns the JSON text at key.
func (s *Session) raw(key string) (entry, bool) {
	defer s.lock().Unlock()
	return s.values.get(key)
}

// decode decodes a value into the pointer into, and reports whether it could
// be.
func (s *Session) decode(e entry, into any) bool {
	err := s.m.decode(e, into)
	if err != nil {
		s.m.logUnreadable(s, e.key, into, err)
	}
	return err == nil
}

// decodeLocked is decode for those who hold the lock.
func (s *Session) decodeLocked(e entry, into any) bool {
	err := s.m.decode(e, into)
	if err != nil {
		s.unreadable(e.key, into, err)
	}
	return err == nil
}

func (m *Manager) decode(e entry, into any) error {
	if e.err != nil {
		return e.err
	}
	return m.format.DecodeValue(e.raw, into)
}

var errKeyNotUTF8 = errors.New("the key is not valid UTF-8")

func (m *Manager) encode(key string, value any) (raw string, err error) {
	if !utf8.ValidString(key) {
		return "null", errKeyNotUTF8
	}
	buf := getBuffer()
	defer buf.free()
	buf.b, err = m.format.AppendValue(buf.b, value)
	if err != nil {
		return "null", err
	}
	return string(buf.b), nil
}
