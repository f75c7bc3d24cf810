package echosession_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

// program is an Echo program with sessions.
type program struct {
	*echo.Echo
	t        testing.TB
	sessions *session.Manager
	session  echo.MiddlewareFunc
	said     adaptertest.Log // of the manager and of Echo
}

// newProgram returns a program whose sessions are signed.
func newProgram(t testing.TB) *program { return newProgramOf(t, session.Signed(secret.New())) }

func newProgramOf(t testing.TB, backend session.Backend) *program {
	p := &program{Echo: echo.New(), t: t}
	p.Logger = p.said.Logger()
	var err error
	if p.sessions, err = session.New(backend, &session.Options{Logger: p.Logger}); err != nil {
		t.Fatal(err)
	}
	p.session = echosession.Middleware(p.sessions)
	return p
}

func (p *program) visit() adaptertest.Visitor {
	p.t.Helper()
	return adaptertest.Visit(p.t, &http.Server{Handler: p.Echo})
}

// wantSaid checks that the log has a text, or that it does not have it.
func (p *program) wantSaid(text string, want bool) {
	p.t.Helper()
	if said := p.said.String(); strings.Contains(said, text) != want {
		p.t.Errorf("%q is in the log: %v\n%s", text, !want, said)
	}
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
