package subject

import (
	"fmt"
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
	// A failure to save shows in the check: the next request lacks the change.
	return func(c *gin.Context) {
		s := sessions.Default(c)
		j.calls++
		switch a {
		case Fill:
			for _, p := range j.fill {
				s.Set(p.Key, p.Value)
			}
			_ = s.Save()
		case Read:
			j.text, _ = s.Get(j.key).(string)
		case ReadNumber:
			j.found, _ = s.Get(visitsKey).(int)
		case Change:
			s.Set(visitsKey, j.number)
			_ = s.Save()
		case Flash:
			s.AddFlash(message)
			_ = s.Save()
		case Show:
			j.messages = j.messages[:0]
			for _, m := range s.Flashes() {
				j.messages = append(j.messages, fmt.Sprint(m))
			}
			_ = s.Save()
		}
	}
}
