package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// A visitor is a browser of one cookie, whose requests a manager answers.
type visitor struct {
	t       *testing.T
	m       *session.Manager
	former  *session.Manager // if set, answers the first request
	log     *bytes.Buffer
	refused []error
	cookies []string // whole Cookie header lines
	clock   time.Time
}

func newVisitor(t *testing.T, opts session.Options) *visitor {
	return newVisitorOf(t, session.Signed(secret.New()), opts)
}

func newVisitorOf(t *testing.T, backend session.Backend, opts session.Options) *visitor {
	t.Helper()
	v := &visitor{t: t, log: new(bytes.Buffer), clock: time.Unix(1_700_000_000, 0)}
	opts.Clock = func() time.Time { return v.clock }
	opts.Logger = slog.New(slog.NewTextHandler(v.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	observe := opts.Observe
	opts.Observe = func(ctx context.Context, e session.Event) {
		if e.Kind == session.EventRefused {
			v.refused = append(v.refused, e.Err)
		}
		if observe != nil {
			observe(ctx, e)
		}
	}
	m, err := session.New(backend, &opts)
	if err != nil {
		t.Fatal(err)
	}
	v.m = m
	return v
}

// do sends a request and keeps the cookie of the response.
func (v *visitor) do(handler func(w http.ResponseWriter, r *http.Request, s *session.Session)) *http.Response {
	v.t.Helper()
	return v.method("GET", handler)
}

func (v *visitor) method(method string, handler func(w http.ResponseWriter, r *http.Request, s *session.Session)) *http.Response {
	v.t.Helper()
	r := httptest.NewRequest(method, "https://example.com/", nil)
	r.Header["Cookie"] = v.cookies
	w, m := httptest.NewRecorder(), v.m
	if v.former != nil {
		m, v.former = v.former, nil
	}
	m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(w, r, session.From(r))
	})).ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			v.cookies = nil
		} else {
			v.cookies = []string{c.Name + "=" + c.Value}
		}
	}
	return res
}

// with is do for handlers that need the session alone.
func (v *visitor) with(f func(s *session.Session)) *http.Response {
	v.t.Helper()
	return v.do(func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { f(s) })
}

const (
	username = session.Field[string]("username")
	visits   = session.Field[int]("visits")
)

func TestValuesLastFromOneRequestToTheNext(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) {
		username.Set(s, "ada")
		s.Set("list", []int{1, 2})
	})
	v.with(func(s *session.Session) {
		if name, ok := username.Get(s); name != "ada" || !ok {
			t.Errorf("username is %q, %v", name, ok)
		}
		if got := s.Keys(); !slices.Equal(got, []string{"list", "username"}) {
			t.Errorf("keys are %q", got)
		}
		if s.IsNew() || s.Len() != 2 || !s.Has("list") || s.Has("other") {
			t.Errorf("IsNew %v, Len %d, Has list %v, Has other %v", s.IsNew(), s.Len(), s.Has("list"), s.Has("other"))
		}
	})
}

func TestACookieIsSentOnlyForAChange(t *testing.T) {
	v := newVisitor(t, session.Options{})
	if res := v.with(func(s *session.Session) { username.Get(s) }); len(res.Cookies()) != 0 {
		t.Error("reading an empty session set a cookie")
	}
	res := v.with(func(s *session.Session) { username.Set(s, "ada") })
	if got := res.Header["Set-Cookie"]; len(got) != 1 || !strings.HasSuffix(got[0], "; Secure; HttpOnly; Path=/; SameSite=Lax") || !strings.HasPrefix(got[0], "__Host-session=") {
		t.Errorf("Set-Cookie is %q", got)
	}
	if res := v.with(func(s *session.Session) { username.Get(s) }); len(res.Cookies()) != 0 {
		t.Error("reading set a cookie")
	}
	if res := v.with(func(s *session.Session) { s.Delete("missing") }); len(res.Cookies()) != 0 {
		t.Error("deleting a missing key set a cookie")
	}
}

