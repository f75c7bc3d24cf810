package ginsession_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	gin.DefaultErrorWriter = io.Discard
	os.Exit(m.Run())
}

const username = session.Field[string]("username")

// program is a Gin program with sessions.
type program struct {
	*gin.Engine
	t        testing.TB
	sessions *session.Manager
	session  gin.HandlerFunc
	said     adaptertest.Log // of the manager
}

// newProgram returns a program whose sessions are signed.
func newProgram(t testing.TB) *program { return newProgramOf(t, session.Signed(secret.New())) }

func newProgramOf(t testing.TB, backend session.Backend) *program {
	p := &program{Engine: gin.New(), t: t}
	p.HandleMethodNotAllowed = true
	var err error
	if p.sessions, err = session.New(backend, &session.Options{Logger: p.said.Logger()}); err != nil {
		t.Fatal(err)
	}
	p.session = ginsession.Middleware(p.sessions)
	return p
}

func (p *program) visit() adaptertest.Visitor {
	p.t.Helper()
	return adaptertest.Visit(p.t, &http.Server{Handler: p.Engine})
}

// wantSaid checks that the log has a text, or that it does not have it.
func (p *program) wantSaid(text string, want bool) {
	p.t.Helper()
	if said := p.said.String(); strings.Contains(said, text) != want {
		p.t.Errorf("%q is in the log: %v\n%s", text, !want, said)
	}
}

// whoami answers with the username.
func whoami(c *gin.Context) {
	name, _ := username.Get(ginsession.From(c))
	c.String(http.StatusOK, name)
}

// login sets the username.
func login(c *gin.Context) {
	username.Set(ginsession.From(c), "ada")
	c.String(http.StatusOK, "welcome")
}
