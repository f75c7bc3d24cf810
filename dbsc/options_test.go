package dbsc_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestNew_RefusesWhatCannotWork(t *testing.T) {
	key := secret.New()
	for what, tt := range map[string]struct {
		so   session.Options
		o    *dbsc.Options
		says string
	}{
		"no key":               {session.Options{}, nil, "Options.Key"},
		"a zero accepted key":  {session.Options{}, &dbsc.Options{Key: key, Accept: []secret.Key{{}}}, "Options.Accept[0]"},
		"a negative lifetime":  {session.Options{}, &dbsc.Options{Key: key, Lifetime: -1}, "Options.Lifetime"},
		"a day":                {session.Options{}, &dbsc.Options{Key: key, Lifetime: 24 * time.Hour}, "Options.Lifetime"},
		"a path elsewhere":     {session.Options{Cookie: session.Cookie{Name: "s", Path: "/app"}}, &dbsc.Options{Key: key, Path: "/dbsc/"}, "Options.Path"},
		"a path without slash": {session.Options{}, &dbsc.Options{Key: key, Path: "/dbsc"}, "Options.Path"},
		"a path with a quote":  {session.Options{}, &dbsc.Options{Key: key, Path: `/"/`}, "Options.Path"},
		"a token in a header":  {session.Options{TokenHeader: "Session-Token"}, &dbsc.Options{Key: key}, "TokenHeader"},
		"a partitioned cookie": {session.Options{Cookie: session.Cookie{Partitioned: true}}, &dbsc.Options{Key: key}, "Partitioned"},
	} {
		sessions, err := session.New(session.Signed(key), &tt.so)
		if err != nil {
			t.Fatal(what, err)
		}
		if _, err := dbsc.New(sessions, tt.o); err == nil || !strings.HasPrefix(err.Error(), "dbsc: ") || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: the error is %v", what, err)
		}
		if _, err := dbsc.New(sessions, &dbsc.Options{Key: key, Path: tt.so.Cookie.Path + "/a/"}); !tt.so.Cookie.Partitioned && tt.so.TokenHeader == "" && err != nil {
			t.Errorf("%s: after the error, New with good options fails: %v", what, err)
		}
	}
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dbsc.New(sessions, &dbsc.Options{Key: key}); err != nil {
		t.Fatal(err)
	}
	if _, err := dbsc.New(sessions, &dbsc.Options{Key: key}); err == nil {
		t.Error("a second Guard of one manager is accepted")
	}
	if _, err := dbsc.New(nil, &dbsc.Options{Key: key}); err == nil {
		t.Error("a Guard without a manager is accepted")
	}
}

// The session's cookie may be sent over plain HTTP, or scripts may read it: the bound one is not.
func TestNew_TheBoundCookieIsSecureAndHidden(t *testing.T) {
	for _, c := range []session.Cookie{{Name: "s"}, {Name: "s", Insecure: true}, {Name: "s", ReadableByScripts: true}, {Name: "s", Insecure: true, ReadableByScripts: true}} {
		s := newSite(t, session.Signed(secret.New()), &session.Options{Cookie: c}, nil)
		d, challenge := s.offered()
		res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true)))
		line := res.Header["Set-Cookie"][len(res.Header["Set-Cookie"])-1] + ";"
		if !strings.HasPrefix(line, "s-bound=dbsc.") || strings.Count(line, "; Secure;") != 1 || strings.Count(line, "; HttpOnly;") != 1 {
			t.Errorf("with %+v the registration sets %q", c, line)
		}
	}
}

func TestNew_AcceptsThePathsThatURLsHaveAndLifetimesUpToAnHour(t *testing.T) {
	accepts := func(o dbsc.Options, good bool) {
		t.Helper()
		sessions, err := session.New(session.Signed(secret.New()), nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Key = secret.New()
		if _, err := dbsc.New(sessions, &o); (err == nil) != good {
			t.Errorf("the path %q and a lifetime of %v: %v", o.Path, o.Lifetime, err)
		}
	}
	for path, good := range map[string]bool{"": true, "/": true, "/a/b/": true, "/a~b/%20/Z_0-9./": true, "/a b/": false, "/é/": false, "/a?/": false, "/a;/": false, "a/": false} {
		accepts(dbsc.Options{Path: path}, good)
	}
	for lifetime, good := range map[time.Duration]bool{time.Second - 1: false, time.Second: true, time.Hour: true, time.Hour + 1: false} {
		accepts(dbsc.Options{Lifetime: lifetime}, good)
	}
}

// TestSizes holds docs/dbsc.md to what it says of bytes.
func TestSizes(t *testing.T) {
	for kind, want := range map[string]struct{ value, stored, inCookie int }{"ES256": {170, 100, 220}, "RS256": {430, 100, 480}} {
		for _, backend := range []string{"stored", "signed"} {
			open, bound := session.Stored(memstore.New(nil)), want.stored
			if backend == "signed" {
				open, bound = session.Signed(secret.New()), want.inCookie
			}
			s := newSite(t, open, nil, nil)
			value := 0
			s.mux.HandleFunc("GET /size", func(_ http.ResponseWriter, r *http.Request) {
				value = len(session.Field[string]("_dbsc").GetOr(session.From(r), ""))
			})
			d := devicetest.New(s)
			if kind == "RS256" {
				d = devicetest.NewRSA(s)
			}
			s.signIn(d)
			s.enforced(d)
			d.Do("GET", "/size", "")
			if got := len(d.Cookies()[boundCookie]); got > bound || got < bound*3/4 {
				t.Errorf("%s, %s: the bound cookie has %d bytes, want up to %d", kind, backend, got, bound)
			}
			if value > want.value || value < want.value*3/4 {
				t.Errorf("%s, %s: the value in the session has %d bytes, want up to %d", kind, backend, value, want.value)
			}
		}
	}
}