func TestVaryIsAddedExactlyWhenTheSessionIsTouched(t *testing.T) {
	v := newVisitor(t, session.Options{})
	for name, tt := range map[string]struct {
		touch func(s *session.Session)
		want  string
	}{
		"left alone": {func(*session.Session) {}, ""},
		"Get":        {func(s *session.Session) { username.Get(s) }, "Cookie"},
		"Has":        {func(s *session.Session) { s.Has("a") }, "Cookie"},
		"Len":        {func(s *session.Session) { s.Len() }, "Cookie"},
		"Keys":       {func(s *session.Session) { s.Keys() }, "Cookie"},
		"Flashes":    {func(s *session.Session) { s.Flashes() }, "Cookie"},
		"Set":        {func(s *session.Session) { s.Set("a", 1) }, "Cookie"},
		"IsNew":      {func(s *session.Session) { s.IsNew() }, "Cookie"},
		"Modified":   {func(s *session.Session) { s.Modified() }, ""},
	} {
		if got := v.with(tt.touch).Header.Get("Vary"); got != tt.want {
			t.Errorf("%s: Vary is %q, want %q", name, got, tt.want)
		}
	}
}

func TestAnEmptiedSessionDeletesItsCookie(t *testing.T) {
	v := newVisitor(t, session.Options{})
	for name, empty := range map[string]func(s *session.Session){
		"Clear": (*session.Session).Clear, "Destroy": (*session.Session).Destroy, "Delete": func(s *session.Session) { s.Delete("username") },
		"Pop": func(s *session.Session) { username.Pop(s) },
	} {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		res := v.with(empty)
		want := "__Host-session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; Path=/; SameSite=Lax"
		if got := res.Header["Set-Cookie"]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: Set-Cookie is %q, want %q", name, got, want)
		}
	}
}

func TestAPermanentSessionsCookieExpires(t *testing.T) {
	v := newVisitor(t, session.Options{Lifetime: time.Hour})
	res := v.with(func(s *session.Session) { s.SetPermanent(true) })
	if got := res.Header.Get("Set-Cookie"); !strings.Contains(got, "; Expires=Tue, 14 Nov 2023 23:13:20 GMT; Max-Age=3600; Secure") {
		t.Errorf("Set-Cookie is %q", got)
	}
	v.with(func(s *session.Session) {
		if !s.Permanent() {
			t.Error("the session is not permanent in the next request")
		}
		s.SetPermanent(false)
	})
	if res := v.with(func(s *session.Session) { s.Set("a", 1) }); strings.Contains(res.Header.Get("Set-Cookie"), "Expires") {
		t.Errorf("Set-Cookie is %q", res.Header.Get("Set-Cookie"))
	}
}

func TestPermanentIsWhatPythonFindsTrue(t *testing.T) {
	v := newVisitor(t, session.Options{})
	for value, want := range map[any]bool{true: true, 1: true, "yes": true, false: false, 0: false, 0.0: false, "": false, nil: false} {
		v.with(func(s *session.Session) { s.Set("_permanent", value) })
		v.with(func(s *session.Session) {
			if s.Permanent() != want {
				t.Errorf("_permanent %#v: %v", value, s.Permanent())
			}
		})
	}
}

func TestAgeIsBoundedByLifetime(t *testing.T) {
	for _, tt := range []struct {
		age  time.Duration
		skew time.Duration
		want error
	}{
		{0, 0, nil},
		{time.Hour, 0, nil},
		{time.Hour + time.Second, 0, session.ErrExpired},
		{-30 * time.Second, 0, nil},
		{-31 * time.Second, 0, session.ErrFromFuture},
		{-time.Second, -1, session.ErrFromFuture},
		{-time.Second, time.Second, nil},
		{-2 * time.Second, time.Second, session.ErrFromFuture},
	} {
		v := newVisitor(t, session.Options{Lifetime: time.Hour, ClockSkew: tt.skew})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		v.clock = v.clock.Add(tt.age)
		v.with(func(s *session.Session) {
			if _, ok := username.Get(s); ok != (tt.want == nil) {
				t.Errorf("age %v with skew %v: read is %v", tt.age, tt.skew, ok)
			}
		})
		if got := errors.Join(v.refused...); !errors.Is(got, tt.want) || (got == nil) != (tt.want == nil) {
			t.Errorf("age %v with skew %v: refused with %v, want %v", tt.age, tt.skew, got, tt.want)
		}
	}
}

