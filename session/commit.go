package session

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// commit writes the session back if that is due, and what the browser has to
// know of it into h. It reports whether it set or deleted the cookie. With leaving
// the header leaves, so that a change which comes later is late.
func (m *Manager) commit(ctx context.Context, h http.Header, s *Session, leaving bool) (sent bool, err error) {
	if m.o.RefreshEachRequest || m.o.IdleTimeout != 0 {
		s.ready().Unlock()
	}
	s.mu.Lock()
	if !s.loaded {
		// By far the most frequent: nobody asked for the session.
		s.gone = s.gone || leaving
		s.mu.Unlock()
		return false, nil
	}
	defer locked{s}.Unlock()
	sent, err = m.commitLoaded(ctx, h, s)
	if leaving {
		s.gone = true
		if err == nil {
			s.sentOps = int32(len(s.ops)) // #nosec G115 -- memory would be short first
		}
	}
	return sent, err
}

// commitLoaded is commit for a session that was asked for. The caller holds the
// lock. What there is to say is said without it: a slog.Handler may ask the
// session who the visitor is.
func (m *Manager) commitLoaded(ctx context.Context, h http.Header, s *Session) (sent bool, err error) {
	if s.touched {
		addVary(h, &s.vary)
	}
	if s.failure != nil {
		return false, s.failure
	}
	empty := s.empty()
	// A record is touched as often as for an idle timeout, and its cookie sent
	// again only then: another request may have given the session a new id.
	refresh := m.o.RefreshEachRequest && !empty && s.permanent() && (s.from.Record == nil || s.touchDue())
	refresh = refresh || m.o.ReissueOnRead && !empty && s.from.Accepted || m.o.IdleTimeout != 0 && s.touchDue()
	unsaved := s.unsaved()
	if refresh && forCaches(h) && (s.from.Record == nil || s.permanent()) {
		refresh = false // it would need a cookie, which can wait
	}
	if !unsaved && !s.cookieDue && !refresh {
		return false, nil
	}
	line := getBuffer()
	defer line.free()
	line.b = append(line.b, m.prefix...)
	cookie, err := m.appendCookie(context.WithoutCancel(ctx), line.b, s, empty, unsaved || refresh)
	switch {
	case err == nil:
	case errors.Is(err, ErrEnded) && s.tookOnly():
		return false, nil // nothing is lost but what was shown already
	case !unsaved && !s.cookieDue:
		// The visitor keeps the cookie that there is.
		reason := err
		s.unsaid = append(s.unsaid, func() {
			m.o.logger().LogAttrs(ctx, slog.LevelError, "session: the cookie could not be written anew, the old one stays", slog.Any("error", reason))
		})
		return false, nil
	default:
		return false, err
	}
	addVary(h, &s.vary)
	if cookie == nil {
		if unsaved {
			// The page may show what is there this once: a flash, say.
			s.writing().keepFromCaches(h)
		}
		return false, nil
	}
	line.b = cookie
	s.writing().setCookie(h, m.o.Cookie.Name, string(line.b))
	m.deleteFormer(h, s)
	if s.destroyed && len(m.o.ClearSiteData) > 0 {
		h.Add("Clear-Site-Data", `"`+strings.Join(m.o.ClearSiteData, `", "`)+`"`)
	}
	size := len(cookie)
	s.unsaid = append(s.unsaid, func() { m.cookieSet(s, h, size, empty) })
	return true, nil
}

// sendKeptCookie sends a response that failed along with the id of a session
// which Session.Save has kept under it: no other response will.
func (m *Manager) sendKeptCookie(h http.Header, s *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == nil || s.from.Record == nil || !s.cookieDue || s.cookie == "" {
		return
	}
	line := m.appendAttributes([]byte(m.prefix+s.cookie), s, m.o.Clock())
	addVary(h, &s.vary)
	s.writing().setCookie(h, m.o.Cookie.Name, string(line))
	m.deleteFormer(h, s)
}

// deleteFormer deletes the former cookies that the request brought, now that the
// present one says what the session is, and those of other paths too where the
// session is destroyed: they would bring an older one back. The caller holds the
// lock.
func (m *Manager) deleteFormer(h http.Header, s *Session) {
	for i := range m.o.FormerCookies {
		c := &m.o.FormerCookies[i]
		came := false
		cookieValues(s.r.Header, c.Name, func(string) bool {
			came = true
			return false
		})
		if !came && !s.destroyed {
			continue
		}
		before, after := c.attributes()
		line := append([]byte(c.Name+"="), before...)
		line = appendExpires(line, time.Unix(0, 0))
		line = append(line, "; Max-Age=0"...)
		s.writing().setCookie(h, c.Name, string(append(line, after...)))
	}
}

// tookOnly reports whether the request has changed nothing but that it read the
// flashes, if even that. The caller holds the lock.
func (s *Session) tookOnly() bool {
	return !slices.ContainsFunc(s.ops, func(o op) bool { return o.name != takeFlashes })
}

// appendDeletion appends what makes a browser forget the cookie: the same
// attributes, and an expiry long past.
func (m *Manager) appendDeletion(dst []byte) []byte {
	dst = append(dst, m.before...)
	dst = appendExpires(dst, time.Unix(0, 0))
	dst = append(dst, "; Max-Age=0"...)
	return append(dst, m.after...)
}

// appendCookie has the backend keep the session, if that is due, and appends the
// value of its cookie and the attributes to dst, which holds the name. It returns
// nil where the visitor has the cookie already.
func (m *Manager) appendCookie(ctx context.Context, dst []byte, s *Session, empty, due bool) ([]byte, error) {
	now := m.o.Clock()
	if due && empty && (s.from.Record == nil || s.cleared) {
		if err := s.drop(ctx); err != nil {
			return dst, err
		}
		return m.appendDeletion(dst), nil
	}
	if due {
		var err error
		if dst, err = m.save(ctx, dst, s, now, false); err != nil {
			return dst, err
		}
	} else if s.cookie == "" {
		return m.appendDeletion(dst), nil // Session.Save dropped it
	} else {
		dst = append(dst, s.cookie...) // Session.Save kept it
	}
	if s.from.Record != nil && !s.cookieDue && !s.permanent() && !s.expires {
		return nil, nil
	}
	return m.appendAttributes(dst, s, now), nil
}

func (m *Manager) appendAttributes(dst []byte, s *Session, now time.Time) []byte {
	dst = append(dst, m.before...)
	if s.permanent() {
		dst = appendExpires(dst, now.Add(min(m.o.Lifetime, maxExpires)))
	}
	return append(dst, m.after...)
}

// largest returns the n keys that take the most bytes with their values.
func (v *values) largest(n int) []KeySize {
	sizes := make([]KeySize, v.len())
	for i := range sizes {
		e := v.at(i)
		sizes[i] = KeySize{e.key, len(`"":`) + len(e.key) + len(e.raw)}
	}
	slices.SortStableFunc(sizes, func(a, b KeySize) int { return cmp.Compare(b.Size, a.Size) })
	return sizes[:min(n, len(sizes))]
}
