package session_test

import (
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// An error names the field that has the fault, and no other.
func TestFormerCookies_AnErrorBlamesThemAlone(t *testing.T) {
	for _, former := range []session.Cookie{{}, {Name: "__Host-old", Path: "/x"}, {Name: "old", Domain: "localhost"}, {Name: "old", Path: "x"}, {Name: "old", SameSite: 9}, {Name: "o ld"}, {Name: "__session"}, {Name: strings.Repeat("x", 5000)}} {
		_, err := session.New(session.Stored(new(fakeStore)), &session.Options{FormerCookies: []session.Cookie{{Name: "fine"}, former}})
		if former.Name == "__session" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "Options.FormerCookies[1]") || strings.Contains(strings.ReplaceAll(err.Error(), "FormerCookies", ""), "Options.Cookie") || strings.Contains(err.Error(), " Cookie.Name") {
			t.Errorf("%.40q: New says %v", former.Name, err)
		}
	}
}

func TestFlashNow_WithoutACategoryHasTheDefault(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) {
		s.FlashNow("", "hello")
		wantFlashes(t, s, "message:hello")
	})
}
