package session

import (
	"errors"
	"fmt"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
)

// login returns Options.Login for the request, and false if there is none.
func (s *Session) login() (content.Login, bool) {
	return content.Login{By: s.m.o.Login, Codec: s.m.codec, Request: s.r}, s.m.o.Login != nil
}

// owner returns the user who is signed in, or the empty string.
func (m *Manager) owner(c *content.Content) string {
	if m.o.Login == nil {
		owner, _ := c.Text(driver.OwnerKey, m.codec)
		return owner
	}
	return content.Login{By: m.o.Login, Codec: m.codec}.Owner(c)
}

// hasOwner reports whether a user is signed in, and decodes no more than it must. The caller holds
// the lock.
func (s *Session) hasOwner() bool {
	if s.m.o.Login == nil {
		return s.now.Has(driver.OwnerKey)
	}
	return s.m.owner(&s.now) != ""
}

// An arrival is what Options.Login makes of a session that was loaded.
type arrival struct {
	now  content.Content
	edit content.Edit
}

// arrive has Options.Login judge the session that find found, or the empty one that a refused
// cookie leaves, in which case err says why. If that signs a user in, Validate judges the result:
// if it refuses that, the session stays as it arrived. It is called without the lock, before any
// other method sees the session.
func (s *Session) arrive(err error) (*arrival, error) {
	a := &arrival{}
	if err == nil {
		a.now = s.now.Clone()
	}
	login, _ := s.login()
	before := login.Owner(&a.now)
	a.edit = login.ToArrive(s.m.o.Clock())
	if changed, _ := a.edit.Change(&a.now); !changed {
		return nil, err
	}
	if owner := login.Owner(&a.now); owner == "" || owner == before || s.m.o.Validate == nil {
		return a, err
	}
	if refused := s.validate(&a.now); refused == nil {
		return a, err
	} else if !errors.Is(refused, ErrRefused) {
		return nil, refused
	}
	return nil, err
}

// keep makes an arrival the session's. If no cookie can tell of it, it counts for this request
// alone. The caller holds the lock.
func (s *Session) keep(a *arrival) {
	if a == nil || s.failure != nil {
		return
	}
	if s.from.Superseded || s.phase != open {
		a.now.Life = driver.Keep
		s.now = a.now
		return
	}
	s.now = a.now
	s.keepEdit(a.edit)
}

// validate shows the program a copy of the session that was found.
func (s *Session) validate(c *content.Content) error {
	shown := s.viewOf(c)
	err := s.m.o.Validate(showing{s.r.Context(), s.m, shown}, shown)
	if err == nil || errors.Is(err, ErrRefused) {
		return err
	}
	return fmt.Errorf("%w: Options.Validate failed with an error that does not wrap session.ErrInvalidated: %w", ErrUnavailable, err)
}
