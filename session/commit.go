package session

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/cookieheader"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/age"
	"github.com/wafer-go/wafer/session/internal/browser"
	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/caching"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/hold"
	"github.com/wafer-go/wafer/session/internal/logtext"
	"github.com/wafer-go/wafer/session/internal/setcookie"
)

// Commit saves the session if that is due, and writes what the browser has to know of it into h,
// just before h is sent with status. A change that comes later is late. An error means that the
// response must not be sent.
func (c *committer) Commit(h http.Header, status int) (err error) {
	s := (*Session)(c)
	m := s.m
	s.mu.Lock()
	if s.stage == unread && (!m.refreshes || s.phase == view) {
		s.phase = max(s.phase, sent) // by far the most frequent: nothing used the session
		s.mu.Unlock()
		return nil
	}
	var line *buffer.Buffer
	defer func() { // one, because the compiler makes more of them slow
		if s.phase = max(s.phase, sent); err == nil && s.changed != nil {
			s.sentEdits = len(s.edits)
		}
		if line != nil {
			line.Free()
		}
		s.unlock()
	}()
	s.use()
	if s.stage < ready {
		s.load()
		s.unlock() // the program may flash that the session has expired
		s.mu.Lock()
	}
	s.await()
	if s.phase == view {
		return nil
	}
	if s.touched {
		caching.AddVary(h, m.arrivesIn, &s.vary)
		s.keepPrivate(h)
	}
	if s.failure != nil {
		return s.failure
	}
	switch {
	case s.settleFlashes(status):
		s.noteShared(h)
		caching.KeepFrom(h, &s.change().caching)
		h.Del("Etag") // a 304 would show the messages again
		h.Del("Last-Modified")
	case (s.did(readFlashes) || s.flashes != nil && s.flashes.once != nil) && browser.IsPrefetch(s.r):
		caching.KeepFrom(h, &s.change().caching) // the page that is opened asks again
	}
	s.leaveLogin(h)
	refresh := s.refreshDue(h)
	unsaved := s.unsaved()
	switch {
	case !unsaved && !s.cookieDue && !refresh:
		return nil
	case s.from.Superseded && s.now.Life == driver.Keep:
		// A cookie of this answer would replace the one that the browser gets, or has, by now.
		if !unsaved {
			return nil
		}
		return ErrEnded
	}
	line = buffer.Get()
	line.B = append(line.B, m.prefix...)
	deleted, restores := s.deletionDue(), s.restores()
	switch {
	case deleted && (unsaved || refresh):
		err = s.delete(s.r.Context())
	case !unsaved && refresh && s.touchable():
		err = s.touch(s.r.Context(), line)
		if errors.Is(err, ErrConflict) || errors.Is(err, ErrEnded) {
			return nil // another request was first, and its answer has the cookie
		}
	case unsaved || refresh:
		err = s.write(s.r.Context(), &attempt{from: &s.from, content: &s.now, edits: s.edits, stay: restores}, line)
	default:
		line.B = append(line.B, s.value...) // Session.Save saved it
	}
	if err != nil {
		s.noteUnrestored()
	}
	switch {
	case err == nil:
	case restores: // a message never fails a request
		if !s.cookieDue || s.value == "" {
			return nil
		}
		err, line.B = nil, append(line.B[:len(m.prefix)], s.value...) // Session.Save gave it another
	case !unsaved && !s.cookieDue, s.messagesAlone(err):
		reason := err
		s.tell(func() {
			m.o.logger().LogAttrs(s.r.Context(), slog.LevelError,
				"session: could not reissue the cookie; the visitor keeps the old one", slog.Any("error", reason))
		})
		return nil
	default:
		return err
	}
	if !s.touched {
		caching.AddVary(h, m.arrivesIn, &s.vary)
	}
	if !deleted && s.from.Record != nil && !s.cookieDue && !s.permanent() && !s.persistent {
		return nil // the browser has the cookie
	}
	s.setToken(h, line, deleted)
	return nil
}

// leaveLogin has Options.Login write its cookie. The caller holds the lock.
func (s *Session) leaveLogin(h http.Header) {
	if s.m.o.Login == nil || s.from.Superseded && s.now.Life == driver.Keep {
		return
	}
	login, _ := s.login()
	var cookie string
	edits := len(s.edits)
	_ = s.perform(login.ToLeave(s.m.o.Clock(), &cookie))
	if cookie == "" || len(s.edits) == edits && caching.Shared(h) {
		return // one that nothing in the session asks for can wait
	}
	h["Set-Cookie"] = append(h["Set-Cookie"], cookie)
	caching.KeepFrom(h, &s.change().caching)
}

// messagesAlone reports whether it is only for messages that a cookie was to be written, and is too
// large: as after a migration to a backend that does not compress. Messages never fail a request,
// so those of this one are dropped. The caller holds the lock.
func (s *Session) messagesAlone(err error) bool {
	if !errors.Is(err, ErrTooLarge) || s.from.Record != nil || s.arrived == "" {
		return false
	}
	dropped := 0
	for i := range s.edits {
		switch e := &s.edits[i]; e.Kind {
		case content.Flash:
			dropped += len(*e.Messages)
		case content.Take, content.GiveBack, content.Discard:
		default:
			return false
		}
	}
	s.noteDropped(dropped)
	return true
}

