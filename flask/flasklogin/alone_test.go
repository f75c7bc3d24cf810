package flasklogin

import (
	"log/slog"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// After the last page has moved, Wafer keeps the sessions alone. Logins and remember cookies of
// Flask's time stay.
func TestLogins_StayWhenFlaskIsGone(t *testing.T) {
	b := newBrowser(t, &Options{IDs: UUID})
	const id = "12345678-1234-5678-1234-567812345678"
	b.visit(func(s *session.Session) { s.SignIn(id); b.logins.Remember(s) })
	old, err := flask.Cookies(goodKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.m, err = session.New(session.Migrate(session.Sealed(secret.New()), old), &session.Options{
		Cookie: session.Cookie{Name: "session"}, ReissueOnRead: true,
		Login: b.logins, Logger: slog.New(slog.DiscardHandler), Clock: func() time.Time { return b.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	before := b.cookies["session"]
	b.is(id, true)
	if b.cookies["session"] == before {
		t.Error("the session has not moved")
	}
	b.is(id, true)
	delete(b.cookies, "session")
	b.is(id, false)
	b.visit(func(s *session.Session) { s.SignOut() })
	b.is("", false)
	if len(b.cookies) != 0 {
		t.Errorf("signed out, there are the cookies %q", b.cookies)
	}
}
