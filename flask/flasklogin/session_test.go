package flasklogin

import (
	"bytes"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// A browser visits a Go program whose logins agree with Flask-Login's.
type browser struct {
	t       *testing.T
	logins  *Logins
	m       *session.Manager
	cookies map[string]string
	agent   string
	now     time.Time
}

func newBrowser(t *testing.T, opts *Options) *browser {
	t.Helper()
	b := &browser{t: t, logins: newLogins(t, opts), cookies: make(map[string]string), agent: "Mozilla/5.0", now: time.Unix(1_700_000_000, 0)}
	backend, err := flask.Cookies(goodKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := flask.Defaults()
	o.Login, o.Logger, o.Clock = b.logins, slog.New(slog.DiscardHandler), func() time.Time { return b.now }
	if b.m, err = session.New(backend, o); err != nil {
		t.Fatal(err)
	}
	return b
}

// visit sends a request, keeps the cookies of the response and returns its Set-Cookie lines.
func (b *browser) visit(handler func(s *session.Session)) []string {
	b.t.Helper()
	r := httptest.NewRequest("GET", "http://app.example/", nil)
	r.Header.Set("User-Agent", b.agent)
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		r.Header.Add("Cookie", name+"="+b.cookies[name])
	}
	w := httptest.NewRecorder()
	b.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handler(session.From(r)) })).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.t.Errorf("answered %d: %s", w.Code, w.Body)
	}
	for _, line := range w.Header()["Set-Cookie"] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		if strings.Contains(attributes, "Max-Age=0") {
			delete(b.cookies, name)
		} else {
			b.cookies[name] = value
		}
	}
	return w.Header()["Set-Cookie"]
}

// is fails unless the next request finds the owner, and his login fresh or not.
func (b *browser) is(owner string, fresh bool) {
	b.t.Helper()
	b.visit(func(s *session.Session) {
		if s.Owner() != owner || Fresh(s) != fresh {
			b.t.Errorf("the owner is %q, fresh: %t; want %q, %t", s.Owner(), Fresh(s), owner, fresh)
		}
	})
}

func TestLogins_SignInAndOut(t *testing.T) {
	b := newBrowser(t, nil)
	b.visit(func(s *session.Session) { s.SignIn("ada") })
	b.visit(func(s *session.Session) {
		if got, want := s.Keys(), []string{"_created", "_fresh", "_id", "_user_id"}; !slices.Equal(got, want) {
			t.Errorf("signed in, the keys are %q", got)
		}
	})
	b.is("ada", true)
	b.visit(func(s *session.Session) { s.SignOut() })
	b.is("", false)
	if len(b.cookies) != 0 {
		t.Errorf("signed out, there are the cookies %q", b.cookies)
	}
}

