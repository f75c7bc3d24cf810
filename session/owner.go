package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/store"
)

// ownerKey holds whose session it is.
const ownerKey = "_owner"

// MaxOwner is how long an owner may be, in bytes, as stores take them.
const MaxOwner = 255

// SetOwner says whose session this is: the user's id after a login, as a rule.
// [Manager.Sessions] and [Manager.SignOut] find it by that. It is kept in the
// session at "_owner", so the visitor can read it in a signed cookie, and
// Clear and Destroy forget it. The empty owner is nobody. One of more than
// MaxOwner bytes, or that is not UTF-8, fails the response with a [ValueError].
func (s *Session) SetOwner(owner string) {
	if owner == "" {
		s.Delete(ownerKey)
		return
	}
	raw, err := s.m.encode(ownerKey, owner)
	if err == nil {
		err = checkOwner(owner)
	}
	s.do(setOp(ownerKey, raw, err))
}

// checkOwner says what stores do not take.
func checkOwner(owner string) error {
	switch {
	case !utf8.ValidString(owner):
		return errors.New("an owner must be valid UTF-8")
	case len(owner) > MaxOwner:
		return fmt.Errorf("an owner has at most %d bytes, and this one %d", MaxOwner, len(owner))
	}
	return nil
}

// Owner returns what [Session.SetOwner] said, or the empty string.
func (s *Session) Owner() string {
	defer s.lock().Unlock()
	return s.owner()
}

func (s *Session) owner() string {
	i, ok := s.values.find(ownerKey)
	if !ok {
		return ""
	}
	e := s.values.at(i)
	if e.err != nil {
		return ""
	}
	var owner string
	if s.m.format.DecodeValue(e.raw, &owner) != nil {
		return ""
	}
	return owner
}

// ID names the session's record in the store. It is safe to show, in a form
// that signs a device out for example: it is not the cookie's content, nor can
// that be found from it. It is empty where there is no record: with a backend
// that keeps the session in the cookie, or before a new session is saved. After
// [Session.Renew] it changes when the session is saved.
func (s *Session) ID() string {
	defer s.lock().Unlock()
	if s.from.Record == nil {
		return ""
	}
	return s.from.Record.ID()
}

// LastUsed returns when the session was last written, or, under an
// [Options.IdleTimeout], used, to within a tenth of that. It is zero for a new
// session.
func (s *Session) LastUsed() time.Time {
	defer s.lock().Unlock()
	return s.from.WrittenAt
}

// ownerKeeper is a Keeper that finds sessions by their owner.
type ownerKeeper interface {
	owned(ctx context.Context, owner string) ([]Loaded, error)
	signOut(ctx context.Context, owner string, except []string) (int, error)
	signOutOne(ctx context.Context, owner, id string) (bool, error)
}

var errNoOwners = fmt.Errorf("session: the backend keeps no list of its sessions, so there is none of an owner's; use session.Stored or session.Overflow, on a store that has one: %w", errors.ErrUnsupported)

// Sessions returns the sessions of an owner, in no particular order: for a page
// that shows where somebody is signed in. What such a page says of each (the
// device, the place) the program has kept in it as values.
//
// They can be read, and changed too, which [Session.Save] keeps: to end one,
// Destroy and Save it. There is no response that their flashes would be for.
//
// The error wraps [errors.ErrUnsupported] where the backend or its store does
// not list by owner, and else [ErrUnavailable].
func (m *Manager) Sessions(ctx context.Context, owner string) ([]*Session, error) {
	k, ok := m.keeper.(ownerKeeper)
	if !ok {
		return nil, errNoOwners
	}
	if owner == "" {
		return nil, nil
	}
	found, err := k.owned(ctx, owner)
	if err != nil {
		return nil, ownersError(err)
	}
	var sessions []*Session
	r := (&http.Request{URL: &url.URL{}, Header: http.Header{}}).WithContext(ctx)
	for _, from := range found {
		values, err := m.judge(&from, nil)
		if err != nil {
			continue // its visitor would be refused as well
		}
		sessions = append(sessions, &Session{m: m, r: r, loaded: true, gone: true, state: &state{from: from, values: values}})
	}
	return sessions, nil
}

// SignOut ends the sessions of an owner, but for those whose [Session.ID] is
// in except, and returns how many there were: everywhere, or everywhere else.
// One that is being written for the owner at this moment, by a login say, may
// stay; a request that had loaded one of the ended before cannot bring it back.
// What is kept in cookies, as the old backend of [Migrate] may have left it, is
// not found and goes on: refuse that with [Options.Validate].
//
// The error wraps [errors.ErrUnsupported] where the backend or its store does
// not list by owner, and else [ErrUnavailable].
func (m *Manager) SignOut(ctx context.Context, owner string, except ...string) (int, error) {
	k, ok := m.keeper.(ownerKeeper)
	if !ok {
		return 0, errNoOwners
	}
	if owner == "" {
		return 0, nil
	}
	n, err := k.signOut(ctx, owner, except)
	if err != nil {
		return n, ownersError(err)
	}
	return n, nil
}

// SignOutOne ends the session of an owner whose [Session.ID] is id, as for a
// button beside each device, and reports whether there was one. The session of
// another owner is left alone, so the id may be what a form says.
//
// The error wraps [errors.ErrUnsupported] where the backend or its store does
// not list by owner, and else [ErrUnavailable]. An id that is none is no error.
func (m *Manager) SignOutOne(ctx context.Context, owner, id string) (bool, error) {
	k, ok := m.keeper.(ownerKeeper)
	if !ok {
		return false, errNoOwners
	}
	if owner == "" {
		return false, nil
	}
	ended, err := k.signOutOne(ctx, owner, id)
	if err != nil {
		return false, ownersError(err)
	}
	return ended, nil
}

func ownersError(err error) error {
	if errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return unavailable(err)
}

func (k *storedKeeper) owned(ctx context.Context, owner string) ([]Loaded, error) {
	index, ok := k.store.(store.OwnerIndex)
	if !ok {
		return nil, errNoOwners
	}
	ctx, cancel := k.bound(ctx)
	defer cancel()
	var found []Loaded
	for e, err := range index.Owned(ctx, owner) {
		if err != nil {
			return nil, err
		}
		if !ended(e.Record) {
			found = append(found, k.loaded("", e))
		}
	}
	return found, nil
}

func (k *storedKeeper) signOut(ctx context.Context, owner string, except []string) (int, error) {
	index, ok := k.store.(store.OwnerIndex)
	if !ok {
		return 0, errNoOwners
	}
	var kept []store.ID
	for _, text := range except {
		if text == "" {
			continue // the ID of a session that has no record
		}
		id, err := store.ParseID(text)
		if err != nil {
			return 0, fmt.Errorf("session: SignOut: %w", err)
		}
		kept = append(kept, id)
	}
	ctx, cancel := k.bound(ctx)
	defer cancel()
	return index.DeleteOwned(ctx, owner, kept...)
}

func (k *storedKeeper) signOutOne(ctx context.Context, owner, text string) (bool, error) {
	if _, ok := k.store.(store.OwnerIndex); !ok {
		return false, errNoOwners
	}
	id, err := store.ParseID(text)
	if err != nil {
		return false, nil
	}
	ctx, cancel := k.bound(ctx)
	defer cancel()
	found, err := k.store.Load(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && found.Owner != owner {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, k.store.Delete(ctx, id)
}
