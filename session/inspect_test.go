package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// inspect returns what the visitor's next request would show.
func (v *visitor) inspect() inspect.Inspection {
	v.t.Helper()
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	r.Header["Cookie"] = v.cookies
	return v.m.Inspect(r)
}

func TestAnInspectionTellsWhatThereIs(t *testing.T) {
	key := secret.New()
	v := newVisitorOf(t, session.Signed(key), session.Options{IdleTimeout: time.Hour, AbsoluteTimeout: 90 * time.Minute})
	if i := v.inspect(); i.Found || i.Sizes != nil || i.Backend != "signed" || i.Cookie != "__Host-session" || i.Attributes != "Secure; HttpOnly; Path=/; SameSite=Lax" || i.Limit != 4096 {
		t.Errorf("of nobody: %+v", i)
	}
	v.with(func(s *session.Session) {
		username.Set(s, "ada")
		s.SetOwner("ada")
		s.FlashAs("info", "hello")
		s.SetPermanent(true)
	})
	began := v.clock
	v.clock = v.clock.Add(time.Minute)
	i := v.inspect()
	if !i.Found || i.By != "key "+key.ID() || i.Accepted || i.Owner != "ada" || !i.Permanent || i.ID != "" || i.Refused != nil || i.Failure != nil || i.Changes != nil {
		t.Errorf("of ada: %+v", i)
	}
	if len(i.Sizes) != 1 || i.Sizes[0] != len(v.cookies[0])-1 {
		t.Errorf("sizes %v, and the cookie is %d", i.Sizes, len(v.cookies[0])-1)
	}
	if !i.Written.Equal(began) || !i.Begun.Equal(began) || !i.Expires.Equal(began.Add(time.Hour)) {
		t.Errorf("written %v, begun %v, expires %v", i.Written, i.Begun, i.Expires)
	}
	var keys []string
	for _, v := range i.Values {
		keys = append(keys, v.Key)
		if v.Size != len(v.JSON) || v.Err != nil {
			t.Errorf("%+v", v)
		}
	}
	if !slices.Equal(keys, []string{"_created", "_flashes", "_owner", "_permanent", "username"}) || i.Values[4].JSON != `"ada"` {
		t.Errorf("values %+v", i.Values)
	}
	if len(i.Flashes) != 1 || i.Flashes[0].Text != "hello" {
		t.Errorf("flashes %v", i.Flashes)
	}
	v.with(func(s *session.Session) {
		if got := s.Flashes(); len(got) != 1 {
			t.Errorf("after an inspection the flashes are %v", got)
		}
	})
}

func TestAnInspectionDoesNotTouchTheSession(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("hello") })
	res := v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		v.m.Inspect(r)
	})
	if res.Header.Get("Vary") != "" || len(res.Cookies()) != 0 {
		t.Errorf("header %v", res.Header)
	}
}

func TestAnInspectionTellsWhichChangesAreLost(t *testing.T) {
	look := func(v *visitor) (changes, late []string) {
		v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			username.Set(s, "ada")
			w.(http.Flusher).Flush()
			s.Set("n", 1)
			s.Renew()
			i := v.m.Inspect(r)
			changes, late = i.Changes, i.Late
		})
		return changes, late
	}
	changes, late := look(newVisitor(t, session.Options{}))
	if !slices.Equal(changes, []string{"set username", "set n", "renew"}) || !slices.Equal(late, []string{"set n", "renew"}) {
		t.Errorf("of a cookie: %q, late %q", changes, late)
	}
	v, _ := newStoredVisitor(t, session.Options{})
	changes, late = look(v)
	if !slices.Equal(changes, []string{"set n", "renew"}) || !slices.Equal(late, []string{"renew"}) {
		t.Errorf("of a record: %q, late %q", changes, late)
	}
}

func TestAnInspectionWarnsOfALargeCookieBeforeTheLogDoes(t *testing.T) {
	for bytes, want := range map[int]bool{2000: false, 2700: true} {
		key := secret.New()
		v := newVisitorOf(t, session.Sealed(key), session.Options{})
		v.with(func(s *session.Session) { s.Set("x", strings.Repeat("x", bytes)) })
		another := newVisitorOf(t, session.Sealed(key), session.Options{})
		another.clock, another.cookies = v.clock, v.cookies
		i := another.inspect()
		got := slices.ContainsFunc(i.Warnings, func(w inspect.Warning) bool { return strings.Contains(w.Text(), "more than 4096 bytes") })
		if got != want || !i.Now.Equal(another.clock) {
			t.Errorf("%d bytes, cookie %d: warned %v; now %v", bytes, i.Sizes, got, i.Now)
		}
	}
}

// The warning is of a whole Set-Cookie line of 3,700 bytes or more.
func TestInspect_WarnsOfALineFromItsLimitOn(t *testing.T) {
	v := newVisitor(t, session.Options{Cookie: session.Cookie{Name: "s", Domain: "example.com"}})
	rest := len("s") + len("; Domain=example.com; Secure; HttpOnly; Path=/; SameSite=Lax")
	for size, want := range map[int]bool{3699: false, 3700: true} {
		v.cookies = []string{"s=" + strings.Repeat("x", size-rest)}
		if i := v.inspect(); slices.Contains(i.Warnings, inspect.LargeHeader) != want || len(i.Sizes) != 1 || i.Sizes[0] != len("s")+size-rest {
			t.Errorf("a line of %d bytes: the sizes are %v, the warnings %q", size, i.Sizes, i.Warnings)
		}
	}
}

