package ginsession_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/guardtest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// TestMiddleware_BindsSessions has the guard around Gin.
func TestMiddleware_BindsSessions(t *testing.T) {
	for _, backend := range []session.Backend{session.Stored(memstore.New(nil)), session.Signed(secret.New())} {
		guardtest.Check(t, backend, func(sessions *session.Manager, g *dbsc.Guard) http.Handler {
			r := gin.New()
			r.Use(ginsession.Middleware(sessions))
			r.POST("/login", func(c *gin.Context) { ginsession.From(c).SignIn("ada"); c.String(http.StatusOK, "") })
			r.POST("/logout", func(c *gin.Context) { ginsession.From(c).SignOut(); c.String(http.StatusOK, "") })
			r.GET("/who", func(c *gin.Context) { c.String(http.StatusOK, ginsession.From(c).Owner()) })
			return g.Handler(r)
		})
	}
}