func TestLogins_EachTypeOfID(t *testing.T) {
	const id = "12345678-1234-5678-1234-567812345678"
	for _, c := range []struct {
		ids   IDType
		owner string
		value any
	}{{Text, "42", "42"}, {Int, "42", int64(42)}, {Int, "-7", int64(-7)}, {UUID, id, must(flask.ParseUUID(id))}} {
		b := newBrowser(t, &Options{IDs: c.ids})
		b.visit(func(s *session.Session) { s.SignIn(c.owner) })
		b.visit(func(s *session.Session) {
			if s.Owner() != c.owner || s.Value("_user_id") != c.value {
				t.Errorf("%v is kept as %#v and read as %q", c, s.Value("_user_id"), s.Owner())
			}
		})
	}
	for value, want := range map[any]string{
		"": "", true: "", 1.5: "", time.Unix(0, 0): "", strings.Repeat("x", 256): "", uint64(1 << 63): "9223372036854775808",
	} {
		b := newBrowser(t, &Options{Protection: Off})
		b.visit(func(s *session.Session) { s.Set("_user_id", value) })
		b.is(want, false)
	}
	for ids, owner := range map[IDType]string{Int: "ada", UUID: "42"} {
		b := newBrowser(t, &Options{IDs: ids})
		b.visit(func(s *session.Session) {
			s.SignIn(owner)
			if err := s.Save(t.Context()); err == nil || !strings.Contains(err.Error(), "flasklogin.Options.IDs") {
				t.Errorf("%q: %v", owner, err)
			}
			s.SignOut()
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestLogins_ARememberedUserComesBack(t *testing.T) {
	for _, protection := range []Protection{Basic, Strong, Off} {
		b := newBrowser(t, &Options{Protection: protection})
		lines := b.visit(func(s *session.Session) {
			s.SignIn("é@example.com")
			b.logins.Remember(s)
		})
		if len(lines) != 2 || !strings.HasPrefix(lines[0], `remember_token="\303\251@example.com|`) {
			t.Errorf("the cookies are %q", lines)
		}
		delete(b.cookies, "session")
		for range 3 {
			b.is("é@example.com", false)
		}
		b.visit(func(s *session.Session) {
			if s.Has("_remember") || s.Value("_id") == nil {
				t.Errorf("the keys are %q", s.Keys())
			}
			s.SignOut()
		})
		b.is("", false)
		if len(b.cookies) != 0 {
			t.Errorf("signed out, there are the cookies %q", b.cookies)
		}
	}
}

func TestLogins_AnExpiredSessionLeavesARememberedUser(t *testing.T) {
	b := newBrowser(t, nil)
	b.visit(func(s *session.Session) { s.SignIn("ada"); b.logins.Remember(s) })
	b.now = b.now.Add(40 * 24 * time.Hour)
	b.is("ada", false)
}

func TestLogins_RememberForADuration(t *testing.T) {
	b := newBrowser(t, nil)
	lines := b.visit(func(s *session.Session) { s.SignIn("ada"); b.logins.RememberFor(s, 90*time.Minute) })
	if len(lines) != 2 || !strings.Contains(lines[0], "Expires=Tue, 14 Nov 2023 23:43:20 GMT; Max-Age=5400;") {
		t.Errorf("the cookies are %q", lines)
	}
}

func TestLogins_ProtectionOfAnotherBrowsersSession(t *testing.T) {
	for _, c := range []struct {
		protection Protection
		permanent  bool
		owner      string
		fresh      bool
	}{
		{Basic, false, "ada", false},
		{Basic, true, "ada", false},
		{Strong, false, "", false},
		{Strong, true, "ada", false},
		{Off, false, "ada", true},
	} {
		b := newBrowser(t, &Options{Protection: c.protection, Principal: true})
		b.visit(func(s *session.Session) {
			s.SignIn("ada")
			s.SetPermanent(c.permanent)
			s.Set("cart", 1)
			b.logins.Remember(s)
		})
		b.agent = "another"
		b.is(c.owner, c.fresh)
		b.is(c.owner, c.fresh)
		_, remembered := b.cookies["remember_token"]
		b.visit(func(s *session.Session) {
			if !s.Has("cart") || s.Has("identity.id") != (c.owner != "") || remembered != (c.owner != "") {
				t.Errorf("%+v: the keys are %q, remembered: %t", c, s.Keys(), remembered)
			}
		})
	}
}

func TestLogins_StrongRefusesARememberedUserInAnUnknownSession(t *testing.T) {
	b := newBrowser(t, &Options{Protection: Strong})
	b.cookies["remember_token"] = b.logins.Token("ada")
	b.visit(func(s *session.Session) { s.SignOut() })
	b.visit(func(s *session.Session) { s.Set("cart", 1) })
	b.cookies["remember_token"] = b.logins.Token("ada")
	b.is("", false)
	if len(b.cookies) != 1 {
		t.Errorf("there are the cookies %q", b.cookies)
	}
}

func TestLogins_AnAnonymousSessionIsLeftAlone(t *testing.T) {
	for _, protection := range []Protection{Basic, Strong} {
		b := newBrowser(t, &Options{Protection: protection})
		b.visit(func(s *session.Session) { s.Set("cart", 1) })
		if lines := b.visit(func(s *session.Session) { s.Owner() }); lines != nil {
			t.Errorf("reading sets %q", lines)
		}
	}
}

func TestLogins_ConfirmMakesALoginFresh(t *testing.T) {
	b := newBrowser(t, &Options{Security: true})
	b.cookies["remember_token"] = b.logins.Token("ada")
	b.is("ada", false)
	var confirmed bool
	b.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		b.logins.Confirm(r)
		paa, ok := s.Value("fs_paa").(float64)
		confirmed = Fresh(s) && s.Value("_id") == b.logins.Identifier(r) && ok && time.Since(time.UnixMicro(int64(paa*1e6))).Abs() < time.Hour
	})).ServeHTTP(httptest.NewRecorder(), func() *http.Request {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "session="+b.cookies["session"])
		return r
	}())
	if !confirmed {
		t.Error("it is not fresh")
	}
}

func TestLogins_NothingOfAFormerUserStays(t *testing.T) {
	for what, end := range map[string]func(s *session.Session){
		"signed out": func(s *session.Session) { s.SignOut() },
		"signed out by a Flask that leaves it": func(s *session.Session) {
			for _, key := range []string{"_user_id", "_fresh", "_id"} {
				s.Delete(key)
			}
		},
		"another user": func(*session.Session) {},
	} {
		b := newBrowser(t, &Options{Security: true})
		b.visit(func(s *session.Session) {
			s.SignIn("admin")
			s.Set("fs_gexp", 1)
			s.Set("tf_state", "ready")
		})
		b.visit(func(s *session.Session) {
			if s.Value("identity.id") != "admin" || !s.Has("identity.auth_type") || s.Value("fs_cc") != "set" {
				t.Errorf("the keys are %q", s.Keys())
			}
			if paa, ok := s.Value("fs_paa").(float64); !ok || paa != 1.7e9 {
				t.Errorf("fs_paa is %v", s.Value("fs_paa"))
			}
			end(s)
		})
		plain := newLogins(t, nil)
		b.logins, b.m = plain, managerOf(t, plain)
		b.visit(func(s *session.Session) { s.SignIn("eve") })
		b.visit(func(s *session.Session) {
			if got, want := s.Keys(), []string{"_created", "_fresh", "_id", "_user_id"}; !slices.Equal(got, want) {
				t.Errorf("%s: the keys are %q", what, got)
			}
		})
	}
}

