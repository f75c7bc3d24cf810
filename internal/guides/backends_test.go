package guides

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
	"github.com/wafer-go/wafer/store/memstore"
)

const username = session.Field[string]("username")

// TestNoChangeOfBackendSignsAnybodyOut does each row of the page's table.
func TestNoChangeOfBackendSignsAnybodyOut(t *testing.T) {
	key, old := secret.New(), secret.New()
	const flaskKey = "4f1c0b6d2a9e8f7c5b3a1d0e9f8c7b6a"
	flaskCookies, err := flask.Cookies(flaskKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	st, other := memstore.New(nil), memstore.New(nil)
	stored := session.Stored(st)
	for _, c := range []struct {
		about    string
		from, to session.Backend
		large    bool
	}{
		{"another key", session.Signed(old), session.Signed(key, old), false},
		{"signed to sealed", session.Signed(key), session.Migrate(session.Sealed(key), session.Signed(key)), false},
		{"sealed to signed", session.Sealed(key), session.Migrate(session.Signed(key), session.Sealed(key)), false},
		{"cookie to store", session.Signed(key), session.Migrate(stored, session.Signed(key)), false},
		{"store to cookie", stored, session.Migrate(session.Signed(key), stored), false},
		{"store to another", stored, session.Migrate(session.Stored(other), stored), false},
		{"cookie to overflow", session.Signed(key), session.Overflow(session.Signed(key), st), false},
		{"overflow to store", session.Overflow(session.Signed(key), st), session.Migrate(stored, session.Signed(key)), false},
		{"large, overflow to store", session.Overflow(session.Signed(key), st), session.Migrate(stored, session.Signed(key)), true},
		{"Flask's to signed", flaskCookies, session.Migrate(session.Signed(key), flaskCookies), false},
	} {
		name := session.Cookie{Name: "session"} // Flask's, so that one test does for all
		before := manager(t, c.from, &session.Options{Cookie: name})
		after := manager(t, c.to, &session.Options{Cookie: name, Logger: slog.New(slog.DiscardHandler)})
		r := httptest.NewRequest("GET", "https://app.test/", nil)
		if err := sessiontest.EditRequest(before, r, func(s *session.Session) error {
			username.Set(s, "ada")
			if c.large {
				s.Set("large", random(8000))
			}
			return nil
		}); err != nil {
			t.Fatalf("%s: %v", c.about, err)
		}
		for range 2 { // as it was left, and as the new backend wrote it
			if err := sessiontest.EditRequest(after, r, func(s *session.Session) error {
				if name, _ := username.Get(s); name != "ada" {
					t.Errorf("%s: the visitor is signed out", c.about)
				}
				s.Set("seen", random(8))
				return nil
			}); err != nil {
				t.Fatalf("%s: %v", c.about, err)
			}
		}
	}
}

// TestThatMuchFitsIntoACookie holds the page to the room that it promises.
func TestThatMuchFitsIntoACookie(t *testing.T) {
	for name, backend := range map[string]session.Backend{"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New())} {
		m := manager(t, backend, nil)
		for n, fits := range map[int]bool{2900: true, 5000: false} {
			r := httptest.NewRequest("GET", "https://app.test/", nil)
			err := sessiontest.EditRequest(m, r, func(s *session.Session) error { s.Set("v", random(n)); return nil })
			if fits != (err == nil) || !fits && !errors.Is(err, session.ErrTooLarge) {
				t.Errorf("%s: of %d bytes it says %v", name, n, err)
			}
		}
	}
}

func manager(t *testing.T, backend session.Backend, o *session.Options) *session.Manager {
	t.Helper()
	m, err := session.New(backend, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// random returns n characters, which compress to no less than three quarters.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)[:n]
}
