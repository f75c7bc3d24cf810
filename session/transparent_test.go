package session_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/internal/hold/holdtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// A visitor gets the same bytes with a session as without one, whatever the handler does with its
// http.ResponseWriter: except for the session's own header lines if the handler uses it.
func TestHandler_SendsWhatNetHTTPSends(t *testing.T) {
	if n := len(holdtest.Handlers()); n < 100 {
		t.Errorf("compared are %d handlers, want at least 100", n)
	}
	use := map[string]func(s *session.Session){
		"left alone": func(*session.Session) {},
		"read":       func(s *session.Session) { username.Get(s); s.Flashes() },
		"changed":    func(s *session.Session) { username.Set(s, "ada") },
	}
	signed := session.Signed(secret.New())
	for _, tt := range []struct {
		name    string
		backend session.Backend
		use     string
	}{
		{"signed", signed, "left alone"},
		{"signed", signed, "read"},
		{"signed", signed, "changed"},
		{"stored", session.Stored(memstore.New(nil)), "changed"},
	} {
		t.Run(tt.name+", "+tt.use, func(t *testing.T) {
			m := quiet(t, tt.backend, session.Options{})
			own := func(line string) bool {
				switch line {
				case "Vary: Cookie", "Cache-Control: no-store", "Cache-Control: private":
					return tt.use != "left alone"
				}
				return strings.HasPrefix(line, "Set-Cookie: __Host-session=")
			}
			// The test of package hold has more kinds of requests.
			holdtest.CompareLess(t, own, func(next http.Handler) http.Handler {
				return m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					use[tt.use](session.From(r))
					next.ServeHTTP(w, r)
				}))
			}, "GET", "HEAD")
		})
	}
}