func TestLogins_NothingOfAFormerUserStaysForARememberedOne(t *testing.T) {
	b := newBrowser(t, nil)
	b.visit(func(s *session.Session) { s.Set("identity.id", "admin"); s.Set("cart", 1) })
	b.cookies["remember_token"] = b.logins.Token("eve")
	b.visit(func(s *session.Session) {
		if s.Owner() != "eve" || s.Has("identity.id") || !s.Has("cart") {
			t.Errorf("the owner is %q, the keys are %q", s.Owner(), s.Keys())
		}
	})
}

func managerOf(t *testing.T, login driver.Login) *session.Manager {
	t.Helper()
	backend, err := flask.Cookies(goodKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := flask.Defaults()
	o.Login, o.Logger = login, slog.New(slog.DiscardHandler)
	o.Clock = func() time.Time { return time.Unix(1_700_000_000, 0) }
	m, err := session.New(backend, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLogins_ASignInDeletesTheCookieOfAnotherUser(t *testing.T) {
	b := newBrowser(t, nil)
	b.visit(func(s *session.Session) { s.SignIn("ada"); b.logins.Remember(s) })
	b.visit(func(s *session.Session) { s.SignIn("ada") })
	if b.cookies["remember_token"] == "" {
		t.Error("her own cookie is gone")
	}
	b.visit(func(s *session.Session) { s.SignIn("bob") })
	if b.cookies["remember_token"] != "" {
		t.Error("ada comes back after bob's session")
	}
	b.is("bob", true)
}

func TestLogins_BothSignInAndSignOutInOneRequest(t *testing.T) {
	b := newBrowser(t, nil)
	lines := b.visit(func(s *session.Session) { s.SignIn("ada"); b.logins.Remember(s); s.SignOut() })
	if n := strings.Count(strings.Join(lines, "\n"), "remember_token="); n != 1 || len(b.cookies) != 0 {
		t.Errorf("the lines are %q", lines)
	}
}

func TestLogins_RefreshEachRequest(t *testing.T) {
	b := newBrowser(t, &Options{Cookie: RememberCookie{RefreshEachRequest: true}})
	lines := b.visit(func(s *session.Session) { s.SignIn("ada") })
	if len(lines) != 1 {
		t.Errorf("a user who does not ask is remembered: %q", lines)
	}
	b.visit(func(s *session.Session) { b.logins.Remember(s) })
	if lines := b.visit(func(s *session.Session) { s.Owner() }); len(lines) != 1 || !strings.HasPrefix(lines[0], "remember_token=ada|") {
		t.Errorf("the cookies are %q", lines)
	}
	b.cookies["remember_token"] = b.logins.Token("bob")
	if lines := b.visit(func(s *session.Session) { s.Owner() }); len(lines) != 0 {
		t.Errorf("another user's is refreshed: %q", lines)
	}
}

func TestLogins_FlaskWritesTheCookie(t *testing.T) {
	b := newBrowser(t, &Options{FlaskWritesCookie: true})
	b.visit(func(s *session.Session) { s.SignIn("ada"); b.logins.Remember(s) })
	b.cookies["remember_token"] = b.logins.Token("ada")
	b.visit(func(s *session.Session) {
		if s.Value("_remember") != "set" {
			t.Errorf("the keys are %q", s.Keys())
		}
		s.SignOut()
	})
	b.visit(func(s *session.Session) {
		if s.Value("_remember") != "clear" || s.Owner() != "" || s.Len() != 1 {
			t.Errorf("the owner is %q, the keys are %q", s.Owner(), s.Keys())
		}
	})
}

func TestLogins_Before05(t *testing.T) {
	b := newBrowser(t, &Options{Release: Before05, FlaskWritesCookie: true})
	b.visit(func(s *session.Session) { s.SignIn("ada"); b.logins.RememberFor(s, time.Minute) })
	b.visit(func(s *session.Session) {
		if got, want := s.Keys(), []string{"_created", "_fresh", "_id", "remember", "remember_seconds", "user_id"}; !slices.Equal(got, want) || s.Owner() != "ada" {
			t.Errorf("the owner is %q, the keys are %q", s.Owner(), got)
		}
	})
}

func TestLogins_HostileCookiesAreNobodys(t *testing.T) {
	for _, value := range []string{"x", "|", `"`, `"\`, "ada|" + strings.Repeat("0", 128), strings.Repeat(`\000`, 2000)} {
		var logged bytes.Buffer
		b := newBrowser(t, &Options{Logger: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		b.cookies["remember_token"] = value
		b.is("", false)
		if n := strings.Count(logged.String(), `msg="flasklogin: remember cookie refused" reason="flasklogin: the remember cookie`); n != 1 {
			t.Errorf("%.20s: logged %s", value, logged.String())
		}
		b.cookies["session"] = value
		b.is("", false)
	}
}
