package frameworks

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

func newSessions(t *testing.T) (*session.Manager, *docprogram.Log) {
	t.Helper()
	var said docprogram.Log
	m, err := session.New(session.Signed(secret.New()), &session.Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return m, &said
}

// visitor is a browser that visits a served handler.
type visitor struct {
	t *testing.T
	*http.Client
	url string
}

func visit(t *testing.T, h http.Handler) visitor {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	v := visitor{t, server.Client(), server.URL}
	v.Jar, _ = cookiejar.New(nil)
	return v
}

func (v visitor) get(path string) (*http.Response, string) {
	v.t.Helper()
	res, err := v.Get(v.url + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res, string(body)
}

func (v visitor) want(path, body string) {
	v.t.Helper()
	if _, got := v.get(path); got != body {
		v.t.Errorf("%s answers %q, want %q", path, got, body)
	}
}

// set logs ada in.
func set(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "ada") }

// who answers with who is logged in.
func who(w http.ResponseWriter, r *http.Request) {
	name, _ := username.Get(session.From(r))
	_, _ = io.WriteString(w, name)
}
