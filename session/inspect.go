package session

import (
	"net/http"
	"slices"
	"strings"

	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/age"
	"github.com/wafer-go/wafer/session/internal/setcookie"
)

// Inspect returns what there is to know of the session of r at this moment. It changes nothing: no
// flash message counts as read, and if it is the first to find that the backend fails, it says so
// in Failure, and the request that leaves the session alone does not fail for it.
func (m *Manager) Inspect(r *http.Request) inspect.Inspection {
	s := m.session(r.Context())
	if s == nil {
		s = &Session{m: m, r: r}
	}
	i := inspect.Inspection{
		Backend: m.info.Name, Cookie: m.o.Cookie.Name, Attributes: strings.TrimPrefix(m.before+m.after, "; "),
		Limit: m.o.MaxCookieSize, Now: m.o.Clock(),
	}
	var mistakes []inspect.Warning
	if m.o.TokenHeader != "" {
		i.Attributes = ""
		for _, token := range r.Header[m.o.TokenHeader] {
			i.Sizes = append(i.Sizes, len(m.o.Cookie.Name)+len(token))
		}
	} else {
		for value := range setcookie.Values(r.Header, m.o.Cookie.Name) {
			i.Sizes = append(i.Sizes, len(m.o.Cookie.Name)+len(value))
		}
		mistakes = m.o.Cookie.rules().Dropped(r)
	}
	defer s.unlock()
	i.Failure = s.peek()
	i.Found = s.arrived != ""
	i.Accepted, i.By = s.from.Accepted, s.from.By
	if s.from.Record != nil {
		i.ID = s.from.Record.ID()
	}
	i.Owner, i.Permanent = m.owner(&s.now), s.permanent()
	if binding, ok := s.binding(); ok && m.guard != nil {
		found := m.guard.Describe(r, binding)
		i.Binding = &found
	}
	i.Written, i.Expires = s.from.SavedAt, m.age.End(&s.from, s.now.Values())
	i.Begun = age.Started(s.now.Values())
	for at := range s.now.Values().Len() {
		v := s.now.Values().At(at)
		i.Values = append(i.Values, inspect.Value{Key: v.Key, JSON: v.Raw, Size: len(v.Raw), Err: v.Err})
	}
	for _, raw := range s.now.Flashes() {
		if msg, err := m.codec.DecodeMessage(raw); err == nil {
			i.Flashes = append(i.Flashes, msg)
		}
	}
	for n := range s.edits {
		e := &s.edits[n]
		change := e.String()
		i.Changes = append(i.Changes, change)
		if n >= s.sentEdits && s.isLate(e) {
			i.Late = append(i.Late, change)
		}
	}
	if s.rare != nil {
		i.Refused = s.rare.refused
		i.Changes, i.Late = append(i.Changes, s.rare.lost...), append(i.Late, s.rare.lost...)
	}
	if slices.ContainsFunc(i.Sizes, func(size int) bool { return size+len(m.before)+len(m.after) >= largeLine }) {
		mistakes = append(mistakes, inspect.LargeHeader)
	}
	for _, w := range inspect.Warnings() {
		if m.seen.Logged(w) || slices.Contains(mistakes, w) {
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
