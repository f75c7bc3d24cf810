package dbsc

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/cookieheader"
	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/session/inspect"
)

// hooks is a Guard as package session sees it, with methods that programs do not.
type hooks Guard

var _ guard.Hooks = (*hooks)(nil)

// Offer returns a new identifier. A sign-in sets it, so that what an attacker may have bound before
// is worth nothing.
func (*hooks) Offer() string { return newID() }

// SignedIn offers to register a key.
func (h *hooks) SignedIn(header http.Header, id string) { (*Guard)(h).offer(header, id) }

// offer adds the header that offers to register a key for the session with the identifier.
func (g *Guard) offer(header http.Header, id string) {
	challenge := g.tokens.signChallenge(toRegister, id, g.host.Now().UnixMilli())
	header.Set(headerRegistration, registration(g.register, challenge))
}

// SignedOut deletes the bound cookie: the next request makes the browser refresh, and the answer to
// that ends the session there.
func (h *hooks) SignedOut(header http.Header, r *http.Request) {
	if cookieheader.Has(r.Header, h.cookie) {
		header.Add("Set-Cookie", (*Guard)(h).deletion(h.cookie))
	}
}

// Admit judges a session. A request for an endpoint does not come here. The bound cookie is looked
// at first: if it is valid, the rest of the binding does not matter.
func (h *hooks) Admit(r *http.Request, text string, at int64) (heal string, err error) {
	g := (*Guard)(h)
	found, ok := g.bound(r.Header, text[:min(len(text), idLength)], at)
	if ok && len(text) > idLength && text[idLength] == '.' {
		return "", nil
	}
	b, err := parseBinding(text)
	switch {
	case err != nil:
		return "", g.refuse(r, err)
	case g.inGrace(b, at):
		return "", nil
	case b.registered():
		return "", g.refuse(r, nil)
	case ok:
		heal = g.healed(r, b, found)
	}
	return heal, nil
}

// inGrace reports whether a binding is not enforced yet. A binding whose grace has more left than a
// whole grace is from before the server's clock was set back, and has none.
func (g *Guard) inGrace(b binding, at int64) bool {
	return at < b.enforced && b.enforced-at <= g.lifetime+g.leeway+maxSkew
}

// refuse reports a request without a valid bound cookie and returns the error for it.
func (g *Guard) refuse(r *http.Request, reason error) error {
	if skip := skipped(r.Header); skip != nil {
		g.host.Observe(r.Context(), guard.Skipped, skip)
	} else {
		g.host.Observe(r.Context(), guard.Missing, reason)
	}
	if g.reportOnly {
		return nil
	}
	return ErrNotBound
}

// maxCookies is how many bound cookies of a request are looked into.
const maxCookies = 4

// bound returns the valid bound cookie of a request.
func (g *Guard) bound(header http.Header, id string, now int64) (found bound, ok bool) {
	n := 0
	for value := range cookieheader.Values(header, g.cookie) {
		if n++; n > maxCookies {
			break
		}
		if found, ok = g.tokens.openCookie(value, id); ok {
			age := now - found.proved.Unix()
			if age <= g.lifetime+g.leeway && age >= -maxSkew {
				return found, true
			}
		}
	}
	return bound{}, false
}

// healed returns the binding that an older response has overwritten. A session that is kept in its
// cookie is written by the last answer, and the page after a login may be slower than the
// registration, also if it moves the session to a store. The bound cookie has what was lost.
func (g *Guard) healed(r *http.Request, b binding, found bound) string {
	if _, ok := b.parseDevice(found.device()); !ok {
		return ""
	}
	g.host.Observe(r.Context(), guard.Healed, nil)
	return b.String()
}

// Answer makes the browser prove itself: a redirect to the same address that also expires the bound
// cookie. One that was asked a moment ago, or that said itself that it cannot, gets an error page.
// If it opened a page and did not say that it will be able to later, its cookie of the session is
// worth nothing anymore, and the page could not even sign in with it.
func (h *hooks) Answer(w http.ResponseWriter, r *http.Request) (answered, forget bool) {
	g := (*Guard)(h)
	header := w.Header()
	switch {
	case len(r.Header[headerSkipped]) > 0:
		return false, false
	case cookieheader.Has(r.Header, g.asked):
		forget = r.Header.Get("Sec-Fetch-Mode") == "navigate"
		if forget {
			header.Add("Set-Cookie", g.deletion(g.cookie))
			header.Add("Set-Cookie", g.deletion(g.asked))
			g.host.Observe(r.Context(), guard.Ended, ErrNotBound)
		}
		return false, forget
	}
	header.Add("Set-Cookie", g.deletion(g.cookie))
	header.Add("Set-Cookie", g.asked+"=1; Max-Age="+strconv.Itoa(askedAge)+"; "+g.attributes)
	header.Set("Cache-Control", "no-store")
	header.Set("Location", sameAddress(r))
	w.WriteHeader(http.StatusTemporaryRedirect)
	g.host.Observe(r.Context(), guard.Asked, nil)
	return true, false
}

// sameAddress returns a reference to the address of a request, relative to that: the beginning of
// the path may be another one for the browser.
func sameAddress(r *http.Request) string {
	address := r.RequestURI
	if !strings.HasPrefix(address, "/") {
		address = r.URL.RequestURI()
	}
	path, query, hasQuery := strings.Cut(address, "?")
	last := "./" + path[strings.LastIndexByte(path, '/')+1:]
	if hasQuery {
		return last + "?" + query
	}
	return last
}

// Describe says what the inspector shows.
func (h *hooks) Describe(r *http.Request, text string) inspect.Binding {
	g := (*Guard)(h)
	b, _ := parseBinding(text)
	if !b.registered() {
		return inspect.Binding{}
	}
	d := inspect.Binding{Algorithm: b.algorithm, Since: time.Unix(b.since, 0), Enforced: time.Unix(b.enforced, 0)}
	if found, ok := g.bound(r.Header, b.id, g.host.Now().Unix()); ok {
		d.Proved, d.Refresh = found.proved, found.proved.Add(time.Duration(g.lifetime)*time.Second)
	}
	return d
}

// deletion returns the line that deletes a cookie.
func (g *Guard) deletion(name string) string {
	return name + "=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; " + g.attributes
}
