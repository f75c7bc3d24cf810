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
	// What there is to say is said without the lock: a slog.Handler may ask the
	// session who the visitor is.
	say := func() {}
	defer func() { say() }()
	s.mu.Lock()
	defer s.mu.Unlock()
	if leaving {
		defer func() {
			s.gone = true
			if err == nil {
				s.sentOps = len(s.ops)
			}
		}()
	}
	if !s.loaded {
		return false, nil
	}
	if s.touched {
		addVary(h)
	}
	if s.failure != nil {
		return false, s.failure
	}
	empty := s.empty()
	refresh := m.o.RefreshEachRequest && !empty && s.permanent()
	refresh = refresh || m.o.ReissueOnRead && !empty && s.from.Accepted || s.idleRefresh()
	if !s.modified && (!refresh || forCaches(h)) {
		return false, nil
	}
	ctx = context.WithoutCancel(ctx)
	line := getBuffer()
	defer line.free()
	line.b = append(line.b, m.prefix...)
	if empty {
		if err := m.keeper.Drop(ctx, s.from); err != nil {
			return false, unavailable(err)
		}
		line.b = m.appendDeletion(line.b)
	} else if line.b, err = m.appendCookie(ctx, line.b, s); err != nil {
		if !s.modified {
			// The visitor keeps the cookie that there is.
			reason := err
			say = func() {
				m.o.logger().LogAttrs(ctx, slog.LevelError, "session: the cookie could not be written anew, the old one stays", slog.Any("error", reason))
			}
			return false, nil
		}
		return false, err
	}
	addVary(h)
	setCookie(h, m.o.Cookie.Name, string(line.b))
	if s.destroyed && len(m.o.ClearSiteData) > 0 {
		h.Add("Clear-Site-Data", `"`+strings.Join(m.o.ClearSiteData, `", "`)+`"`)
	}
	say = func() { m.cookieSet(s, h, empty) }
	return true, nil
}

// appendDeletion appends what makes a browser forget the cookie: the same
// attributes, and an expiry long past.
func (m *Manager) appendDeletion(dst []byte) []byte {
	dst = append(dst, m.before...)
	dst = appendExpires(dst, time.Unix(0, 0))
	dst = append(dst, "; Max-Age=0"...)
	return append(dst, m.after...)
}

// appendCookie has the backend keep the session and appends the value of its
// cookie and the attributes.
func (m *Manager) appendCookie(ctx context.Context, dst []byte, s *Session) ([]byte, error) {
	now := m.o.Clock()
	dst, err := m.appendValue(ctx, dst, s, now)
	if err != nil {
		return dst, err
	}
	dst = append(dst, m.before...)
	if s.permanent() {
		dst = appendExpires(dst, now.Add(m.o.Lifetime))
	}
	return append(dst, m.after...), nil
}

// appendValue appends the cookie's value to dst, which holds its name and "=".
func (m *Manager) appendValue(ctx context.Context, dst []byte, s *Session, now time.Time) ([]byte, error) {
	payload := getBuffer()
	defer payload.free()
	var err error
	if s.modified || m.o.AbsoluteTimeout != 0 {
		payload.b, err = s.withClock(now).appendTo(payload.b, m.format)
		if err != nil {
			return dst, err
		}
	} else {
		payload.b = append(payload.b, s.from.Payload...)
	}
	dst, err = m.keeper.Save(ctx, dst, Change{From: s.from, Payload: payload.b, At: now, Renew: s.renewed})
	if errors.Is(err, ErrTooLarge) {
		return dst, err
	}
	if err != nil {
		return dst, unavailable(err)
	}
	if size := len(dst) - len("="); size > m.o.MaxCookieSize {
		return dst, &TooLargeError{Cookie: m.o.Cookie.Name, Size: size, Limit: m.o.MaxCookieSize, Largest: s.values.largest(3)}
	}
	return dst, nil
}

// largest returns the n keys whose values take the most bytes.
func (v values) largest(n int) []KeySize {
	sizes := make([]KeySize, len(v))
	for i, e := range v {
		sizes[i] = KeySize{e.key, len(e.raw)}
	}
	slices.SortStableFunc(sizes, func(a, b KeySize) int { return cmp.Compare(b.Size, a.Size) })
	return sizes[:min(n, len(sizes))]
}

// Save writes the session back at once, for a handler that runs for long. A
// session in a cookie can only be written with the response's header: before
// that has left, Save checks that it can be, and returns the [ValueError] or
// [TooLargeError] that would otherwise fail the response; after, it returns
// [ErrTooLate] if there is a change that was not written.
func (s *Session) Save(ctx context.Context) error {
	defer s.lock().Unlock()
	switch {
	case s.failure != nil:
		return s.failure
	case s.gone && len(s.ops) > s.sentOps:
		return ErrTooLate
	case !s.modified || s.gone || s.empty():
		return nil
	}
	line := getBuffer()
	defer line.free()
	var err error
	line.b, err = s.m.appendValue(ctx, append(line.b, s.m.prefix...), s, s.m.o.Clock())
	return err
}
