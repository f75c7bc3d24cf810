package echosession_test

import (
	"fmt"
	"html/template"
	"log"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func ExampleMiddleware() {
	const visits = session.Field[int]("visits")
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	e.Use(echosession.Middleware(sessions))
	e.GET("/", func(c *echo.Context) error {
		s := echosession.From(c)
		visits.Update(s, func(n int) int { return n + 1 })
		n, _ := visits.Get(s)
		return c.String(http.StatusOK, fmt.Sprint("visits: ", n))
	})
	exampletest.Visit(e, "/", "/", "/")
	// Output:
	// /: visits: 1
	// /: visits: 2
	// /: visits: 3
}

// Only the routes of a group have sessions here.
func ExampleMiddleware_group() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	account := e.Group("/account", echosession.Middleware(sessions))
	account.GET("/name", func(c *echo.Context) error {
		name, ok := username.Get(echosession.From(c))
		return c.String(http.StatusOK, fmt.Sprintf("%q %v", name, ok))
	})
	exampletest.Visit(e, "/account/name")
	// Output:
	// /account/name: "" false
}

// A flash in a template that Echo renders.
func ExampleFrom() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	e.Renderer = &echo.TemplateRenderer{Template: template.Must(template.New("page").Funcs(session.Funcs).Parse(
		`{{range flashes .Session}}{{.Category}}: {{.Text}}{{else}}nothing new{{end}}`))}
	e.Use(echosession.Middleware(sessions))
	e.GET("/save", func(c *echo.Context) error {
		echosession.From(c).FlashAs("success", "Saved")
		return c.Redirect(http.StatusSeeOther, "/")
	})
	e.GET("/", func(c *echo.Context) error {
		return c.Render(http.StatusOK, "page", map[string]any{"Session": echosession.From(c)})
	})
	exampletest.Visit(e, "/save", "/")
	// Output:
	// /save: success: Saved
	// /: nothing new
}

// The page of an error shows the flashes, and so clears them. Echo calls the
// handler again when the error has gone through all middlewares.
func ExampleMiddleware_errorHandler() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	e.Use(echosession.Middleware(sessions))
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		response, status := echo.ResolveResponseStatus(c.Response(), err)
		if response != nil && response.Committed {
			return // it is answered
		}
		s, _ := sessions.Load(c.Request()) // From panics where there is no session
		page := fmt.Sprint(status)
		for _, m := range s.Flashes() {
			page += ", " + m.Text
		}
		_ = c.String(status, page)
	}
	e.GET("/order", func(c *echo.Context) error {
		echosession.From(c).Flash("Your cart was kept")
		return echo.NewHTTPError(http.StatusConflict, "sold out")
	})
	exampletest.Visit(e, "/order", "/nowhere")
	// Output:
	// /order: 409, Your cart was kept
	// /nowhere: 404
}
