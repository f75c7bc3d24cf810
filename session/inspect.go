package session

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// An Inspection is what there is to know of the session of one request, for a
// page that its developer looks at. It holds the session's values, so it is for
// nobody's eyes but the visitor's own; it holds no token and no key.
type Inspection struct {
	Backend string // what keeps the session: "signed", "sealed", "stored", ...

	Cookie     string // the cookie's name
	Attributes string // what follows its value in Set-Cookie, but for the expiry
	Sizes      []int  // of each cookie of that name in the request, bytes of name and value
	Limit      int    // bytes of name and value

	Found    bool  // the request came with a session
	Refused  error // why its cookie was not taken, if one was not
	Failure  error // why the backend could not be asked
	Accepted bool  // a merely accepted key or backend wrote it
	By       string
	ID       string // of the record in a store; see Session.ID
	Owner    string

	// Written is when it was last written (in a store, or used), Begun since
	// when AbsoluteTimeout counts, and Expires when it ends unless it is used or
	// written. They are zero where there is nothing to say.
	Written, Begun, Expires time.Time

	Permanent bool
	Values    []InspectedValue // in the order of their keys
	Flashes   []Message        // that wait to be shown
	Changes   []string         // what this request has done to it so far, such as "set username"
	Late      []string         // of Changes, those that came after the header had left, and are lost

	Now time.Time // by Options.Clock

	// Warnings are what docs/troubleshooting.md has to say of this request, or
	// of what was seen since the program began, in the words of the log.
	Warnings []string
}

// An InspectedValue is one key of a session.
type InspectedValue struct {
	Key  string
	JSON string // as it is kept; Err if it cannot be
	Size int    // bytes of JSON
	Err  error
}

// Inspect returns what there is to know of the session of r, as it is at this
// moment. It changes nothing: no flash counts as read, and where it is the
// first to find that the backend cannot be asked, it says so in Failure, and
// the request that leaves the session alone does not fail for it.
func (m *Manager) Inspect(r *http.Request) Inspection {
	s := m.session(r.Context())
	if s == nil {
		s = &Session{m: m, r: r}
	}
	i := Inspection{
		Backend: backendName(m.keeper), Cookie: m.o.Cookie.Name, Attributes: strings.TrimPrefix(m.before+m.after, "; "), Limit: m.o.MaxCookieSize, Now: m.o.Clock(),
	}
	cookieValues(r.Header, m.o.Cookie.Name, func(value string) bool {
		i.Sizes = append(i.Sizes, len(m.o.Cookie.Name)+len(value))
		return true
	})
	locked, failure := s.peek()
	defer locked.Unlock()
	i.Found, i.Refused, i.Failure = !s.fresh && failure == nil, s.refused, failure
	i.Accepted, i.By = s.from.Accepted, s.from.By
	if s.from.Record != nil {
		i.ID = s.from.Record.ID()
	}
	i.Owner, i.Permanent = s.owner(), s.permanent()
	m.inspectTimes(&i, s)
	for at := range s.values.len() {
		e := s.values.at(at)
		i.Values = append(i.Values, InspectedValue{e.key, e.raw, len(e.raw), e.err})
	}
	for _, raw := range s.values.flashes() {
		if msg, err := m.format.DecodeMessage(raw); err == nil {
			i.Flashes = append(i.Flashes, msg)
		}
	}
	for n, o := range s.ops {
		change := strings.TrimSpace(o.name + " " + o.entry.key)
		i.Changes = append(i.Changes, change)
		if n >= int(s.sentOps) && s.isLate(o) {
			i.Late = append(i.Late, change)
		}
	}
	large := slices.ContainsFunc(i.Sizes, func(size int) bool { return size+len(m.before)+len(m.after) >= largeLine })
	for d := range diagnoses {
		if m.diagnostics.said[d].Load() > 0 || m.applies(d, r) || d == largeHeader && large {
			i.Warnings = append(i.Warnings, advice[d])
		}
	}
	return i
}

// peek is ready for one who only looks: a failure that nobody has met before
// is returned and forgotten.
func (s *Session) peek() (locked, error) {
	s.mu.Lock()
	first := !s.loaded
	s.begin()
	s.loadOrUnlock()
	if failure := s.failure; first && failure != nil {
		s.loaded, s.failure = false, nil
		return locked{s}, failure
	}
	s.mu.Unlock()
	l := s.ready()
	return l, s.failure
}

func (m *Manager) inspectTimes(i *Inspection, s *Session) {
	i.Written = s.from.WrittenAt
	if _, ok := s.values.get(createdKey); ok && m.o.AbsoluteTimeout != 0 {
		i.Begun = time.Unix(begun(&s.from, &s.values, m.o.Clock()), 0)
	}
	if i.Written.IsZero() {
		return
	}
	lifetime := m.o.Lifetime
	if m.o.IdleTimeout != 0 {
		lifetime = m.o.IdleTimeout
	}
	i.Expires = i.Written.Add(lifetime)
	if end := i.Begun.Add(m.o.AbsoluteTimeout); !i.Begun.IsZero() && end.Before(i.Expires) {
		i.Expires = end
	}
	if end := s.from.ExpiresAt; !end.IsZero() && end.Before(i.Expires) {
		i.Expires = end
	}
}

// backendName is what a Keeper calls itself, or else its type.
func backendName(k Keeper) string {
	if named, ok := k.(fmt.Stringer); ok {
		return named.String()
	}
	return fmt.Sprintf("%T", k)
}

func (*signedKeeper) String() string { return "signed" }

func (*sealedKeeper) String() string { return "sealed" }

func (*storedKeeper) String() string { return "stored" }

func (k *overflowKeeper) String() string {
	return backendName(k.cookie) + ", or stored when it does not fit"
}

func (k *migrateKeeper) String() string {
	names := make([]string, len(k.old))
	for i, old := range k.old {
		names[i] = backendName(old)
	}
	return fmt.Sprintf("%s, migrating from %s", backendName(k.Keeper), strings.Join(names, ", "))
}