// refreshDue reports whether the session is to be saved although nothing has changed it. The caller
// holds the lock.
func (s *Session) refreshDue(h http.Header) bool {
	m, confirms := s.m, s.confirms()
	if !m.refreshes && !m.o.ReissueOnRead && !confirms || s.now.Empty() || s.from.Superseded {
		return false
	}
	// A record is touched as rarely as for an idle timeout, and its cookie sent again only then:
	// another request may have given the session a new ID.
	refresh := m.o.RefreshEachRequest && s.permanent() && (s.from.Record == nil || s.touchDue())
	refresh = refresh || m.o.ReissueOnRead && s.from.Accepted || m.o.IdleTimeout != 0 && s.touchDue() || confirms
	if refresh && caching.Shared(h) && (s.from.Record == nil || s.permanent()) {
		return false // it would need a cookie, which can wait
	}
	return refresh
}

// setToken tells the client the token that names the session now, in a cookie or in
// Options.TokenHeader. The line begins as the cookie's does, with the name and the token.
func (s *Session) setToken(h http.Header, line *buffer.Buffer, deleted bool) {
	m := s.m
	if m.o.TokenHeader != "" {
		h[m.o.TokenHeader] = append(s.change().cookie[:0], string(line.B[len(m.prefix):]))
		caching.KeepFrom(h, &s.caching)
	} else {
		s.setCookie(h, line, deleted)
	}
	s.cookieDue = false
	if s.did(destroyed) && len(m.o.ClearSiteData) > 0 {
		h.Set("Clear-Site-Data", `"`+strings.Join(m.o.ClearSiteData, `", "`)+`"`)
	}
	s.noteToken(h, len(line.B), deleted)
}

// setCookie completes the line and puts it into h.
func (s *Session) setCookie(h http.Header, line *buffer.Buffer, deleted bool) {
	m, permanent := s.m, s.permanent()
	line.B = append(line.B, m.before...)
	switch {
	case deleted:
		line.B = setcookie.AppendDeletion(line.B)
	case permanent:
		line.B = setcookie.AppendExpiry(line.B, m.o.Clock(), s.cookieLifetime())
	}
	line.B = append(line.B, m.after...)
	if setcookie.Replace(h, m.o.Cookie.Name, string(line.B), &s.change().cookie) {
		s.tell(func() { m.warn(s.r, inspect.TwoManagers, slog.String("request", logtext.Describe(s.r))) })
	}
	// A shared cache that keeps a Set-Cookie gives one visitor's session to all (CVE-2024-26144).
	caching.KeepFrom(h, &s.caching)
	s.deleteFormer(h)
	s.announce(h)
	s.persistent = permanent && !deleted
}

// cookieLifetime is how long a permanent session's cookie lasts in the browser.
func (s *Session) cookieLifetime() time.Duration {
	lifetime := s.m.o.Lifetime
	if own, ok := age.Own(s.now.Values()); ok {
		lifetime = own
	}
	return min(lifetime, setcookie.MaxExpires)
}

// sendKept adds to a response that failed the cookie of a session that Session.Save has
// saved, or that may have another identity now: no other response will. One that Manager.Commit had
// put into the header is gone.
func (s *Session) sendKept(h http.Header) {
	s.mu.Lock()
	defer s.unlock()
	switch {
	case s.state == nil, s.value == "", !s.cookieDue && !s.tokenSet():
		return
	case s.from.Record == nil && (!s.unsettled || s.now.Cleared):
		return
	}
	line := buffer.Get()
	defer line.Free()
	line.B = append(append(line.B, s.m.prefix...), s.value...)
	caching.AddVary(h, s.m.arrivesIn, &s.vary)
	s.setToken(h, line, false)
}

// tokenSet reports whether the response's header was given a token. The caller holds the lock.
func (s *Session) tokenSet() bool { return s.state != nil && s.changed != nil && s.cookie[0] != "" }

// deleteFormer deletes the cookies of former names that the request brought, now that the current
// one says what the session is; if the session was destroyed, those of other paths too, which would
// bring an older one back. The caller holds the lock.
func (s *Session) deleteFormer(h http.Header) {
	for i := range s.m.o.FormerCookies {
		c := &s.m.o.FormerCookies[i]
		if !cookieheader.Has(s.r.Header, c.Name) && !s.did(destroyed) {
			continue
		}
		before, after := c.rules().Attributes()
		line := setcookie.AppendDeletion([]byte(c.Name + "=" + before))
		setcookie.Replace(h, c.Name, string(append(line, after...)), new([1]string))
	}
}

// committer is a Session as the writer sees it, with methods that programs do not.
type committer Session

var _ hold.Committer = (*committer)(nil)

// keepPrivate keeps a page of someone who is signed in from being shown again by the back button
// after the sign-out. The caller holds the lock.
func (s *Session) keepPrivate(h http.Header) {
	if !s.m.o.CacheSignedIn && s.hasOwner() {
		caching.KeepFrom(h, &s.change().caching)
	}
}
