package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// within fails the test where f hangs.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		f()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

type explosive struct{}

func (*explosive) UnmarshalJSON([]byte) error { panic("boom") }

func TestAPanicOfTheProgramsOwnCodeDoesNotHang(t *testing.T) {
	for what, panics := range map[string]func(s *session.Session){
		"Update": func(s *session.Session) { visits.Update(s, func(int) int { panic("boom") }) },
		"Pop":    func(s *session.Session) { session.Field[explosive]("username").Pop(s) },
		"Get":    func(s *session.Session) { session.Field[explosive]("username").Get(s) },
	} {
		v := newVisitor(t, session.Options{})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		within(t, what, func() { v.with(panics) })
		if !v.known() {
			t.Errorf("%s: the session is lost", what)
		}
	}
}

func TestAPanicInValidateThatIsRecoveredFailsTheRequest(t *testing.T) {
	v := newVisitor(t, session.Options{Validate: func(context.Context, *session.Session) error { panic("boom") }})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	before := v.cookies[0]
	within(t, "Validate", func() {
		res := v.with(func(s *session.Session) {
			func() {
				defer func() { _ = recover() }()
				s.Has("username")
			}()
			visits.Set(s, 1)
		})
		if res.StatusCode != http.StatusServiceUnavailable || v.cookies[0] != before {
			t.Errorf("answered %d with %v", res.StatusCode, res.Header)
		}
	})
}

func TestAnErrorHandlerThatIsLateIsToldOnce(t *testing.T) {
	told := 0
	v := newVisitor(t, session.Options{ErrorHandler: func(_ http.ResponseWriter, r *http.Request, _ error) {
		told++
		session.From(r).Flash("Something went wrong")
	}})
	within(t, "the handler", func() {
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = http.NewResponseController(w).Flush()
			s.Set("a", 1)
			s.Set("b", 2)
		})
	})
	if told != 2 || strings.Count(v.log.String(), "changed after the response header was sent") != 4 {
		t.Errorf("told %d times, log %s", told, v.log)
	}
}

func TestASessionThatCouldNotBeReadAgainIsNotWritten(t *testing.T) {
	for name, backend := range map[string]session.Backend{"signed": session.Signed(secret.New()), "Flask": flaskCookies(t)} {
		v := newVisitorOf(t, backend, session.Options{})
		res := v.with(func(s *session.Session) { s.Set("text", strings.Repeat("a", 2<<20)) })
		if res.StatusCode != http.StatusInternalServerError || len(res.Cookies()) != 0 || !strings.Contains(v.log.String(), "too large: its values have") {
			t.Errorf("%s: answered %d, log %.300s", name, res.StatusCode, v.log)
		}
	}
}

func TestARewriteThatDoesNotFitLeavesTheCookie(t *testing.T) {
	key := secret.New()
	before := newVisitorOf(t, session.Signed(key), session.Options{})
	before.with(func(s *session.Session) { username.Set(s, strings.Repeat("again ", 2000)) })
	v := newVisitorOf(t, session.Migrate(session.Sealed(key), session.Signed(key)), session.Options{ReissueOnRead: true})
	v.cookies = before.cookies
	for range 2 {
		if res := v.with(func(s *session.Session) { username.Get(s) }); res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
			t.Errorf("answered %d with %v", res.StatusCode, res.Header)
		}
	}
	if !strings.Contains(v.log.String(), "keeps the old one") || !v.known() {
		t.Errorf("the log is %s", v.log)
	}
}

func TestARefreshWaitsWhereAResponseIsForCaches(t *testing.T) {
	for said, want := range map[string]int{"public": 0, "public, max-age=60": 0, "max-age=60": 0, "s-maxage=1": 0, "private": 1, "no-store": 1} {
		v := newVisitor(t, session.Options{IdleTimeout: time.Minute})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		v.clock = v.clock.Add(30 * time.Second)
		res := v.do(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
			w.Header().Set("Cache-Control", said)
		})
		if len(res.Cookies()) != want {
			t.Errorf("%s: %d cookies, want %d", said, len(res.Cookies()), want)
		}
	}
}

