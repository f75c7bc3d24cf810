package flasksession_test

import (
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
)

// A visitor clicks twice on "sign in", and both requests have read the session before either saves.
func TestSave_TwoSignInsAtOnce(t *testing.T) {
	p := newProgram(t, &flasksession.Options{Serialization: flasksession.JSON})
	if err := p.visit(func(s *session.Session) { s.Set("theme", "dark") }); err != nil {
		t.Fatal(err)
	}
	before := p.cookie
	var first error
	second := p.visit(func(s *session.Session) {
		s.Keys()
		first = p.visit(func(s *session.Session) { s.SignIn("ada") })
		p.fails = nil
		s.SignIn("ada")
	})
	if first != nil || second != nil {
		t.Fatalf("the first sign-in failed with %v, the second with %v", first, second)
	}
	if err := p.visit(func(s *session.Session) {
		if theme := s.Value("theme"); s.Owner() != "ada" || theme != "dark" {
			t.Errorf("the session of the second is %q's, with the theme %v", s.Owner(), theme)
		}
	}); err != nil {
		t.Error(err)
	}

	// A request that does something else cannot change the session that has moved on.
	p.cookie = before
	if err := p.visit(func(s *session.Session) { s.Set("theme", "light") }); err == nil {
		t.Error("a change under the old ID was saved")
	}
}
