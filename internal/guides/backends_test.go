package guides

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
)

const username = session.Field[string]("username")

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
