package echosession_test

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = exampletest.Username

// program is an Echo program with sessions.
type program struct {
	*echo.Echo
	*exampletest.Program
	session echo.MiddlewareFunc
}

// newProgram returns a program whose sessions are signed.
func newProgram(t testing.TB) *program { return newProgramOf(t, session.Signed(secret.New())) }

func newProgramOf(t testing.TB, backend session.Backend) *program {
	p := &program{Echo: echo.New(), Program: exampletest.NewProgram(t, backend)}
	p.Logger = p.Said.Logger()
	p.session = echosession.Middleware(p.Sessions)
	return p
}

func (p *program) visit() adaptertest.Visitor {
	p.Helper()
	return adaptertest.Visit(p, &http.Server{Handler: p.Echo})
}

// whoami answers with the username.
func whoami(c *echo.Context) error {
	name, _ := username.Get(echosession.From(c))
	return c.String(http.StatusOK, name)
}

// login sets the username.
func login(c *echo.Context) error {
	username.Set(echosession.From(c), "ada")
	return c.String(http.StatusOK, "welcome")
}

// failing sets the username and fails.
func failing(c *echo.Context) error {
	username.Set(echosession.From(c), "ada")
	return echo.NewHTTPError(http.StatusTeapot, "tea")
}

const tea = "{\"message\":\"tea\"}\n" // Echo's page for failing
