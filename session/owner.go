package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// SignIn makes owner the session's owner, after the user has proved their identity: owner is the
// user's ID in the program, at most 255 bytes. It is all that a login needs:
//
//   - values that another owner left are removed; those of an anonymous visitor, a cart for
//     example, stay
//   - the session ID is renewed, so that one known to an attacker before is worth nothing (OWASP
//     ASVS 7.2.4)
//   - [Options.AbsoluteTimeout] starts, and an earlier [Session.ExpireAfter] is forgotten
//   - [Session.Owner] returns owner, and [Manager.Sessions] and [Manager.SignOutEverywhere] find
//     the session by it
//
// The owner is kept in the session at "_owner", or where [Options.Login] keeps it, so the visitor
// can read it in a signed cookie. One that is empty, longer, or not UTF-8 fails the response with a
// [ValueError].
func (s *Session) SignIn(owner string) {
	m, binding, at := s.m.ownerMember(owner), s.m.offer(), s.m.o.Clock()
	if login, ok := s.login(); ok {
		_ = s.do(login.ToSignIn(owner, m, binding, at))
		return
	}
	_ = s.do(content.ToSignIn(m, binding, at, s.m.codec))
}

// SignOut ends the session. It is [Session.Destroy] by the name of what most programs use it for:
// what is flashed afterwards begins a new session. To end the user's other sessions too, call
// [Manager.SignOutEverywhere].
func (s *Session) SignOut() { s.Destroy() }

// SetOwner sets whose session it is and does nothing else that [Session.SignIn] does: for programs
// that call Renew themselves. An empty owner removes it.
func (s *Session) SetOwner(owner string) {
	login, ok := s.login()
	if owner == "" {
		e := content.ToDelete(driver.OwnerKey)
		if ok {
			e = login.ToSignOut(e)
		}
		_ = s.do(e)
		return
	}
	m := s.m.ownerMember(owner)
	if ok {
		_ = s.do(login.ToSetOwner(owner, m, s.m.o.Clock()))
		return
	}
	_ = s.do(content.ToSet(driver.OwnerKey, m.Raw, m.Err))
}

// ownerMember returns the owner as a session keeps it.
func (m *Manager) ownerMember(owner string) rawjson.Member {
	raw, err := m.encode(driver.OwnerKey, owner)
	if err == nil {
		err = checkOwner(owner)
	}
	if err == nil && owner == "" {
		err = errors.New("the owner is empty; give SignIn the user's ID")
	}
	return rawjson.Member{Key: driver.OwnerKey, Raw: raw, Err: err}
}

// Owner returns who signed in, or the empty string.
func (s *Session) Owner() string {
	s.lock()
	defer s.unlock()
	return s.m.owner(&s.now)
}

// ID names the session's record in the store. It is safe to show, in a form that signs out a device
// for example: it is not the cookie's content, and that cannot be computed from it. It is empty if
// the session has no record: with a backend that keeps the session in the cookie, or before a new
// session is saved. It changes when a renewed session is saved.
func (s *Session) ID() string {
	s.lock()
	defer s.unlock()
	if s.from.Record == nil {
		return ""
	}
	return s.from.Record.ID()
}

var errNoOwners = fmt.Errorf("session: this backend cannot list sessions by owner; use session.Stored or session.Overflow, on a store that can: %w", errors.ErrUnsupported)

// Sessions yields the sessions of an owner, in no particular order. A page can list them; what it
// shows of each, such as the device, the program must have set as values. The empty owner has no
// sessions.
//
// They can be read, and changed too, which [Session.Save] saves: to end one, call Destroy and Save,
// or [Manager.SignOutOne]. Do not flash messages in them: no response shows them.
//
// An error ends the sequence. It wraps [errors.ErrUnsupported] if the backend or its store cannot
// list by owner, else [ErrUnavailable].
func (m *Manager) Sessions(ctx context.Context, owner string) iter.Seq2[*Session, error] {
	return func(yield func(*Session, error) bool) {
		if m.owners == nil {
			yield(nil, errNoOwners)
			return
		}
		if owner != "" {
			m.detached(ctx, m.owners.Owned(ctx, owner), yield)
		}
	}
}