func TestAManyTimesAmbiguousCookieIsOpenedTwice(t *testing.T) {
	key := secret.New()
	v := newVisitorOf(t, session.Signed(key), session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	one := v.cookies[0]
	v.with(func(s *session.Session) { username.Set(s, "eve") })
	f := &counter{Backend: session.Signed(key)}
	w := newVisitorOf(t, f, session.Options{})
	w.cookies = []string{one + strings.Repeat("; "+v.cookies[0], 1000)}
	if w.known() || f.loads != 2 {
		t.Errorf("%d cookies were opened", f.loads)
	}
}

// Eight different cookies of the name are looked into: a sibling subdomain cannot sign anyone out
// by planting seven.
func TestFind_LooksIntoEightCookies(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	good := v.cookies[0]
	for bad, want := range map[int]bool{7: true, 8: false} {
		line := ""
		for i := range bad {
			line += fmt.Sprintf("__Host-session=bad%d; ", i)
		}
		v.cookies, v.refused = []string{line + good}, nil
		if v.known() != want || !want && !errors.Is(errors.Join(v.refused...), session.ErrDuplicateCookie) {
			t.Errorf("beside %d others, the session is found: %v; refused are %v", bad, !want, v.refused)
		}
	}
}

// Whichever comes first, a session that was renewed does not hide the one that it became.
func TestFind_ASupersededSessionCountsLess(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		old := v.cookies[0]
		v.with(func(s *session.Session) { s.SignIn("42") })
		for _, line := range []string{old + "; " + v.cookies[0], v.cookies[0] + "; " + old} {
			w := v.beside()
			w.cookies = []string{line}
			res := w.with(func(s *session.Session) {
				if s.Owner() != "42" || s.ID() == "" {
					t.Errorf("the owner is %q", s.Owner())
				}
				visits.Update(s, func(n int) int { return n + 1 })
			})
			if res.StatusCode != http.StatusOK {
				t.Errorf("a change is answered %d", res.StatusCode)
			}
		}
		v.with(func(s *session.Session) {
			if n, _ := visits.Get(s); n != 2 {
				t.Errorf("%d changes were saved", n)
			}
		})
	})
}

// counter counts what is opened.
type counter struct {
	session.Backend
	driver.Driver
	loads int
}

func (c *counter) Open(b driver.Config) (k driver.Driver, err error) {
	c.Driver, err = c.Backend.Open(b)
	return c, err
}

func (c *counter) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	c.loads++
	return c.Driver.Load(ctx, value)
}

func TestASessionOfItsClockAloneIsEmpty(t *testing.T) {
	v := newVisitor(t, session.Options{AbsoluteTimeout: time.Hour})
	v.with(func(s *session.Session) {
		username.Set(s, "ada")
		if err := s.Save(t.Context()); err != nil || s.Len() != 1 {
			t.Errorf("Save gives %v and leaves %q", err, s.Keys())
		}
	})
	if v.with(func(s *session.Session) { s.Delete("username") }); v.cookies != nil {
		t.Error("the emptied session's cookie was not deleted")
	}
	if v.with((*session.Session).RestartClock); v.cookies != nil {
		t.Error("RestartClock made a session")
	}
}

func TestAClockThatIsNoTimeIsReplaced(t *testing.T) {
	v := newVisitor(t, session.Options{AbsoluteTimeout: time.Hour})
	v.with(func(s *session.Session) { username.Set(s, "ada"); s.Set("_created", "2024-01-01") })
	for range 4 {
		v.clock = v.clock.Add(20 * time.Minute)
		v.with(func(s *session.Session) { visits.Update(s, func(n int) int { return n + 1 }) })
	}
	if v.known() || !errors.Is(errors.Join(v.refused...), session.ErrExpired) {
		t.Error("the session did not end")
	}
}

func TestNoVerbPrintsASessionsValues(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		username.Set(s, "ada")
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			if text := fmt.Sprintf(verb, s) + fmt.Sprintf(verb, r.Context()); strings.Contains(text, "ada") {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	})
}

func TestAFlushThatCannotBeLeavesTheHeader(t *testing.T) {
	v := newVisitor(t, session.Options{})
	w := bare{httptest.NewRecorder()}
	v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Flush gives %v", err)
		}
		username.Set(session.From(r), "ada")
	})).ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/", nil))
	if len(w.Header()["Set-Cookie"]) != 1 {
		t.Errorf("the header is %v", w.Header())
	}
}
