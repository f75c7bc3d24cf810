package session_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

const othersCookie = "the cookie is of another manager of this program"

// read uses a visitor's session, and changes nothing.
func read(s *session.Session) { username.Get(s) }

// A visitor goes from the pages of one manager to those of another that has the same cookie and does
// not read the first one's, and both go on serving: that is warned of if the first one keeps sessions in the cookie.
func TestOtherManager_BesideThisOneIsWarnedOf(t *testing.T) {
	backends := func() map[string]session.Backend {
		all := everyBackend()
		ours, err := flask.Cookies("5f0c7d1e9b3a48d2a6c4e8f1b7093d5c", nil)
		if err != nil {
			t.Fatal(err)
		}
		all["sealed"], all["flask"] = session.Sealed(secret.New()), ours
		return all
	}
	for first, backend := range backends() {
		for then, other := range backends() {
			if first == "flask" && then == "flask" {
				other = session.Signed(secret.New()) // the two would have one key
			}
			o := session.Options{Cookie: session.Cookie{Name: "s" + first + then}}
			a, b := newVisitorOf(t, backend, o), newVisitorOf(t, other, o)
			a.clock, b.clock = time.Now(), time.Now() // the stores' too
			a.with(func(s *session.Session) { username.Set(s, "ada") })
			b.cookies = []string{o.Cookie.Name + "=forged.ZVPxAA." + strings.Repeat("A", 43)}
			b.with(read)
			b.cookies = []string{o.Cookie.Name + "=" + strings.Repeat("A", 43)} // in the form of an ID
			b.with(read)
			a.with(read)
			b.with(read)
			if strings.Contains(b.log.String(), othersCookie) {
				t.Errorf("%s to %s: of a forged cookie it is said: %s", first, then, b.log)
			}
			b.cookies = a.cookies
			for range 3 {
				b.with(read)
			}
			want := 1
			if first == "stored" || first == "overflow" || first == "migrate" {
				want = 0 // no store of another manager is asked
			}
			if n := strings.Count(b.log.String(), othersCookie); n != want {
				t.Errorf("%s to %s: it is said %d times: %s", first, then, n, b.log)
			}
			if strings.Contains(a.log.String(), othersCookie) {
				t.Errorf("%s to %s: the first one says: %s", first, then, a.log)
			}
		}
	}
}

// What a program may do with one name is not warned of, also if a manager refuses the other's cookie.
func TestOtherManager_WithAnotherCookieOrTimeIsNot(t *testing.T) {
	key, st := secret.New(), memstore.New(nil)
	signed := func() session.Backend { return session.Signed(secret.New()) }
	for name, tt := range map[string]struct {
		a, b     session.Backend
		of       session.Options // of a
		path     string          // of b
		predates bool            // a serves nothing once b does
		accepted bool            // a's cookie, by b
	}{
		"another path":      {a: signed(), b: signed(), of: session.Options{Cookie: session.Cookie{Path: "/a"}}, path: "/b"},
		"a path within":     {a: signed(), b: signed(), path: "/b"},
		"another domain":    {a: signed(), b: session.Stored(st), of: session.Options{Cookie: session.Cookie{Domain: "example.com"}}},
		"another partition": {a: signed(), b: signed(), of: session.Options{Cookie: session.Cookie{Partitioned: true}}},
		"a header":          {a: signed(), b: signed(), of: session.Options{TokenHeader: "Session-Token"}},
		"one key":           {a: session.Signed(key), b: session.Signed(key), accepted: true},
		"an earlier key":    {a: signed(), b: signed(), predates: true},
	} {
		cookie := "n" + strings.NewReplacer(" ", "", ",", "").Replace(name)
		tt.of.Cookie.Name = cookie
		a := newVisitorOf(t, tt.a, tt.of)
		to := session.Options{Cookie: session.Cookie{Name: cookie, Path: tt.path}}
		b := newVisitorOf(t, tt.b, to)
		for _, o := range []session.Options{tt.of, to} { // each has a rival, if the two are none
			defer runtime.KeepAlive(newVisitorOf(t, signed(), o))
		}
		a.clock, b.clock = time.Now(), time.Now() // the stores' too
		visit := func(v *visitor, path string, f func(s *session.Session)) {
			r := httptest.NewRequest("GET", "https://example.com"+path+"/", nil)
			r.Header["Cookie"] = v.cookies
			w := httptest.NewRecorder()
			v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(session.From(r)) })).ServeHTTP(w, r)
			if token := w.Header().Get("Session-Token"); token != "" {
				v.cookies = []string{cookie + "=" + token}
			}
			for _, c := range w.Result().Cookies() {
				v.cookies = []string{c.Name + "=" + c.Value}
			}
		}
		visit(a, tt.of.Cookie.Path, func(s *session.Session) { username.Set(s, "ada") })
		b.cookies = a.cookies
		if !tt.predates {
			b.cookies = nil
			visit(b, tt.path, read)
			visit(a, tt.of.Cookie.Path, read)
			b.cookies = a.cookies
		}
		for range 3 {
			visit(b, tt.path, read)
		}
		if (len(b.refused) == 0) != tt.accepted {
			t.Errorf("%s: refused is %v", name, b.refused)
		}
		if strings.Contains(b.log.String(), othersCookie) || strings.Contains(a.log.String(), othersCookie) {
			t.Errorf("%s: it is said: %s%s", name, a.log, b.log)
		}
	}
}

// Another manager's store is not asked, whatever visitors send.
func TestOtherManager_StoreIsNotAsked(t *testing.T) {
	var asked atomic.Int64
	other := &fakeStore{before: func(string) error { asked.Add(1); return nil }}
	o := session.Options{Cookie: session.Cookie{Name: "few"}}
	a, b := newVisitorOf(t, session.Stored(other), o), newVisitorOf(t, session.Stored(memstore.New(nil)), o)
	b.with(read)
	a.with(read)
	for range 100 {
		b.cookies = []string{"few=" + rand.Text() + rand.Text()[:16] + "A"}
		b.with(read)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the other store was asked %d times", n)
	}
	runtime.KeepAlive(a) // nothing else holds its manager
}