func TestRefreshEachRequestRenewsPermanentCookiesOnly(t *testing.T) {
	v := newVisitor(t, session.Options{RefreshEachRequest: true})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	if res := v.with(func(*session.Session) {}); len(res.Cookies()) != 0 || res.Header.Get("Vary") != "" {
		t.Errorf("a session that is not permanent was refreshed: %v", res.Header)
	}
	v.with(func(s *session.Session) { s.SetPermanent(true) })
	v.clock = v.clock.Add(time.Hour)
	res := v.with(func(*session.Session) {})
	if got := res.Header.Get("Set-Cookie"); !strings.Contains(got, "Expires=Fri, 15 Dec 2023 23:13:20 GMT") || res.Header.Get("Vary") != "Cookie" {
		t.Errorf("a permanent session was not refreshed: %v", res.Header)
	}
}

func TestARefusedCookieGivesAnEmptySession(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	good := v.cookies[0]
	name, token, _ := strings.Cut(good, "=")
	var many strings.Builder
	for range 3000 {
		many.WriteString("; a=b")
	}
	for _, tt := range []struct {
		what   string
		header []string
		want   error // nil where the session is read
		none   bool  // there is nothing to refuse
	}{
		{"as it was", []string{good}, nil, false},
		{"among 3,000 others", []string{good + many.String()}, nil, false},
		{"twice the same", []string{good + "; " + good}, nil, false},
		{"beside a forged one", []string{good + "; " + name + "=x.y.z"}, nil, false},
		{"cut", []string{good[:len(good)-1]}, session.ErrBadSignature, false},
		{"lengthened", []string{good + "A"}, session.ErrBadSignature, false},
		{"padded", []string{good + "="}, session.ErrBadSignature, false},
		{"quoted", []string{name + `="` + token + `"`}, session.ErrRefused, false},
		{"in other case", []string{name + "=" + strings.ToUpper(token)}, session.ErrBadSignature, false},
		{"doubled", []string{good + "." + token}, session.ErrRefused, false},
		{"forged", []string{name + "=eyJhIjoxfQ.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, session.ErrBadSignature, false},
		{"no token", []string{name + "=hello"}, session.ErrRefused, false},
		{"not UTF-8", []string{name + "=\xff\xfe"}, session.ErrRefused, false},
		{"gigantic", []string{name + "=" + strings.Repeat("A", 1<<20)}, session.ErrRefused, false},
		{"two forged ones", []string{name + "=a.b.c; " + name + "=d.e.f"}, session.ErrDuplicateCookie, false},
		{"prefix in other case", []string{strings.Replace(good, "__Host", "__HOST", 1)}, nil, true},
		{"nameless", []string{"=" + good}, nil, true},
		{"empty", []string{name + "="}, nil, true},
	} {
		t.Run(tt.what, func(t *testing.T) {
			v.cookies, v.refused = tt.header, nil
			v.log.Reset()
			res := v.with(func(s *session.Session) {
				_, ok := username.Get(s)
				if want := tt.want == nil && !tt.none; ok != want || s.IsNew() == want {
					t.Errorf("read is %v, IsNew %v", ok, s.IsNew())
				}
			})
			if len(res.Header["Set-Cookie"]) != 0 || res.StatusCode != 200 {
				t.Errorf("the visitor sees status %d and %q", res.StatusCode, res.Header["Set-Cookie"])
			}
			got := errors.Join(v.refused...)
			if tt.want == nil && got != nil || !errors.Is(got, tt.want) {
				t.Errorf("refused with %v, want %v", got, tt.want)
			}
			if tt.want != nil && (len(v.refused) != 1 || strings.Count(v.log.String(), "cookie refused") != 1) {
				t.Errorf("reported %d times: %s", len(v.refused), v.log)
			}
			if strings.Contains(v.log.String(), token) {
				t.Error("the log has the token")
			}
		})
	}
}

func TestTwoGoodCookiesOfOneNameAreNotTrusted(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	one := v.cookies[0]
	v.with(func(s *session.Session) { username.Set(s, "eve") })
	v.cookies = []string{one + "; " + v.cookies[0]}
	v.with(func(s *session.Session) {
		if name, ok := username.Get(s); ok {
			t.Errorf("took the session of %q", name)
		}
	})
	if !errors.Is(errors.Join(v.refused...), session.ErrDuplicateCookie) {
		t.Errorf("refused with %v", v.refused)
	}
}

func TestReasonsForRefusingLookAlikeToTheVisitor(t *testing.T) {
	revoked := fmt.Errorf("%w: revoked", session.ErrInvalidated)
	for name, backend := range map[string]session.Backend{
		"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New()), "Flask": flaskCookies(t),
		"migrating": session.Migrate(session.Sealed(secret.New()), session.Signed(secret.New())),
	} {
		var verdict error
		v := newVisitorOf(t, backend, session.Options{Lifetime: time.Hour, Validate: func(context.Context, *session.Session) error { return verdict }})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		good := v.cookies[0]
		answer := func(cookie string) string {
			v.cookies = []string{cookie}
			res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				if _, ok := username.Get(s); !ok {
					http.Error(w, "please sign in", http.StatusUnauthorized)
				}
			})
			var b bytes.Buffer
			if err := res.Write(&b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		want := answer(good[:len(good)-1])
		if !strings.Contains(want, "401") {
			t.Fatalf("%s: the answer is %q", name, want)
		}
		v.clock = v.clock.Add(2 * time.Hour)
		expired := answer(good)
		v.clock = v.clock.Add(-4 * time.Hour)
		future := answer(good)
		v.clock = v.clock.Add(2 * time.Hour)
		verdict = revoked
		for reason, got := range map[string]string{
			"expired": expired, "from the future": future, "revoked": answer(good), "malformed": answer("__Host-session=x"), "not UTF-8": answer("__Host-session=\xff"),
			"twice": answer("__Host-session=x; __Host-session=y"), "a changed start": answer(strings.Replace(good, "=", "=A", 1)),
		} {
			if got != want {
				t.Errorf("%s, %s: the visitor sees %q, and for a bad signature %q", name, reason, got, want)
			}
		}
	}
}

func TestATokenIsWorthNothingInAnotherCookie(t *testing.T) {
	key := secret.New()
	a := newVisitorOf(t, session.Signed(key), session.Options{Cookie: session.Cookie{Name: "a"}})
	b := newVisitorOf(t, session.Signed(key), session.Options{Cookie: session.Cookie{Name: "b"}})
	a.with(func(s *session.Session) { username.Set(s, "ada") })
	b.cookies = []string{"b" + strings.TrimPrefix(a.cookies[0], "a")}
	b.with(func(s *session.Session) {
		if username.Get(s); !s.IsNew() {
			t.Error("the cookie b took a token of the cookie a")
		}
	})
}

func TestAcceptedKeysAreReadAndTheCurrentOneSigns(t *testing.T) {
	older, newer := secret.New(), secret.New()
	v := newVisitorOf(t, session.Signed(older), session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })

	both := newVisitorOf(t, session.Signed(newer, older), session.Options{})
	both.cookies = v.cookies
	both.with(func(s *session.Session) {
		if _, ok := username.Get(s); !ok {
			t.Error("the accepted key is not read")
		}
	})
	if !strings.Contains(both.log.String(), "cookie was written with an accepted key") {
		t.Errorf("the log does not tell of the accepted key: %s", both.log)
	}
	if !slices.Equal(both.cookies, v.cookies) {
		t.Error("reading under an accepted key set a cookie")
	}
	both.with(func(s *session.Session) { visits.Set(s, 1) })

	only := newVisitorOf(t, session.Signed(newer), session.Options{})
	only.cookies = both.cookies
	only.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "ada" {
			t.Error("a write was not signed with the current key")
		}
	})
}