// All yields every session in the backend's store, as [Manager.Sessions] does those of an owner: to
// change or count them all. Other managers' sessions that share the store are among them.
func (m *Manager) All(ctx context.Context) iter.Seq2[*Session, error] {
	return func(yield func(*Session, error) bool) {
		l, ok := m.driver.(driver.Lister)
		if !ok {
			yield(nil, fmt.Errorf("session: this backend cannot list its sessions; use session.Stored, on a store that can: %w", errors.ErrUnsupported))
			return
		}
		m.detached(ctx, l.All(ctx), yield)
	}
}

// detached passes on what a driver lists as sessions that belong to no request.
func (m *Manager) detached(ctx context.Context, found iter.Seq2[driver.Snapshot, error], yield func(*Session, error) bool) {
	r := (&http.Request{URL: &url.URL{}, Header: http.Header{}}).WithContext(ctx)
	for from, err := range found {
		if err != nil {
			yield(nil, ownersError(err))
			return
		}
		found, err := m.judge(&from, nil)
		if err != nil {
			continue // its visitor would be refused as well
		}
		s := &Session{m: m, r: r, stage: ready, phase: sent, touched: true, listed: true}
		s.state = &state{from: from, now: found}
		if !yield(s, nil) {
			return
		}
	}
}

// SignOutEverywhere ends the sessions of an owner, except those whose [Session.ID] is in except,
// and returns how many it ended. If ctx is that of a request whose own session is the owner's, and
// not in except, that one is signed out too, as by [Session.SignOut]: what is flashed afterwards
// begins a new session. An own session that has no ID yet is kept by its empty ID. Call it when the
// password changes.
//
// If the error is nil, every session that the owner had is over, under whichever ID. One that
// begins at this moment, by a login for example, may stay. If the store has ended them and an
// answer was lost, the error says that not all were counted. A request that had loaded an ended
// session before cannot bring it back. What is kept in cookies, as a previous backend of [Migrate]
// may have left it, is not found: refuse that with [Options.Validate].
//
// The error wraps [errors.ErrUnsupported] if the backend or its store cannot list by owner, else
// [ErrUnavailable]. The empty owner has no sessions.
func (m *Manager) SignOutEverywhere(ctx context.Context, owner string, except ...string) (int, error) {
	if m.owners == nil {
		return 0, errNoOwners
	}
	if owner == "" {
		return 0, nil
	}
	own := m.ownSession(ctx, owner)
	ends := own != nil && !slices.Contains(except, own.ID())
	kept := slices.DeleteFunc(slices.Clone(except), func(id string) bool { return id == "" })
	n, err := m.owners.EndOwned(ctx, owner, kept...)
	if err != nil {
		return n, ownersError(err)
	}
	if ends {
		own.SignOut()
	}
	return n, nil
}

// SignOutOne ends the session of an owner whose [Session.ID] is id, as for a button beside each
// device. True means that no request finds that session anymore; false that the owner has none with
// this ID: it has ended, or was renewed at this moment and is listed under its new ID. The session
// of another owner is left alone, so the ID may come from a form. If ctx is that of a request whose
// own session it is, that is signed out, as by [Session.SignOut].
//
// The error wraps [errors.ErrUnsupported] if the backend or its store cannot list by owner, else
// [ErrUnavailable].
func (m *Manager) SignOutOne(ctx context.Context, owner, id string) (bool, error) {
	if m.owners == nil {
		return false, errNoOwners
	}
	if owner == "" {
		return false, nil
	}
	own := m.ownSession(ctx, owner)
	ends := own != nil && own.ID() == id
	ended, err := m.owners.EndOne(ctx, owner, id)
	if err != nil {
		return false, ownersError(err)
	}
	if ended && ends {
		own.SignOut()
	}
	return ended, nil
}

// ownSession returns the session of the request whose context ctx is, if it is the owner's and can
// still change, else nil.
func (m *Manager) ownSession(ctx context.Context, owner string) *Session {
	if s := m.session(ctx); s != nil && s.phaseIs(open) && s.Owner() == owner {
		return s
	}
	return nil
}

func ownersError(err error) error {
	if errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return unavailable(err)
}
