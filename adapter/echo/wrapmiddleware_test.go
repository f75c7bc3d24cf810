package echosession_test

import (
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/session"
)

// TestWrapMiddlewareIsNotEnough shows what the adapter is for. Where it fails,
// Echo has mended it, and the documentation can say so.
func TestWrapMiddlewareIsNotEnough(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(middleware.Recover(), echo.WrapMiddleware(p.sessions.Handler))
	p.GET("/panics", func(c *echo.Context) error {
		_, _ = c.Response().Write([]byte("half a page"))
		panic("oops")
	})
	p.want(p.serve().get("/panics"), 200, "")
}
