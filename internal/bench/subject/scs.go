package subject

import (
	"context"
	"net/http"

	"github.com/alexedwards/scs/v2"
)

// SCS is alexedwards/scs with its own memory store.
func SCS() *Subject {
	s := Subject{Name: "scs-memory", Module: "github.com/alexedwards/scs/v2", Note: "its middleware loads the session in every request"}
	return over(s, func() (library, error) {
		m := newSCS()
		return func(a Action, j *job) http.Handler { return m.LoadAndSave(scsHandler(m, a, j)) }, nil
	})
}

func newSCS() *scs.SessionManager {
	m := scs.New()
	m.Cookie.Name = cookieName
	return m
}

// SCSProgram is a program with scs.
func SCSProgram() Program {
	m := newSCS()
	return func(page func(http.ResponseWriter, Values)) http.Handler {
		return m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { page(w, scsValues{r.Context(), m}) }))
	}
}

func scsHandler(m *scs.SessionManager, a Action, j *job) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { act(a, j, scsValues{r.Context(), m}) }
}

type scsValues struct {
	ctx context.Context
	m   *scs.SessionManager
}

func (v scsValues) Fill(p Pair)            { v.m.Put(v.ctx, p.Key, p.Value) }
func (v scsValues) Text(key string) string { return v.m.GetString(v.ctx, key) }
func (v scsValues) Number() int            { return v.m.GetInt(v.ctx, visitsKey) }
func (v scsValues) SetNumber(n int)        { v.m.Put(v.ctx, visitsKey, n) }
func (v scsValues) Flash()                 { v.m.Put(v.ctx, "flash", message) }
func (v scsValues) Save()                  {}

func (v scsValues) Flashes(into []string) []string {
	if text := v.m.PopString(v.ctx, "flash"); text != "" {
		into = append(into, text)
	}
	return into
}
