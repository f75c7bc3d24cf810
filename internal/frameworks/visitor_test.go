package frameworks

import (
	"io"
	"net/http"
	"testing"

	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

func newSessions(t *testing.T) (*session.Manager, *adaptertest.Log) {
	t.Helper()
	var said adaptertest.Log
	m, err := session.New(session.Signed(secret.New()), &session.Options{Logger: said.Logger()})
	if err != nil {
		t.Fatal(err)
	}
	return m, &said
}

func visit(t *testing.T, h http.Handler) adaptertest.Visitor {
	t.Helper()
	return adaptertest.Visit(t, &http.Server{Handler: h})
}

// set logs ada in.
func set(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "ada") }

// who answers with who is logged in.
func who(w http.ResponseWriter, r *http.Request) {
	name, _ := username.Get(session.From(r))
	_, _ = io.WriteString(w, name)
}

// outside is a page where no middleware has run.
func outside(t *testing.T) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() == nil {
				t.Error("From found a session")
			}
		}()
		session.From(r)
	}
}
