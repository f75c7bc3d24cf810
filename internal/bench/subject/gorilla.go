package subject

import (
	"crypto/rand"
	"fmt"
	"net/http"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
)

// Gorilla is gorilla/sessions with its cookie store, signed and not encrypted.
func Gorilla() *Subject {
	s := Subject{
		Name: "gorilla-cookie", Module: "github.com/gorilla/sessions", Cookie: true,
		Note: "it has no middleware: to leave a session alone is to get it and no value of it; its limit on the cookie's size is lifted for large sessions",
	}
	return over(s, func() (library, error) {
		store := sessions.NewCookieStore(randomKey())
		liftLimit(store)
		return func(a Action, j *job) http.Handler { return gorillaHandler(store, a, j) }, nil
	})
}

func randomKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // which never fails
	return key
}

// liftLimit lets the store write cookies that browsers would not keep: its
// encoding needs 1.8 bytes for one.
func liftLimit(store *sessions.CookieStore) {
	for _, codec := range store.Codecs {
		if c, ok := codec.(*securecookie.SecureCookie); ok {
			c.MaxLength(0)
		}
	}
}

func gorillaHandler(store *sessions.CookieStore, a Action, j *job) http.HandlerFunc {
	// A failure to save shows in the check: the next request lacks the change.
	return func(w http.ResponseWriter, r *http.Request) {
		s, _ := store.Get(r, cookieName)
		j.calls++
		switch a {
		case Fill:
			for _, p := range j.fill {
				s.Values[p.Key] = p.Value
			}
			_ = s.Save(r, w)
		case Read:
			j.text, _ = s.Values[j.key].(string)
		case ReadNumber:
			j.found, _ = s.Values[visitsKey].(int)
		case Change:
			s.Values[visitsKey] = j.number
			_ = s.Save(r, w)
		case Flash:
			s.AddFlash(message)
			_ = s.Save(r, w)
		case Show:
			j.messages = j.messages[:0]
			for _, m := range s.Flashes() {
				j.messages = append(j.messages, fmt.Sprint(m))
			}
			_ = s.Save(r, w)
		}
	}
}
