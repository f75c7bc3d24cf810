package bench

import (
	"context"
	"net/http"

	"github.com/alexedwards/scs/v2"
)

// SCS is alexedwards/scs with its own memory store. Its middleware loads the
// session in every request.
func SCS() *Subject {
	return inside(Subject{Name: "scs-memory"}, func() (func(http.Handler) http.Handler, func(http.ResponseWriter, *http.Request) scsValues, error) {
		m := scs.New()
		m.Cookie.Name = cookieName
		return m.LoadAndSave, func(_ http.ResponseWriter, r *http.Request) scsValues { return scsValues{r.Context(), m} }, nil
	})
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
