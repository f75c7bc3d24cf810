package flasksession_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
)

// Flask-Session has no index of users, so their sessions cannot be listed. What ends all of a user's
// is another ID of the user: Validate refuses the former one.
func TestManager_CannotListOwners(t *testing.T) {
	backend, err := flasksession.New(newMemory(), nil)
	if err != nil {
		t.Fatal(err)
	}
	current := "first ID of ada"
	opts := flasksession.Defaults()
	opts.Validate = func(_ context.Context, s *session.Session) error {
		if owner := s.Owner(); owner != "" && owner != current {
			return session.ErrInvalidated
		}
		return nil
	}
	sessions, err := session.New(backend, opts)
	if err != nil {
		t.Fatal(err)
	}
	_, err = sessions.SignOutEverywhere(t.Context(), current)
	failed := map[string]error{"SignOutEverywhere": err}
	for _, err := range sessions.Sessions(t.Context(), current) {
		failed["Sessions"] = err
	}
	for _, err := range sessions.All(t.Context()) {
		failed["All"] = err
	}
	for _, name := range []string{"SignOutEverywhere", "Sessions", "All"} {
		if !errors.Is(failed[name], errors.ErrUnsupported) {
			t.Errorf("the error of %s is %v", name, failed[name])
		}
	}

	cookie, owner := "", ""
	visit := func(handler func(s *session.Session)) {
		r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		r.Header.Set("Cookie", cookie)
		sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handler(session.From(r)) })).ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			cookie = c.Name + "=" + c.Value
		}
	}
	visit(func(s *session.Session) { s.SignIn(current) })
	read := func(s *session.Session) { owner = s.Owner() }
	if visit(read); owner != current {
		t.Errorf("the owner is %q", owner)
	}
	current = "second ID of ada"
	if visit(read); owner != "" {
		t.Errorf("after the ID changed, %q is still signed in", owner)
	}
}
