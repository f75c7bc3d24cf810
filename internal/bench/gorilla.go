package bench

import (
	"crypto/rand"
	"fmt"
	"net/http"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
)

// Gorilla is gorilla/sessions with its cookie store, signed and not encrypted. It
// has no middleware, so each request gets the session, as in its documentation.
// Its limit on the cookie's size is lifted for large sessions.
func Gorilla() *Subject {
	return inside(Subject{Name: "gorilla-cookie", Cookie: true}, func() (func(http.Handler) http.Handler, func(http.ResponseWriter, *http.Request) gorillaValues, error) {
		store := sessions.NewCookieStore(randomKey())
		liftLimit(store)
		get := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = store.Get(r, cookieName)
				next.ServeHTTP(w, r)
			})
		}
		return get, func(w http.ResponseWriter, r *http.Request) gorillaValues {
			s, _ := store.Get(r, cookieName) // which the request keeps
			return gorillaValues{s, w, r}
		}, nil
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

type gorillaValues struct {
	s *sessions.Session
	w http.ResponseWriter
	r *http.Request
}

func (v gorillaValues) Fill(p Pair)     { v.s.Values[p.Key] = p.Value }
func (v gorillaValues) SetNumber(n int) { v.s.Values[visitsKey] = n }
func (v gorillaValues) Flash()          { v.s.AddFlash(message) }
func (v gorillaValues) Save()           { _ = v.s.Save(v.r, v.w) }

func (v gorillaValues) Text(key string) string { return as[string](v.s.Values[key]) }

func (v gorillaValues) Number() int { return as[int](v.s.Values[visitsKey]) }

func (v gorillaValues) Flashes(into []string) []string { return appendTexts(into, v.s.Flashes()) }

func appendTexts(into []string, messages []any) []string {
	for _, m := range messages {
		into = append(into, fmt.Sprint(m))
	}
	return into
}
