package frameworks

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

func TestOneRouteOfAMuxMayHaveSessions(t *testing.T) {
	sessions, _ := newSessions(t)
	mux := http.NewServeMux()
	mux.Handle("/account/", sessions.Handler(http.HandlerFunc(set)))
	mux.HandleFunc("/", outside(t))
	v := visit(t, mux)
	v.Get("/")
	v.Get("/account/").SetsCookies(1)
}

// slow logs ada in, and then takes longer than the timeout.
func slow(release <-chan bool, after func(s *session.Session)) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		username.Set(s, "ada")
		<-release
		after(s)
	})
}

func TestATimeoutHandlerWithinTheSessionsKeepsWhatWasChanged(t *testing.T) {
	sessions, said := newSessions(t)
	release, late := make(chan bool), make(chan bool)
	mux := http.NewServeMux()
	mux.Handle("/slow", http.TimeoutHandler(slow(release, func(s *session.Session) {
		s.Set("late", true)
		close(late)
	}), 20*time.Millisecond, "too slow"))
	mux.HandleFunc("/", who)
	v := visit(t, sessions.Handler(mux))
	a := v.Get("/slow")
	a.Is(503, "too slow")
	a.SetsCookies(1)
	close(release)
	<-late
	if !strings.Contains(said.String(), "changed after the response header was sent") {
		t.Errorf("the log says %s", said)
	}
	v.Want("/", "ada")
}

func TestATimeoutHandlerAroundTheSessionsLosesTheCookie(t *testing.T) {
	sessions, _ := newSessions(t)
	release := make(chan bool)
	v := visit(t, http.TimeoutHandler(sessions.Handler(slow(release, func(*session.Session) {})), 20*time.Millisecond, "too slow"))
	a := v.Get("/")
	a.Is(503, "too slow")
	a.SetsCookies(0)
	close(release)
}
