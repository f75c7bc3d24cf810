package dbsc

import (
	"net/http"
	"time"

	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/session"
)

// minMaxAge is what a browser needs for a proof and the redirect after it.
const minMaxAge = 5 * time.Second

// Require returns a middleware for what is grave, such as a change of the password: a session that
// is bound to a device passes if its browser proved within maxAge that it has the key. Otherwise
// the browser is made to prove it again, with 307 to the same address, and the request fails with
// [ErrNotBound] if it does not. Less than five seconds count as five.
//
// A session that is not bound passes, because its browser does not know the protocol: ask
// [BindingOf] if it must not, and for the password in any case. Wrap it in [Guard.Handler].
func (g *Guard) Require(maxAge time.Duration) func(next http.Handler) http.Handler {
	limit := int64(max(maxAge, minMaxAge) / time.Second)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if g.proved(r, limit) {
				next.ServeHTTP(w, r)
				return
			}
			if g.refuse(r, nil) == nil {
				next.ServeHTTP(w, r)
				return
			}
			g.host.Fail(w, r, ErrNotBound)
		})
	}
}

// Offer offers the browser to register a key for a session that a user has signed in to before
// there was a Guard, and reports whether it did: not if no user is signed in, or if the session is
// bound already. A sign-in does it by itself. Whoever has a copy of the cookie at this moment can
// accept the offer in the visitor's place. Call it before the header is sent.
func (g *Guard) Offer(w http.ResponseWriter, r *http.Request) bool {
	s := session.From(r)
	b, ok := bindingOf(s)
	if s.Owner() == "" || b.registered() {
		return false
	}
	if !ok {
		b.id = newID()
		value.Set(s, b.id)
	}
	g.offer(w.Header(), b.id)
	g.host.Observe(r.Context(), guard.Offered, nil)
	return true
}

// proved reports whether a request has a proof that is not older than limit, or needs none.
func (g *Guard) proved(r *http.Request, limit int64) bool {
	s, err := g.sessions.Load(r)
	if err != nil {
		return true // the request fails for that
	}
	b, _ := bindingOf(s)
	if !b.registered() {
		return true
	}
	now := g.host.Now().Unix()
	found, ok := g.bound(r.Header, b.id, now)
	return ok && now-found.proved.Unix() <= limit
}
