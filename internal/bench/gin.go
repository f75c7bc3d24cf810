package bench

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"
)

// Gin is gin-contrib/sessions with its cookie store, within gin, whose router is
// in its figures. Its limit on the cookie's size is lifted for large sessions.
func Gin() *Subject {
	return over(Subject{Name: "gin-cookie", Cookie: true}, func() (library, error) {
		gin.SetMode(gin.ReleaseMode)
		store := ginStore{gorilla.NewCookieStore(randomKey())}
		liftLimit(store.CookieStore)
		return func(a Action, j *job) http.Handler {
			engine := gin.New()
			engine.Use(sessions.Sessions(cookieName, store))
			engine.GET("/account", ginHandler(a, j))
			return engine
		}, nil
	})
}

// ginStore is what gin-contrib's cookie.NewStore returns, which does not let
// its limit be lifted.
type ginStore struct{ *gorilla.CookieStore }

var _ sessions.Store = ginStore{}

// Options sets the cookie's attributes.
func (s ginStore) Options(o sessions.Options) { s.CookieStore.Options = o.ToGorillaOptions() }

func ginHandler(a Action, j *job) gin.HandlerFunc {
	return func(c *gin.Context) { act(a, j, ginValues{sessions.Default(c)}) }
}

type ginValues struct{ s sessions.Session }

func (v ginValues) Fill(p Pair)     { v.s.Set(p.Key, p.Value) }
func (v ginValues) SetNumber(n int) { v.s.Set(visitsKey, n) }
func (v ginValues) Flash()          { v.s.AddFlash(message) }
func (v ginValues) Save()           { _ = v.s.Save() }

func (v ginValues) Text(key string) string { return as[string](v.s.Get(key)) }

func (v ginValues) Number() int { return as[int](v.s.Get(visitsKey)) }

func (v ginValues) Flashes(into []string) []string { return appendTexts(into, v.s.Flashes()) }
