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

// GorillaProgram is a program with gorilla/sessions.
func GorillaProgram() Program {
	store := sessions.NewCookieStore(randomKey())
	return func(page func(http.ResponseWriter, Values)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, _ := store.Get(r, cookieName)
			page(w, gorillaValues{s, w, r})
		})
	}
}

func randomKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // which never fails
	return key
}

// liftLimit lets the store write cookies that browsers would not keep: its
// encoding takes 1.8 bytes for one.
func liftLimit(store *sessions.CookieStore) {
	for _, codec := range store.Codecs {
		if c, ok := codec.(*securecookie.SecureCookie); ok {
			c.MaxLength(0)
		}
	}
}

func gorillaHandler(store *sessions.CookieStore, a Action, j *job) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, _ := store.Get(r, cookieName)
		act(a, j, gorillaValues{s, w, r})
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

func (v gorillaValues) Text(key string) string { return textOf(v.s.Values[key]) }

func (v gorillaValues) Number() int { return numberOf(v.s.Values[visitsKey]) }

func (v gorillaValues) Flashes(into []string) []string { return appendTexts(into, v.s.Flashes()) }

func appendTexts(into []string, messages []any) []string {
	for _, m := range messages {
		into = append(into, fmt.Sprint(m))
	}
	return into
}
