package ginsession_test

import (
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	gin.DefaultErrorWriter = io.Discard
	os.Exit(m.Run())
}

const username = exampletest.Username

// program is a Gin program with sessions.
type program struct {
	*gin.Engine
	*exampletest.Program
	session gin.HandlerFunc
}

// newProgram returns a program whose sessions are signed.
func newProgram(t testing.TB) *program { return newProgramOf(t, session.Signed(secret.New())) }

func newProgramOf(t testing.TB, backend session.Backend) *program {
	p := &program{Engine: gin.New(), Program: exampletest.NewProgram(t, backend)}
	p.HandleMethodNotAllowed = true
	p.session = ginsession.Middleware(p.Sessions)
	return p
}

func (p *program) visit() adaptertest.Visitor {
	p.Helper()
	return adaptertest.Visit(p, &http.Server{Handler: p.Engine})
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
