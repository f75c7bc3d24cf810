package flask_test

import (
	"testing"

	"github.com/wafer-go/wafer/session"
)

func TestFlaskLine08_ChangeMarksTheSessionModified(t *testing.T) {
	for name, change := range map[string]func(*session.Session){
		"set":                   func(s *session.Session) { s.Set("n", 1) },
		"set to the same value": func(s *session.Session) { username.Set(s, "alice") },
		"delete":                func(s *session.Session) { s.Delete("username") },
		"clear":                 func(s *session.Session) { s.Clear() },
		"pop of a present key":  func(s *session.Session) { username.Pop(s) },
		"update":                func(s *session.Session) { username.Update(s, func(name string) string { return name }) },
		"SetPermanent":          func(s *session.Session) { s.SetPermanent(true) },
		"SetPermanent(false)":   func(s *session.Session) { s.SetPermanent(false) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newSite(t).visit(alice, func(s *session.Session) {
				change(s)
				if !s.Modified() {
					t.Error("it is not modified")
				}
			})
			if len(r.Header["Set-Cookie"]) != 1 {
				t.Errorf("Set-Cookie: %q", r.Header["Set-Cookie"])
			}
		})
	}
}

// A Python program pops with a default; del of a missing key is an error
// there, and nothing here.
func TestFlaskLine09_ReadingDoesNotMarkItModified(t *testing.T) {
	for name, read := range map[string]func(*session.Session){
		"get":                     func(s *session.Session) { username.Get(s) },
		"value":                   func(s *session.Session) { s.Value("username") },
		"has":                     func(s *session.Session) { s.Has("username") },
		"pop of a missing key":    func(s *session.Session) { session.Field[int]("missing").Pop(s) },
		"delete of a missing key": func(s *session.Session) { s.Delete("missing") },
		"permanent":               func(s *session.Session) { s.Permanent() },
		"flashes without any":     func(s *session.Session) { s.Flashes() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newSite(t).visit(alice, func(s *session.Session) {
				read(s)
				if s.Modified() {
					t.Error("it is modified")
				}
			})
			wantCookie(t, r, "")
		})
	}
}

func TestFlaskLine09_ChangeInAValueThatWasReadIsNotKept(t *testing.T) {
	site := newSite(t)
	r := site.visit(token(`{"cart":{"tea":1}}`, now), func(s *session.Session) {
		cart := s.Value("cart").(map[string]any)
		cart["tea"] = 2
		if again := s.Value("cart").(map[string]any); again["tea"] != int64(1) {
			t.Errorf("the change shows: %v", again)
		}
	})
	wantCookie(t, r, "")
	r = site.visit(token(`{"cart":{"tea":1}}`, now), func(s *session.Session) {
		cart := s.Value("cart").(map[string]any)
		cart["tea"] = 2
		s.Set("cart", cart)
	})
	if got, want := payloadOf(t, r), `{"cart":{"tea":2}}`; got != want {
		t.Errorf("once it was set, the cookie has %s, want %s", got, want)
	}
}

func TestFlaskLine10_TouchCountsAsAccess(t *testing.T) {
	for name, touch := range map[string]func(*session.Session){
		"get":       func(s *session.Session) { username.Get(s) },
		"has":       func(s *session.Session) { s.Has("username") },
		"len":       func(s *session.Session) { s.Len() },
		"keys":      func(s *session.Session) { s.Keys() },
		"flashes":   func(s *session.Session) { s.Flashes() },
		"permanent": func(s *session.Session) { s.Permanent() },
	} {
		t.Run(name, func(t *testing.T) { wantVary(t, newSite(t).visit(alice, touch), "Cookie") })
	}
}

func TestFlaskLine10_SessionLeftAloneIsNotAccessed(t *testing.T) {
	wantVary(t, newSite(t).visit(alice, func(*session.Session) {}), "")
}

func TestFlaskLine11_PermanentIsAKey(t *testing.T) {
	site := newSite(t)
	r := site.visit("", func(s *session.Session) { s.SetPermanent(true) })
	if got, want := payloadOf(t, r), `{"_permanent":true}`; got != want {
		t.Errorf("the cookie has %s, want %s", got, want)
	}
	site.visit(token(`{"_permanent":true}`, now), func(s *session.Session) {
		if s.Len() != 1 || !s.Permanent() {
			t.Errorf("Len %d, Permanent %v", s.Len(), s.Permanent())
		}
		s.Clear()
		if s.Permanent() {
			t.Error("it is permanent after Clear")
		}
	})
}
