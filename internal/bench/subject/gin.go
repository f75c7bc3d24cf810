package subject

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"
)

// Gin is gin-contrib/sessions with its cookie store, within gin.
func Gin() *Subject {
	s := Subject{
		Name: "gin-cookie", Module: "github.com/gin-contrib/sessions", Cookie: true,
		Note: "gin's router is in its figures; its limit on the cookie's size is lifted for large sessions",
	}
	return over(s, func() (library, error) {
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

func (v ginValues) fill(p Pair)     { v.s.Set(p.Key, p.Value) }
func (v ginValues) setNumber(n int) { v.s.Set(visitsKey, n) }
func (v ginValues) flash()          { v.s.AddFlash(message) }
func (v ginValues) save()           { _ = v.s.Save() }

func (v ginValues) text(key string) string {
	text, _ := v.s.Get(key).(string)
	return text
}

func (v ginValues) number() int {
	n, _ := v.s.Get(visitsKey).(int)
	return n
}

func (v ginValues) flashes(into []string) []string { return appendTexts(into, v.s.Flashes()) }