func TestAZeroKeyFailsAtStart(t *testing.T) {
	for _, b := range []session.Backend{session.Signed(secret.Key{}), session.Signed(secret.New(), secret.Key{}), nil} {
		if _, err := session.New(b, nil); err == nil {
			t.Errorf("New(%T) made a manager", b)
		}
	}
}

func TestAValueOfTheWrongTypeIsMissing(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Set("visits", "many") })
	v.with(func(s *session.Session) {
		if n, ok := visits.Get(s); ok || n != 0 {
			t.Errorf("visits is %d, %v", n, ok)
		}
		if n, ok := visits.Pop(s); ok || n != 0 || !s.Has("visits") || s.Modified() {
			t.Errorf("Pop gave %d, %v, and changed the session", n, ok)
		}
		username.Set(s, "ada")
	})
	v.with(func(s *session.Session) {
		if s.Value("visits") != "many" || s.Value("username") != "ada" {
			t.Errorf("after a change beside it, the values are %v and %v", s.Value("visits"), s.Value("username"))
		}
	})
	if !strings.Contains(v.log.String(), `name=visits type=int`) {
		t.Errorf("the log does not tell: %s", v.log)
	}
}

func TestUpdateIsOneStep(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) {
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() { visits.Update(s, func(n int) int { return n + 1 }) })
		}
		wg.Wait()
	})
	v.with(func(s *session.Session) {
		if n, _ := visits.Get(s); n != 64 {
			t.Errorf("64 updates at once count to %d", n)
		}
	})
}

