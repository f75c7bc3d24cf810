package subject

import (
	"net/http"

	"github.com/alexedwards/scs/v2"
)

// SCS is alexedwards/scs with its own memory store.
func SCS() *Subject {
	s := Subject{Name: "scs-memory", Module: "github.com/alexedwards/scs/v2", Note: "its middleware loads the session in every request"}
	return over(s, func() (library, error) {
		m := scs.New()
		m.Cookie.Name = cookieName
		return func(a Action, j *job) http.Handler { return m.LoadAndSave(scsHandler(m, a, j)) }, nil
	})
}

func scsHandler(m *scs.SessionManager, a Action, j *job) http.HandlerFunc {
	switch a {
	case Fill:
		return func(_ http.ResponseWriter, r *http.Request) {
			for _, p := range j.fill {
				m.Put(r.Context(), p.Key, p.Value)
			}
		}
	case Read:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.calls++
			j.text = m.GetString(r.Context(), j.key)
		}
	case ReadNumber:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.found = m.GetInt(r.Context(), visitsKey)
		}
	case Change:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.calls++
			m.Put(r.Context(), visitsKey, j.number)
		}
	case Flash:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.calls++
			m.Put(r.Context(), "flash", message)
		}
	case Show:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.calls++
			j.messages = j.messages[:0]
			if text := m.PopString(r.Context(), "flash"); text != "" {
				j.messages = append(j.messages, text)
			}
		}
	}
	return func(http.ResponseWriter, *http.Request) { j.calls++ }
}
