package session

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// An Inspection contains all that is known of the session of one request. A page can show it to the
// developer. It contains the session's values: show it only to that visitor. It contains no token
// and no key.
type Inspection struct {
	Backend string // what keeps the session: "signed", "sealed", "stored", ...

	Cookie     string // the cookie's name
	Attributes string // what follows its value in Set-Cookie, except the expiry
	Sizes      []int  // of each cookie of that name in the request, bytes of name and value
	Limit      int    // bytes of name and value

	Found    bool  // the request came with a session
	Refused  error // why its cookie was refused, if one was
	Failure  error // why the backend could not tell
	Accepted bool  // an accepted key, a previous backend or a former name wrote it
	By       string
	ID       string // of the record in a store; see Session.ID
	Owner    string

	// Written is when it was last saved (in a store, or used), Begun since when AbsoluteTimeout
	// counts, and Expires is [Session.ExpiresAt]. They are zero if nothing is known.
	Written, Begun, Expires time.Time

	Permanent bool
	Values    []InspectedValue // in the order of their keys
	Flashes   []Message        // that wait to be shown
	Changes   []string         // what this request has done to it so far, such as `set "username"`
	Late      []string         // of Changes, those that came after the header was sent, and are lost

	Now time.Time // by Options.Clock

	// Warnings are the mistakes that this request shows, or that were logged since the program
	// began.
	Warnings []Warning
}

// An InspectedValue is one key of a session.
type InspectedValue struct {
	Key  string
	JSON string // as it is kept; Err if it cannot be
	Size int    // bytes of JSON
	Err  error
}

// Inspect returns what there is to know of the session of r at this moment. It changes nothing: no
// flash message counts as read, and if it is the first to find that the backend fails, it says so
// in Failure, and the request that leaves the session alone does not fail for it.
func (m *Manager) Inspect(r *http.Request) Inspection {
	s := m.session(r.Context())
	if s == nil {
		s = &Session{m: m, r: r}
	}
	i := Inspection{
		Backend: m.info.Name, Cookie: m.o.Cookie.Name, Attributes: strings.TrimPrefix(m.before+m.after, "; "),
		Limit: m.o.MaxCookieSize, Now: m.o.Clock(),
	}
	for value := range cookieValues(r.Header, m.o.Cookie.Name) {
		i.Sizes = append(i.Sizes, len(m.o.Cookie.Name)+len(value))
	}
	defer s.unlock()
	i.Failure = s.peek()
	i.Found, i.Refused = s.arrived != "", s.refused
	i.Accepted, i.By = s.from.Accepted, s.from.By
	if s.from.Record != nil {
		i.ID = s.from.Record.ID()
	}
	i.Owner, i.Permanent = s.now.text(driver.OwnerKey, m.codec), s.permanent()
	i.Written, i.Expires = s.from.SavedAt, s.expiresAt()
	if at, ok := unixSeconds(s.now.object(), driver.CreatedKey); ok {
		i.Begun = time.Unix(at, 0)
	}
	for at := range s.now.object().Len() {
		v := s.now.values.At(at)
		i.Values = append(i.Values, InspectedValue{v.Key, v.Raw, len(v.Raw), v.Err})
	}
	for _, raw := range s.now.flashes() {
		if msg, err := m.codec.DecodeMessage(raw); err == nil {
			i.Flashes = append(i.Flashes, msg)
		}
	}
	for n := range s.edits {
		e := &s.edits[n]
		change := lateChange{name: e.name, key: e.member.Key}.String()
		i.Changes = append(i.Changes, change)
		if n >= s.sentEdits && s.isLate(e) {
			i.Late = append(i.Late, change)
		}
	}
	large := slices.ContainsFunc(i.Sizes, func(size int) bool { return size+len(m.before)+len(m.after) >= largeLine })
	for _, w := range Warnings() {
		if m.warnings.logged(w) || m.applies(w, r) || w == largeHeader && large {
			i.Warnings = append(i.Warnings, w)
		}
	}
	return i
}

// peek loads and locks the session for an inspection: a failure that no method has met before is
// returned and forgotten.
func (s *Session) peek() error {
	s.mu.Lock()
	s.use()
	if s.stage >= ready {
		return s.failure
	}
	s.load()
	failure := s.failure
	if failure != nil {
		s.stage, s.failure = unread, nil
	}
	return failure
}