func TestAValueReadIsACopy(t *testing.T) {
	v := newVisitor(t, session.Options{})
	list := session.Field[[]int]("list")
	v.with(func(s *session.Session) { list.Set(s, []int{1}) })
	v.with(func(s *session.Session) {
		got, _ := list.Get(s)
		got[0] = 2
		if again, _ := list.Get(s); again[0] != 1 || s.Modified() {
			t.Error("changing a value that was read changed the session")
		}
	})
}

func TestAValueThatCannotBeEncodedFailsTheResponse(t *testing.T) {
	v := newVisitor(t, session.Options{})
	res := v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		username.Set(s, "ada")
		s.Set("bad", make(chan int))
		w.Header().Set("ETag", "x")
		http.Redirect(w, r, "/next", http.StatusSeeOther)
	})
	if res.StatusCode != 500 || res.Header.Get("Location") != "" || res.Header.Get("ETag") != "" || len(res.Cookies()) != 0 || res.Header.Get("Vary") != "Cookie" {
		t.Errorf("answered %d with %v", res.StatusCode, res.Header)
	}
	if !strings.Contains(v.log.String(), `the value of \"bad\" cannot be kept: chan int cannot be kept`) {
		t.Errorf("the log does not tell: %s", v.log)
	}
	if v.with(func(s *session.Session) {
		s.Set("bad", make(chan int))
		s.Delete("bad")
		username.Set(s, "ada")
	}).StatusCode != 200 {
		t.Error("a bad value that was deleted again failed the response")
	}
	if v.with(func(s *session.Session) { s.Set("\xff", 1) }).StatusCode != 500 {
		t.Error("a key that is not UTF-8 did not fail the response")
	}
}

