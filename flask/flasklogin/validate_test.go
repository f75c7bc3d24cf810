package flasklogin

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

// ids are the users' IDs that are valid.
type ids map[string]bool

func (u ids) has(_ context.Context, id string) (bool, error) { return u[id], nil }

// validated returns a browser whose program refuses users that are gone, as docs/from-flask.md shows.
func validated(t *testing.T, users ids) *browser {
	t.Helper()
	b := newBrowser(t, nil)
	opts := flask.Defaults()
	opts.Login, opts.Logger = b.logins, slog.New(slog.DiscardHandler)
	opts.Validate = func(ctx context.Context, s *session.Session) error {
		id := s.Owner()
		if id == "" {
			return nil
		}
		found, err := users.has(ctx, id) // what user_loader looks for
		if err == nil && !found {
			err = session.ErrInvalidated
		}
		return err // another error is answered with 503
	}
	b.m = must(session.New(must(flask.Cookies(goodKey, nil)), opts))
	return b
}

// A password is changed, and with it the ID that get_id returns. Sessions and remember cookies with
// the previous ID are not valid after that.
func TestLogins_ValidateRefusesAFormerID(t *testing.T) {
	users := ids{"ada-1": true}
	b := validated(t, users)
	b.visit(func(s *session.Session) {
		s.SignIn("ada-1")
		b.logins.Remember(s)
	})
	b.is("ada-1", true)
	signedIn, remembered := maps.Clone(b.cookies), maps.Clone(b.cookies)
	delete(remembered, "session")
	b.cookies = maps.Clone(remembered)
	b.is("ada-1", false)

	delete(users, "ada-1")
	users["ada-2"] = true
	for what, cookies := range map[string]map[string]string{"session": signedIn, "remember cookie": remembered} {
		b.cookies = maps.Clone(cookies)
		b.visit(func(s *session.Session) {
			if s.Owner() != "" || Fresh(s) {
				t.Errorf("with the %s of the former ID, %q is signed in", what, s.Owner())
			}
			s.Flash("Please log in to access this page.") // as Required does
		})
		b.is("", false)
		b.visit(func(s *session.Session) { s.SignIn("ada-2") })
		b.is("ada-2", true)
		if value, there := b.cookies[defaultName]; there {
			t.Errorf("after the sign-in with the new ID, there is the remember cookie %s", value)
		}
	}
}

// The guide says which IDs a user can have.
func TestLogins_LengthOfAnID(t *testing.T) {
	b := newBrowser(t, nil)
	for _, id := range []string{"x", strings.Repeat("x", 255)} {
		b.visit(func(s *session.Session) { s.SignIn(id) })
		b.is(id, true)
	}
	b.visit(func(s *session.Session) { s.Set("_user_id", strings.Repeat("x", 256)) }) // by Flask
	b.is("", false)
	backend := must(flask.Cookies(goodKey, nil))
	for _, id := range []string{"", strings.Repeat("x", 256), "\xff"} {
		var failed error
		opts := flask.Defaults()
		opts.Login, opts.ErrorHandler = b.logins, func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err }
		b.m = must(session.New(backend, opts))
		b.cookies = map[string]string{}
		b.visit(func(s *session.Session) { s.SignIn(id) })
		if failed == nil {
			t.Errorf("SignIn with an ID of %d bytes succeeded", len(id))
		}
	}
}
