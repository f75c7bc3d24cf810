package dbsc

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/wafer-go/wafer/internal/cookieheader"
	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/session"
)

// maxChallengeAge is how many milliseconds a challenge is good: longer than a bound cookie, because
// the browser keeps the challenge of one refresh for the next.
func (g *Guard) maxChallengeAge() int64 { return (2*g.lifetime + 60) * 1000 }

// serve answers a request to one of the endpoints. No other site may call them, or learn from them
// whether the visitor is signed in: what they need comes in headers that no script and no form can
// set, and no answer has a header of CORS.
func (g *Guard) serve(w http.ResponseWriter, r *http.Request, answer http.HandlerFunc) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("X-Frame-Options", "DENY")
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodPost {
		header.Set("Allow", http.MethodPost)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	answer(w, g.host.Outside(r))
}

var (
	errNoSession  = errors.New("dbsc: no session waits for a registration")
	errRegistered = errors.New("dbsc: the session is bound to another key already")
	errID         = errors.New("dbsc: the identifier is not one of a session")
	errRefetch    = errors.New("dbsc: another request was first")
)

// answerRegistration binds the session to the key that the browser made.
func (g *Guard) answerRegistration(w http.ResponseWriter, r *http.Request) {
	token, err := field(r.Header, headerResponse)
	if err != nil {
		g.reject(w, r, http.StatusBadRequest, err)
		return
	}
	s, err := g.sessions.Load(r)
	if err != nil {
		g.unavailable(w)
		return
	}
	b, ok := bindingOf(s)
	if !ok || s.Owner() == "" {
		g.reject(w, r, http.StatusForbidden, errNoSession)
		return
	}
	p, err := openRegistration(token)
	if err != nil {
		g.reject(w, r, http.StatusBadRequest, err)
		return
	}
	if _, err = g.fresh(p.challenge, toRegister, b.id); err != nil {
		g.reject(w, r, http.StatusForbidden, err)
		return
	}
	b = g.registered(b.id, p.key, s.ID() == "")
	err = value.TryUpdate(s, func(text string) (string, error) {
		switch now, _ := parseBinding(text); {
		case now.id != b.id:
			return "", errNoSession
		case now.registered() && now.key != b.key:
			return "", errRegistered
		case now.registered():
			return text, nil // the browser did not get the answer
		}
		return b.String(), nil
	})
	if err == nil {
		err = g.sessions.Commit(w, r, s)
	}
	switch {
	case errors.Is(err, session.ErrUnavailable):
		g.unavailable(w)
	case err != nil:
		g.reject(w, r, http.StatusForbidden, err)
	default:
		g.host.Observe(r.Context(), guard.Registered, nil)
		g.instruct(w, r, b, s.ID() == "")
	}
}

// registered returns the binding to a key that is registered now. It is not enforced at once. In a
// store the browser may not get the answer, and would be bound to a session that it does not know:
// there the first refresh shows that it has, or the time until the bound cookie ends.
func (g *Guard) registered(id string, key publicKey, inCookie bool) binding {
	now := g.host.Now().Unix()
	b := binding{id: id, algorithm: key.algorithm(), key: key.String(), since: now, enforced: now + g.grace}
	if !inCookie {
		b.enforced = now + g.lifetime + g.leeway
	}
	return b
}

// answerRefresh gives the browser the next bound cookie, if it proves that it has the key.
func (g *Guard) answerRefresh(w http.ResponseWriter, r *http.Request) {
	id, err := field(r.Header, headerID)
	if len(id) != idLength {
		g.reject(w, r, http.StatusBadRequest, cmp.Or(err, errID))
		return
	}
	s, err := g.sessions.Load(r)
	if err != nil {
		g.unavailable(w)
		return
	}
	b, _ := bindingOf(s)
	if found, ok := g.bound(r.Header, b.id, g.host.Now().Unix()); ok && !b.registered() {
		b.parseDevice(found.device()) // see healed
	}
	if b.id != id || !b.registered() {
		if errors.Is(s.Reload(r.Context()), session.ErrEnded) {
			// The session has a new ID, and its cookie is on the way to the browser.
			g.challenge(w, r, id, 0, nil)
			return
		}
		g.end(w, r)
		return
	}
	token, err := field(r.Header, headerResponse)
	if errors.Is(err, errNoHeader) {
		g.challenge(w, r, id, b.latest, nil)
		return
	}
	if err == nil {
		err = g.prove(w, r, s, b, token)
	}
	if err != nil {
		g.reject(w, r, http.StatusBadRequest, err)
	}
}

// prove verifies a proof and answers it. The error says why it is not one. A wrong challenge under
// a right signature is a race and not theft: two refreshes at once, an answer that was lost, a tab
// that slept. It is asked again.
func (g *Guard) prove(w http.ResponseWriter, r *http.Request, s *session.Session, b binding, token string) error {
	key, err := parseKey(b.algorithm, b.key)
	if err != nil {
		return err
	}
	p, err := openRefresh(token, key)
	if err != nil {
		return err
	}
	inCookie := s.ID() == ""
	at, err := g.fresh(p.challenge, toRefresh, b.id)
	if err == nil && !inCookie {
		b, err = g.note(w, r, s, b, at)
	}
	switch {
	case errors.Is(err, session.ErrUnavailable):
		g.unavailable(w)
	case err != nil: // of what another request did at this moment, the next try finds the end
		g.challenge(w, r, b.id, b.latest, err)
	default:
		g.host.Observe(r.Context(), guard.Refreshed, nil)
		w.Header().Set(headerChallenge, g.nextChallenge(b.id, b.latest))
		g.instruct(w, r, b, inCookie)
	}
	return nil
}