func TestACookieTooLargeFailsTheResponseAndTellsWhy(t *testing.T) {
	var got error
	v := newVisitor(t, session.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
		got = err
		http.Error(w, "sorry", http.StatusTeapot)
	}})
	res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Set("cart", strings.Repeat("ab", 1<<11)[:4000]+randomText(6000))
		s.Set("prefs", randomText(300))
		s.Set("n", 1)
		_, _ = w.Write([]byte("a page that must not be seen"))
	})
	var body bytes.Buffer
	_, _ = body.ReadFrom(res.Body)
	if res.StatusCode != http.StatusTeapot || body.String() != "sorry\n" || len(res.Cookies()) != 0 {
		t.Errorf("answered %d, %q, %v", res.StatusCode, body.String(), res.Header)
	}
	var tooLarge *session.TooLargeError
	if !errors.As(got, &tooLarge) || !errors.Is(got, session.ErrTooLarge) {
		t.Fatalf("error is %v", got)
	}
	if tooLarge.Limit != 4096 || tooLarge.Size <= 4096 || tooLarge.Cookie != "__Host-session" || len(tooLarge.Largest) != 3 ||
		tooLarge.Largest[0] != (driver.KeySize{Key: "cart", Size: 10009}) || tooLarge.Largest[1].Key != "prefs" {
		t.Errorf("error is %+v", tooLarge)
	}
	if want := "; the largest values are cart (10009 bytes), prefs (310 bytes), n (5 bytes); "; !strings.Contains(got.Error(), want) {
		t.Errorf("error is %q, want %q in it", got, want)
	}
}

func TestAKeyCannotForgeALineOfTheLog(t *testing.T) {
	err := &session.TooLargeError{Largest: []driver.KeySize{{Key: "a\nlevel=INFO", Size: 1}}}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %s", err)
	}
}

// randomText is text that zlib makes little of.
func randomText(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(secret.New().Reveal())
	}
	return b.String()[:n]
}

func TestTheSizeThatCountsIsNameAndValue(t *testing.T) {
	for _, tt := range []struct {
		limit int
		want  int
	}{{0, 200}, {-1, 500}} {
		v := newVisitor(t, session.Options{Cookie: session.Cookie{Name: "s"}})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		size := len(strings.Replace(v.cookies[0], "=", "", 1))
		v = newVisitor(t, session.Options{Cookie: session.Cookie{Name: "s"}, MaxCookieSize: size + tt.limit})
		if got := v.with(func(s *session.Session) { username.Set(s, "ada") }).StatusCode; got != tt.want {
			t.Errorf("a cookie of %d bytes with a limit of %d answers %d, want %d", size, size+tt.limit, got, tt.want)
		}
	}
}

func TestLargeSessionsAreCompressed(t *testing.T) {
	v := newVisitor(t, session.Options{})
	text := strings.Repeat("the same again ", 1000)
	if res := v.with(func(s *session.Session) { username.Set(s, text) }); res.StatusCode != 200 || !strings.HasPrefix(v.cookies[0], "__Host-session=.") {
		t.Fatalf("answered %d", res.StatusCode)
	}
	v.with(func(s *session.Session) {
		if got, _ := username.Get(s); got != text {
			t.Error("a compressed session came back changed")
		}
	})
}

func TestFromWithoutHandlerPanicsAndSaysWhatToDo(t *testing.T) {
	r := httptest.NewRequest("GET", "/page", nil)
	for name, call := range map[string]func(){"From": func() { session.From(r) }, "FromContext": func() { session.FromContext(context.Background()) }} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, "sessions.Handler(mux)") {
					t.Errorf("%s panics with %q", name, got)
				}
			}()
			call()
		}()
	}
}

func TestLookupFindsTheSessionWhereThereIsOne(t *testing.T) {
	if s, ok := session.Lookup(t.Context()); s != nil || ok {
		t.Errorf("found %v, %v where no Handler ran", s, ok)
	}
	newVisitor(t, session.Options{}).do(func(_ http.ResponseWriter, r *http.Request, want *session.Session) {
		if s, ok := session.Lookup(r.Context()); s != want || !ok {
			t.Error("found another session than the request's, or none")
		}
	})
}

func TestHandlersOfOneManagerActAsOne(t *testing.T) {
	v := newVisitor(t, session.Options{})
	w := httptest.NewRecorder()
	v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		outer := session.From(r)
		v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if session.From(r) != outer || session.FromContext(r.Context()) != outer {
				t.Error("the inner handler made a second session")
			}
			username.Set(outer, "ada")
		})).ServeHTTP(w, r)
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Result().Header["Set-Cookie"]; len(got) != 1 {
		t.Errorf("Set-Cookie is %q", got)
	}
}

