package fibersession_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const (
	username = exampletest.Username
	count    = session.Field[int]("count")
)

func newManager(t testing.TB, backend session.Backend) *session.Manager {
	t.Helper()
	return exampletest.NewProgram(t, backend).Sessions
}

// newApp returns an app whose sessions are signed, with middlewares outside of them.
func newApp(t testing.TB, outside ...any) *fiber.App {
	t.Helper()
	app := fiber.New()
	app.Use(append(outside, fibersession.Middleware(newManager(t, session.Signed(secret.New()))))...)
	return app
}

func visit(t testing.TB, app *fiber.App) adaptertest.Visitor {
	t.Helper()
	return adaptertest.Visit(t, server{app})
}

// ask has app answer one request, as app.Test does.
func ask(t testing.TB, app *fiber.App, path string, cookies ...string) adaptertest.Answer {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	if len(cookies) > 0 {
		r.Header["Cookie"] = cookies
	}
	res, err := app.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	return adaptertest.Read(t, res)
}

// cookieOf is what a browser sends back of the response's cookies.
func cookieOf(res *http.Response) string {
	var pairs []string
	for _, cookie := range res.Cookies() {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}

func login(c fiber.Ctx) error {
	username.Set(fibersession.From(c), "ada")
	return nil
}

func who(c fiber.Ctx) error {
	name, _ := username.Get(fibersession.From(c))
	return c.SendString(name)
}