// note notes the time of a proof's challenge in the session's record: the one before it stays good,
// and those before that are replays. A session that is kept in its cookie notes nothing: its
// answer could overwrite what another has changed.
func (g *Guard) note(w http.ResponseWriter, r *http.Request, s *session.Session, b binding, at int64) (binding, error) {
	next := b
	err := value.TryUpdate(s, func(text string) (string, error) {
		now, _ := parseBinding(text)
		if now.id == b.id && !now.registered() {
			now = b // see healed
		}
		if now.id != b.id || now.key != b.key {
			return "", errRefetch
		}
		if g.isAhead(now.latest) {
			now.latest, now.before = 0, 0
		}
		if at <= now.before {
			next = now
			return "", errChallenge
		}
		if at > now.latest {
			now.before, now.latest = now.latest, at
		}
		now.enforced = min(now.enforced, g.host.Now().Unix()+g.grace)
		next = now
		return now.String(), nil
	})
	if err == nil {
		err = g.sessions.Commit(w, r, s)
	}
	return next, err
}

// fresh returns when a challenge was made, in milliseconds, or why it is not good.
func (g *Guard) fresh(challenge, purpose, id string) (int64, error) {
	at, err := g.tokens.openChallenge(challenge, purpose, id)
	if err != nil || g.isAhead(at) || g.host.Now().UnixMilli()-at > g.maxChallengeAge() {
		return 0, errChallenge
	}
	return at, nil
}

// isAhead reports whether a challenge was made further in the future than the clocks of two servers
// may differ: this one's was set back since. Such a time says nothing of what came first.
func (g *Guard) isAhead(at int64) bool { return at > g.host.Now().UnixMilli()+maxSkew*1000 }

// nextChallenge returns the header line with a challenge that is newer than the latest one, also if
// another server with a faster clock made that.
func (g *Guard) nextChallenge(id string, latest int64) string {
	at := g.host.Now().UnixMilli()
	if !g.isAhead(latest) {
		at = max(at, latest+1)
	}
	return quote(g.tokens.signChallenge(toRefresh, id, at)) + ";id=" + quote(id)
}

// challenge asks the browser to sign a fresh challenge.
func (g *Guard) challenge(w http.ResponseWriter, r *http.Request, id string, latest int64, reason error) {
	g.host.Observe(r.Context(), guard.Challenged, reason)
	w.Header().Set(headerChallenge, g.nextChallenge(id, latest))
	w.WriteHeader(http.StatusForbidden)
}

// reject answers what is not a proof. A browser ends the session for such a status.
func (g *Guard) reject(w http.ResponseWriter, r *http.Request, status int, reason error) {
	g.host.Observe(r.Context(), guard.Rejected, reason)
	http.Error(w, http.StatusText(status), status)
}

// unavailable answers while a store cannot be asked: the browser tries again later.
func (g *Guard) unavailable(w http.ResponseWriter) {
	http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
}

// end tells the browser that the session has ended. It does not delete the bound cookie, which is
// invalid now, or belongs to a session that has begun since the browser sent the request.
func (g *Guard) end(w http.ResponseWriter, r *http.Request) {
	g.host.Observe(r.Context(), guard.Ended, nil)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"continue":false}`))
}

// instructions are what the browser is told of a session, in the standard's JSON.
type instructions struct {
	ID      string `json:"session_identifier"`
	Refresh string `json:"refresh_url"`
	Scope   struct {
		IncludeSite   bool  `json:"include_site"`
		Specification []any `json:"scope_specification"`
	} `json:"scope"`
	Credentials [1]credential `json:"credentials"`
}

type credential struct {
	Type       string `json:"type"`
	Name       string `json:"name"`
	Attributes string `json:"attributes"`
}

// instruct answers with a new bound cookie, and with how to refresh it.
func (g *Guard) instruct(w http.ResponseWriter, r *http.Request, b binding, inCookie bool) {
	var i instructions
	i.ID, i.Refresh = b.id, g.refresh
	i.Scope.IncludeSite, i.Scope.Specification = g.host.Domain != "", []any{}
	i.Credentials[0] = credential{"cookie", g.cookie, g.attributes}
	text, _ := json.Marshal(i) // it is made of strings: it cannot fail
	header := w.Header()
	header.Set("Content-Type", "application/json")
	fresh := g.tokens.signCookie(&b, inCookie, g.host.Now())
	header.Add("Set-Cookie", g.cookie+"="+fresh+"; Max-Age="+strconv.FormatInt(g.lifetime, 10)+"; "+g.attributes)
	if cookieheader.Has(r.Header, g.asked) {
		header.Add("Set-Cookie", g.deletion(g.asked))
	}
	_, _ = w.Write(text)
}