func TestManagersOfTwoCookiesKeepTwoSessions(t *testing.T) {
	a := newVisitor(t, session.Options{Cookie: session.Cookie{Name: "a"}})
	b := newVisitor(t, session.Options{Cookie: session.Cookie{Name: "b"}})
	w := httptest.NewRecorder()
	a.m.Handler(b.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		inA, _ := a.m.Load(r)
		inB, _ := b.m.Load(r)
		if session.From(r) != inB || inA == inB {
			t.Error("From does not give the inner session, or Load not each manager's")
		}
		username.Set(inA, "ada")
		username.Set(inB, "bob")
	}))).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	h := w.Result().Header
	if len(h["Set-Cookie"]) != 2 || !slices.Equal(h["Vary"], []string{"Cookie"}) {
		t.Errorf("header is %v", h)
	}
}

func TestWithoutHandlerLoadAndCommitDoTheSame(t *testing.T) {
	v := newVisitor(t, session.Options{})
	r := httptest.NewRequest("GET", "/", nil)
	w := httptest.NewRecorder()
	s, err := v.m.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	username.Set(s, "ada")
	if err := v.m.Commit(w, r, s); err != nil {
		t.Fatal(err)
	}
	username.Set(s, "bob")
	if err := v.m.Commit(w, r, s); err != nil {
		t.Fatal(err)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies are %v", cookies)
	}
	v.cookies = []string{cookies[0].Name + "=" + cookies[0].Value}
	v.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "bob" {
			t.Errorf("username is %q", name)
		}
	})
	other := newVisitor(t, session.Options{})
	if err := other.m.Commit(w, r, s); err == nil {
		t.Error("a manager committed the session of another")
	}
}

func TestSaveTellsBeforeTheHeaderLeaves(t *testing.T) {
	v := newVisitor(t, session.Options{MaxCookieSize: 200})
	ctx := context.Background()
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		if err := s.Save(ctx); err != nil {
			t.Errorf("an unchanged session: %v", err)
		}
		s.Set("a", strings.Repeat("x", 300))
		if err := s.Save(ctx); !errors.Is(err, session.ErrTooLarge) {
			t.Errorf("a session too large: %v", err)
		}
		var value *session.ValueError
		s.Set("a", func() {})
		if err := s.Save(ctx); !errors.As(err, &value) || value.Key != "a" {
			t.Errorf("a value that cannot be encoded: %v", err)
		}
		s.Set("a", 1)
		if err := s.Save(ctx); err != nil {
			t.Errorf("a good session: %v", err)
		}
		w.(http.Flusher).Flush()
		if err := s.Save(ctx); err != nil {
			t.Errorf("nothing changed since the header left: %v", err)
		}
		s.Set("a", 2)
		if err := s.Save(ctx); !errors.Is(err, session.ErrTooLate) {
			t.Errorf("changed since the header left: %v", err)
		}
	})
}

func TestASessionDoesNotPrintItsValues(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) {
		username.Set(s, "ada")
		slog.New(slog.NewTextHandler(v.log, nil)).Info("seen", "session", s)
		if strings.Contains(v.log.String(), "ada") {
			t.Errorf("the log has the value: %s", v.log)
		}
	})
}

// TestRequestsDoNotShareASession runs requests at once, for the race detector.
func TestRequestsDoNotShareASession(t *testing.T) {
	v := newVisitor(t, session.Options{})
	h := v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		username.Set(s, r.URL.Query().Get("name"))
		name, _ := username.Get(s)
		_, _ = w.Write([]byte(name))
	}))
	var wg sync.WaitGroup
	for i := range 8 {
		name := strings.Repeat(string(rune('a'+i)), 100)
		wg.Go(func() {
			for range 200 {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", "/?name="+name, nil))
				if w.Body.String() != name {
					t.Errorf("the visitor %s got the page of %s", name, w.Body.String())
				}
			}
		})
	}
	wg.Wait()
}
