package session

import (
	"net/http"
	"slices"

	"github.com/wafer-go/wafer/session/internal/caching"
)

// setCookie puts the Set-Cookie line of the named cookie into h, in the place of an earlier one: a
// browser that gets two keeps either. It reports whether another session had set that.
func (c *changed) setCookie(h http.Header, name, line string) (another bool) {
	lines := slices.DeleteFunc(h["Set-Cookie"], func(l string) bool {
		same := len(l) > len(name) && l[:len(name)] == name && l[len(name)] == '='
		another = another || same && l != c.cookie[0]
		return same
	})
	if lines == nil {
		h["Set-Cookie"] = append(c.cookie[:0], line)
	} else {
		h["Set-Cookie"] = append(lines, line)
	}
	// A shared cache that keeps a Set-Cookie gives one visitor's session to all (CVE-2024-26144).
	caching.KeepFrom(h, &c.caching)
	return another
}

// keepPrivate keeps a page of someone who is signed in from being shown again by the back button
// after the sign-out. The caller holds the lock.
func (s *Session) keepPrivate(h http.Header) {
	if s.m.o.CacheSignedIn || s.failure != nil {
		return
	}
	if s.m.signedIn(&s.now) {
		caching.KeepFrom(h, &s.change().caching)
	}
}
