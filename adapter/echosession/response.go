package echosession

import (
	"net/http"

	"github.com/labstack/echo/v5"
)

// informing is the response that the manager writes to. Echo's own counts an informational status,
// such as 103, as the final one, and would drop the page that follows.
type informing struct{ http.ResponseWriter }

func (i informing) Unwrap() http.ResponseWriter { return i.ResponseWriter }

func (i informing) WriteHeader(status int) {
	w := i.ResponseWriter
	if status < 200 && status != http.StatusSwitchingProtocols {
		if r, err := echo.UnwrapResponse(w); err == nil {
			w = r.Unwrap()
		}
	}
	w.WriteHeader(status)
}

// answered is the response after an error was answered. Echo's own error handlers leave a committed
// response alone. A program's may not, and would write its page twice.
type answered struct {
	http.ResponseWriter
	c *echo.Context
}

func (a answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a answered) WriteHeader(status int) {
	a.c.Logger().Warn("echosession: the error was answered already, and this answer is dropped; "+
		"return from HTTPErrorHandler if the response is committed, and add middlewares that answer errors after echosession.Middleware",
		"status", status, "path", a.c.Request().URL.Path)
}

func (answered) Write(b []byte) (int, error) { return len(b), nil }
