// Command example is the app of Flask's documentation on Echo: a page that
// knows who is logged in, a login form, a logout, and a message flashed after
// each.
//
//	go run ./example
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

//go:embed views
var views embed.FS

func main() {
	addr := flag.String("addr", "localhost:8080", "the `address` to serve at")
	flag.Parse()
	log.SetFlags(0)

	key, err := secret.FromEnv("SECRET_KEY") // `wafer keygen` prints one
	if errors.Is(err, secret.ErrNotSet) {
		fmt.Println("SECRET_KEY is not set, so this run has its own key, and stopping it signs everyone out. To keep a key:")
		fmt.Println("  export SECRET_KEY=$(openssl rand -hex 32)")
		key, err = secret.New(), nil
	}
	if err != nil {
		log.Fatal(err)
	}
	e, err := newApp(key)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Println("Open http://" + *addr)
	server := echo.StartConfig{Address: *addr, HideBanner: true, HidePort: true}
	if err := server.Start(ctx, e); err != nil {
		log.Fatal(err) //nolint:gocritic // there is nothing left to stop
	}
}

// newApp returns the whole app.
func newApp(key secret.Key) (*echo.Echo, error) {
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		return nil, err
	}
	pages, err := template.New("").Funcs(session.Funcs).ParseFS(views, "views/*.html") // flashes and value
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.Renderer = &echo.TemplateRenderer{Template: pages}
	e.HTTPErrorHandler = showError

	// Requests that change something must come from our own pages.
	e.Use(echo.WrapMiddleware(http.NewCrossOriginProtection().Handler))
	e.Use(echosession.Middleware(sessions))
	e.Use(middleware.Recover())
	e.GET("/", index)
	e.GET("/login", loginForm)
	e.POST("/login", login)
	e.POST("/logout", logout)
	return e, nil
}

func index(c *echo.Context) error {
	return c.Render(http.StatusOK, "index.html", map[string]any{"Session": echosession.From(c)})
}

func loginForm(c *echo.Context) error {
	return c.Render(http.StatusOK, "login.html", map[string]any{"Session": echosession.From(c)})
}

func login(c *echo.Context) error {
	s := echosession.From(c)
	name := strings.TrimSpace(c.FormValue("username"))
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 || !utf8.ValidString(name) {
		s.FlashNow("error", "Please give a name of 1 to 100 characters")
		return c.Render(http.StatusUnprocessableEntity, "login.html", map[string]any{"Session": s})
	}
	s.SignIn(name) // in your program, the user's ID
	username.Set(s, name)
	s.FlashAs("success", "You were successfully logged in")
	return c.Redirect(http.StatusSeeOther, "/")
}

func logout(c *echo.Context) error {
	s := echosession.From(c)
	s.SignOut()
	s.FlashAs("info", "You were logged out")
	return c.Redirect(http.StatusSeeOther, "/")
}

// showError is the app's error page. It has the session, and shows the flashes.
func showError(c *echo.Context, err error) {
	response, status := echo.ResolveResponseStatus(c.Response(), err)
	if response != nil && response.Committed {
		return // it is answered: Echo asks again when all middlewares have returned
	}
	if status == http.StatusInternalServerError {
		log.Print(err)
	}
	page := map[string]any{"Session": echosession.From(c), "Problem": http.StatusText(status)}
	if err := c.Render(status, "error.html", page); err != nil {
		log.Print(err)
	}
}