func TestInspect_OfATokenHasItsSize(t *testing.T) {
	c := newClient(t, session.Signed(secret.New()))
	r := httptest.NewRequest("GET", "https://api.example.com/", nil)
	r.Header.Set("Session-Token", strings.Repeat("x", 100))
	if i := c.m.Inspect(r); i.Attributes != "" || !slices.Equal(i.Sizes, []int{len("__Host-session") + 100}) {
		t.Errorf("the attributes are %q, the sizes %v", i.Attributes, i.Sizes)
	}
}

// Without package dbsc, what another program left at its key is a value like others.
func TestInspect_AValueAtTheKeyOfBindingsIsNoDevice(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Set("_dbsc", "text"); username.Set(s, "ada") })
	if i := v.inspect(); i.Binding != nil || len(i.Values) != 2 {
		t.Errorf("the device is %+v, the values are %v", i.Binding, i.Values)
	}
}

func TestAFailureThatOnlyAnInspectionMeetsFailsNoRequest(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	f.before = func(string) error { return errDown }
	res := v.do(func(w http.ResponseWriter, r *http.Request, _ *session.Session) {
		if i := v.m.Inspect(r); !errors.Is(i.Failure, session.ErrUnavailable) || i.Found {
			t.Errorf("%+v", i)
		}
		w.WriteHeader(http.StatusTeapot)
	})
	if res.StatusCode != http.StatusTeapot {
		t.Errorf("the request that left the session alone is answered %d", res.StatusCode)
	}
	res = v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		v.m.Inspect(r)
		s.Len()
	})
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the request that asked for the session is answered %d", res.StatusCode)
	}
	res = v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		s.Len()
		if i := v.m.Inspect(r); i.Failure == nil {
			t.Error("a failure that the request has met is not told")
		}
	})
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the request that met the failure before is answered %d", res.StatusCode)
	}
}

func TestAnInspectionSeesWhatTheRequestHasDone(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		username.Set(s, "ada")
		s.Set("bad", func() {})
		s.Delete("none")
		s.Flash("hello")
		i := v.m.Inspect(r)
		if !slices.Equal(i.Changes, []string{"set username", "set bad", "flash"}) || i.Values[1].Err == nil {
			t.Errorf("%+v", i)
		}
		s.Delete("bad")
	})
}

func TestAnInspectionSaysWhyACookieWasRefusedAndHoldsNoToken(t *testing.T) {
	older := secret.New()
	v := newVisitorOf(t, session.Signed(secret.New(), older), session.Options{})
	old := newVisitorOf(t, session.Signed(older), session.Options{})
	old.with(func(s *session.Session) { username.Set(s, "ada") })
	token := strings.TrimPrefix(old.cookies[0], "__Host-session=")
	v.cookies = old.cookies
	if i := v.inspect(); !i.Accepted || i.By != "key "+older.ID() || strings.Contains(fmt.Sprintf("%+v", i), token) {
		t.Errorf("%+v", i)
	}
	v.cookies = []string{"__Host-session=" + token[1:]}
	if i := v.inspect(); i.Found || !errors.Is(i.Refused, session.ErrBadSignature) || strings.Contains(fmt.Sprintf("%+v", i), token[1:]) {
		t.Errorf("%+v", i)
	}
	f := &faulty{Backend: session.Signed(secret.New()), load: errDown}
	w := newVisitorOf(t, f, session.Options{})
	w.cookies = v.cookies
	if i := w.inspect(); i.Found || !errors.Is(i.Failure, session.ErrUnavailable) {
		t.Errorf("%+v", i)
	}
}

func TestAnInspectionNamesItsBackendAndRecord(t *testing.T) {
	key := secret.New()
	for want, backend := range map[string]session.Backend{
		"sealed": session.Sealed(key), "stored": session.Stored(&fullStore{}), "Flask": flaskCookies(t),
		"signed, or stored when it does not fit": session.Overflow(session.Signed(key), &fullStore{}),
		"stored, migrating from signed, Flask":   session.Migrate(session.Stored(&fullStore{}), session.Signed(key), flaskCookies(t)),
	} {
		v := newVisitorOf(t, backend, session.Options{})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		i := v.inspect()
		if i.Backend != want || (i.ID != "") != strings.HasPrefix(want, "stored") || !i.Found {
			t.Errorf("%s: %+v", want, i)
		}
	}
}

func TestAnInspectionWarnsOfWhatTheLogWarnsOf(t *testing.T) {
	m, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"localhost": 0, "wafer.test": 1} {
		i := m.Inspect(request(host))
		if len(i.Warnings) != want || want == 1 && !strings.Contains(i.Warnings[0].Text(), "came over plain HTTP") {
			t.Errorf("%s: %q", host, i.Warnings)
		}
	}
}
